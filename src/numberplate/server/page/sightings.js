// Sightings: as they happen, found again, and one in full.

import { ask, may, send } from "./api.js";
import { apart, byId, element, inOrder, percent, time } from "./dom.js";
import * as feed from "./feed.js";
import { characters, copyButton, downloadButton, others, outlined, regions } from "./plate.js";
import { offerDrawing } from "./zones.js";

const MOST_SHOWN = 60;

let loaded = false;
let paused = false;
const waiting = []; // what came while the list was paused, or not yet asked for
let found = null; // the query whose sightings are shown
let searches = 0;
let openings = 0;

export function setUp(about) {
  byId("live-database").textContent = about.database ? ` Those of ${about.database} are shown.` : "";
  byId("live-pause").addEventListener("click", () => {
    paused = !paused;
    byId("live-pause").setAttribute("aria-pressed", String(paused));
    byId("live-pause").textContent = paused ? "Go on" : "Pause";
    state(paused ? "paused" : "live", paused ? "" : "on");
    if (!paused) add(waiting.splice(0));
  });
  feed.listen(add, (problem) => {
    if (problem) state(problem, "off");
    else if (paused) state("paused", "");
    else state("live", "on");
  });
  byId("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  byId("search-more").addEventListener("click", () => search(byId("search-more").dataset.after));
}

export function card(sighting, fresh = false) {
  const kinds = new Set(sighting.hits.map((hit) => hit.kind));
  const crop = sighting.pictures.includes("crop")
    ? element("img", { src: `/api/sightings/${sighting.id}/crop.jpg`, alt: "", loading: "lazy" })
    : element("span", {}, "no picture kept");
  const hits = sighting.hits.map((hit) =>
    element("li", { class: `chip ${hit.kind}` }, hit.kind, hit.note ? ": " : null, hit.note ? apart(hit.note) : null),
  );
  return element(
    "li",
    { class: [kinds.has("alert") ? "alert" : "", fresh ? "new" : ""].join(" ").trim() || null },
    element(
      "a",
      { class: "card", href: `#sighting/${sighting.id}` },
      element("div", { class: "crop-frame" }, crop),
      element(
        "div",
        { class: "body" },
        element("div", { class: "line" }, element("span", { class: "plate" }, inOrder(sighting.text)), element("span", { class: "faint" }, percent(sighting.confidence))),
        sighting.correction ? element("span", { class: "chip" }, `is ${inOrder(sighting.correction)}`) : null,
        hits.length ? element("ul", { class: "chips" }, ...hits) : null,
        element("div", { class: "meta" }, time(sighting.first_seen), element("br"), sighting.source),
      ),
    ),
  );
}

function state(text, kind) {
  // What is said anew is read aloud anew, and this is asked every other second.
  if (byId("live-state").textContent !== text) byId("live-state").textContent = text;
  byId("live-state").className = `state ${kind}`;
}

export async function openLive() {
  if (loaded) return;
  const { sightings } = await ask(`/api/sightings?limit=${MOST_SHOWN}`);
  loaded = true;
  byId("live-list").replaceChildren(...sightings.map((sighting) => card(sighting)));
  byId("live-none").hidden = sightings.length > 0;
  state("live", "on");
  add(waiting.splice(0));
}

function add(sightings) {
  if (!loaded || paused) {
    waiting.push(...sightings);
    waiting.splice(0, waiting.length - MOST_SHOWN);
    return;
  }
  const list = byId("live-list");
  for (const sighting of sightings) {
    if (list.querySelector(`a[href="#sighting/${sighting.id}"]`)) continue;
    list.prepend(card(sighting, true));
  }
  while (list.children.length > MOST_SHOWN) list.lastChild.remove();
  byId("live-none").hidden = list.children.length > 0;
}

export async function openSearch() {
  const choice = byId("search-source");
  const wanted = choice.dataset.wanted; // by a link of another view
  delete choice.dataset.wanted;
  const chosen = wanted ?? choice.value;
  const { sources } = await ask("/api/sources");
  const options = sources.map((source) => element("option", { value: source, selected: source === chosen }, source));
  byId("search-source").replaceChildren(element("option", { value: "" }, "All"), ...options);
  if (wanted !== undefined || !byId("search-list").children.length) await search();
}

function asked() {
  const query = new URLSearchParams({ limit: 24 });
  const values = { text: "search-text", source: "search-source", hit: "search-hit" };
  for (const [name, id] of Object.entries(values)) if (byId(id).value) query.set(name, byId(id).value);
  for (const [name, id] of Object.entries({ start: "search-start", end: "search-end" })) {
    if (byId(id).value) query.set(name, new Date(byId(id).value).toISOString());
  }
  if (byId("search-fuzzy").checked) query.set("fuzzy", "true");
  return query;
}

// `after`: more of what is shown, whatever stands in the form by now.
async function search(after = null) {
  const mine = (searches += 1);
  const query = after ? new URLSearchParams(found) : asked();
  if (after) query.set("after", after);
  const status = byId("search-status");
  const list = byId("search-list");
  status.className = "faint";
  try {
    const page = await ask(`/api/sightings?${query}`);
    if (mine !== searches) return; // something else was searched for meanwhile
    if (!after) found = query;
    const cards = page.sightings.map((sighting) => card(sighting));
    if (after) list.append(...cards);
    else list.replaceChildren(...cards);
    const count = list.children.length;
    const more = page.after ? ", and there are more" : "";
    status.textContent = count ? `${count} ${count === 1 ? "sighting" : "sightings"}, the newest first${more}` : "No sighting like that.";
    byId("search-more").hidden = !page.after;
    byId("search-more").dataset.after = page.after ?? "";
    if (!count) await offerPart(new URLSearchParams(query), () => mine === searches);
  } catch (error) {
    if (mine !== searches) return;
    status.className = "fault";
    status.textContent = error.message;
  }
}

// Who remembers a part of a plate is shown the plates with that part.
async function offerPart(query, wanted) {
  const text = query.get("text") ?? "";
  if (!text || /[?*]/.test(text)) return;
  query.set("text", `*${text}*`);
  query.set("limit", "1");
  const { sightings } = await ask(`/api/sightings?${query}`).catch((error) => {
    if (error.status !== 422) throw error;
    return { sightings: [] }; // with both wildcards it is longer than any plate
  });
  if (!sightings.length || !wanted()) return;
  const again = () => {
    byId("search-text").value = `*${text}*`;
    search();
  };
  byId("search-status").append(" ", element("button", { class: "quiet", type: "button", onclick: again }, `Show plates with ${text} in them`));
}

export async function openSighting(id) {
  const mine = (openings += 1);
  const place = byId("sighting");
  byId("sighting-title").textContent = "Sighting";
  place.replaceChildren();
  let sighting;
  try {
    sighting = await ask(`/api/sightings/${encodeURIComponent(id)}`);
  } catch (error) {
    if (mine === openings) place.replaceChildren(element("p", { class: "fault" }, error.message));
    return;
  }
  if (mine !== openings) return; // another one was opened meanwhile
  byId("sighting-title").textContent = inOrder(sighting.text);
  place.replaceChildren(await detail(sighting));
}

const gone = () => element("p", { class: "faint" }, "The pictures are no longer kept.");

async function detail(sighting) {
  const stage = element("div", { class: "stage" });
  const zones = element("div", {});
  if (sighting.pictures.includes("frame")) {
    const address = `/api/sightings/${sighting.id}/frame.jpg`;
    const frame = new Image();
    frame.addEventListener("load", () => {
      const { figure } = outlined(address, `The frame that shows ${sighting.text} best`, frame.naturalWidth, frame.naturalHeight, [sighting.corners]);
      stage.replaceChildren(figure);
      zones.replaceChildren(offerDrawing(figure, frame.naturalWidth, frame.naturalHeight));
    });
    frame.addEventListener("error", () => stage.replaceChildren(gone())); // deleted since
    frame.src = address;
  } else {
    stage.append(gone());
  }
  const crop = sighting.pictures.includes("crop")
    ? element("img", { class: "crop", src: `/api/sightings/${sighting.id}/crop.jpg`, alt: `The plate ${sighting.text}, flat` })
    : null;
  const facts = [
    ["Source", sighting.source],
    ["First seen", time(sighting.first_seen)],
    ["Last seen", time(sighting.last_seen)],
    ["Frames", String(sighting.frames)],
    ["Direction", sighting.direction ?? "stood"],
  ];
  const hits = sighting.hits.map((hit) =>
    element("li", { class: `chip ${hit.kind}` }, `${hit.kind}: ${inOrder(hit.pattern)}`, hit.note ? ", " : null, hit.note ? apart(hit.note) : null),
  );
  return element(
    "article",
    { class: "detail" },
    stage,
    element(
      "div",
      { class: "facts" },
      element("div", { class: "line" }, element("span", { class: "plate" }, inOrder(sighting.text)), element("span", { class: "faint" }, `${percent(sighting.confidence)} sure`), copyButton(sighting.text)),
      sighting.correction ? corrected(sighting) : null,
      crop,
      characters(sighting),
      hits.length ? element("ul", { class: "chips", "aria-label": "Watch lists" }, ...hits) : null,
      regions(sighting),
      others(sighting),
      element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
      zones,
      element("div", { class: "row" }, downloadButton(sighting, `sighting-${sighting.id}.json`)),
      may("admin") ? watching(sighting) : null,
      may("admin") && !sighting.correction ? correcting(sighting) : null,
      may("admin") ? element("button", { class: "quiet", type: "button", onclick: () => remove(sighting) }, "Delete this sighting") : null,
    ),
  );
}

async function remove(sighting) {
  if (!confirm(`Delete the sighting of ${sighting.text} with its pictures? It cannot be brought back.`)) return;
  await ask(`/api/sightings/${sighting.id}`, { method: "DELETE" });
  loaded = false;
  byId("search-list").replaceChildren();
  location.hash = "#search";
}

function watching(sighting) {
  const kind = element("select", {}, element("option", { value: "alert" }, "Alert"), element("option", { value: "allow" }, "Allow"));
  const note = element("input", { maxlength: 200, autocomplete: "off" });
  const status = element("p", { class: "faint", role: "status" });
  const add = async (event) => {
    event.preventDefault();
    try {
      const added = await send("/api/watch-list", "POST", { pattern: sighting.correction ?? sighting.text, kind: kind.value, note: note.value });
      status.className = "faint";
      status.textContent = `${inOrder(added.pattern)} is on the ${added.kind} list.`;
    } catch (error) {
      status.className = "fault";
      status.textContent = error.message;
    }
  };
  return element(
    "details",
    { class: "more" },
    element("summary", {}, "Add to watch list"),
    element("form", { id: "sighting-watch", class: "row", onsubmit: add }, element("label", {}, "List ", kind), element("label", { class: "grow" }, "Note ", note), element("button", { type: "submit" }, "Add")),
    status,
  );
}

async function correct(sighting, method, body, status) {
  try {
    const path = `/api/sightings/${sighting.id}/correction`;
    const changed = await (body ? send(path, method, body) : ask(path, { method }));
    loaded = false;
    byId("search-list").replaceChildren();
    byId("sighting").replaceChildren(await detail(changed));
    byId("sighting-correction")?.focus();
  } catch (error) {
    status.textContent = error.message;
  }
}

function corrected(sighting) {
  const status = element("span", { class: "fault", role: "status" });
  const undo = element("button", { class: "quiet small", type: "button", onclick: () => correct(sighting, "DELETE", null, status) }, "Undo");
  return element("p", { id: "sighting-correction", class: "line", tabindex: "-1" }, element("span", {}, "In truth it is "), element("span", { class: "plate" }, inOrder(sighting.correction)), may("admin") ? undo : null, status);
}

function correcting(sighting) {
  const text = element("input", { class: "plate-input", required: true, maxlength: 40, value: sighting.text, autocomplete: "off", autocapitalize: "characters", spellcheck: "false" });
  const status = element("p", { class: "fault", role: "status" });
  const save = (event) => {
    event.preventDefault();
    correct(sighting, "PUT", { text: text.value }, status);
  };
  return element(
    "details",
    { class: "more" },
    element("summary", {}, "This was read wrongly"),
    element("form", { id: "sighting-correct", class: "row", onsubmit: save }, element("label", { class: "grow" }, "The plate says ", text), element("button", { type: "submit" }, "Save")),
    element("p", { class: "faint" }, "Kept as a label, to measure and to train with: ", element("code", {}, "numberplate sightings labels")),
    status,
  );
}
