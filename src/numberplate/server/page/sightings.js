// Sightings: as they happen, found again, and one in full.

import { ask, may } from "./api.js";
import { byId, element, percent, time } from "./dom.js";
import { characters, others, outlined, regions } from "./plate.js";
import { offerDrawing } from "./zones.js";

const POLL_MILLISECONDS = 1500;
const MOST_SHOWN = 60;

let last = null;
let paused = false;
let round = 0; // of the polling that is under way: a view that was left polls no more

export function setUp(about) {
  byId("live-database").textContent = about.database ? ` Those of ${about.database} are shown.` : "";
  byId("live-pause").addEventListener("click", () => {
    paused = !paused;
    byId("live-pause").setAttribute("aria-pressed", String(paused));
    byId("live-pause").textContent = paused ? "Go on" : "Pause";
    state(paused ? "paused" : "live", paused ? "" : "on");
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
    element("li", { class: `chip ${hit.kind}` }, hit.note ? `${hit.kind}: ${hit.note}` : hit.kind),
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
        element("div", { class: "line" }, element("span", { class: "plate" }, sighting.text), element("span", { class: "faint" }, percent(sighting.confidence))),
        hits.length ? element("ul", { class: "chips" }, ...hits) : null,
        element("div", { class: "meta" }, time(sighting.first_seen), element("br"), sighting.source),
      ),
    ),
  );
}

function state(text, kind) {
  byId("live-state").textContent = text;
  byId("live-state").className = `state ${kind}`;
}

export async function openLive() {
  round += 1;
  await poll(round);
}

export function closeLive() {
  round += 1;
}

async function poll(mine) {
  try {
    if (!paused && !document.hidden) await refresh();
    if (!paused) state("live", "on");
  } catch (error) {
    state(error.message, "off");
  }
  setTimeout(() => {
    if (mine === round) poll(mine);
  }, POLL_MILLISECONDS);
}

async function refresh() {
  const list = byId("live-list");
  if (last === null) {
    const { sightings } = await ask(`/api/sightings?limit=${MOST_SHOWN}`);
    last = Math.max(0, ...sightings.map((sighting) => sighting.id));
    list.replaceChildren(...sightings.map((sighting) => card(sighting)));
  } else {
    const { sightings } = await ask(`/api/sightings/since/${last}`);
    for (const sighting of sightings) {
      last = Math.max(last, sighting.id);
      list.prepend(card(sighting, true));
    }
    while (list.children.length > MOST_SHOWN) list.lastChild.remove();
  }
  byId("live-none").hidden = list.children.length > 0;
}

export async function openSearch() {
  const chosen = byId("search-source").value;
  const { sources } = await ask("/api/sources");
  const options = sources.map((source) => element("option", { value: source, selected: source === chosen }, source));
  byId("search-source").replaceChildren(element("option", { value: "" }, "All"), ...options);
  if (!byId("search-list").children.length) await search();
}

async function search(after = null) {
  const query = new URLSearchParams({ limit: 24 });
  const values = { text: "search-text", source: "search-source", hit: "search-hit" };
  for (const [name, id] of Object.entries(values)) if (byId(id).value) query.set(name, byId(id).value);
  for (const [name, id] of Object.entries({ start: "search-start", end: "search-end" })) {
    if (byId(id).value) query.set(name, new Date(byId(id).value).toISOString());
  }
  if (byId("search-fuzzy").checked) query.set("fuzzy", "true");
  if (after) query.set("after", after);
  const status = byId("search-status");
  const list = byId("search-list");
  status.className = "faint";
  try {
    const page = await ask(`/api/sightings?${query}`);
    const cards = page.sightings.map((sighting) => card(sighting));
    if (after) list.append(...cards);
    else list.replaceChildren(...cards);
    const count = list.children.length;
    const more = page.after ? ", and there are more" : "";
    status.textContent = count ? `${count} ${count === 1 ? "sighting" : "sightings"}, the newest first${more}` : "No sighting like that.";
    if (!count) await offerPart(query);
    byId("search-more").hidden = !page.after;
    byId("search-more").dataset.after = page.after ?? "";
  } catch (error) {
    status.className = "fault";
    status.textContent = error.message;
  }
}

// Who remembers a part of a plate is shown the plates with that part.
async function offerPart(query) {
  const text = query.get("text") ?? "";
  if (!text || /[?*]/.test(text)) return;
  query.set("text", `*${text}*`);
  query.set("limit", "1");
  const { sightings } = await ask(`/api/sightings?${query}`);
  if (!sightings.length) return;
  const again = () => {
    byId("search-text").value = `*${text}*`;
    search();
  };
  byId("search-status").append(" ", element("button", { class: "quiet", type: "button", onclick: again }, `Show plates with ${text} in them`));
}

export async function openSighting(id) {
  const place = byId("sighting");
  byId("sighting-title").textContent = "Sighting";
  place.replaceChildren();
  let sighting;
  try {
    sighting = await ask(`/api/sightings/${encodeURIComponent(id)}`);
  } catch (error) {
    place.replaceChildren(element("p", { class: "fault" }, error.message));
    return;
  }
  byId("sighting-title").textContent = sighting.text;
  place.replaceChildren(await detail(sighting));
}

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
    frame.src = address;
  } else {
    stage.append(element("p", { class: "faint" }, "The pictures are no longer kept."));
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
    element("li", { class: `chip ${hit.kind}` }, `${hit.kind}: ${hit.pattern}${hit.note ? `, ${hit.note}` : ""}`),
  );
  return element(
    "article",
    { class: "detail" },
    stage,
    element(
      "div",
      { class: "facts" },
      element("div", { class: "line" }, element("span", { class: "plate" }, sighting.text), element("span", { class: "faint" }, `${percent(sighting.confidence)} sure`)),
      crop,
      characters(sighting),
      hits.length ? element("ul", { class: "chips", "aria-label": "Watch lists" }, ...hits) : null,
      regions(sighting),
      others(sighting),
      element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
      zones,
      may("admin") ? element("button", { class: "quiet", type: "button", onclick: () => remove(sighting) }, "Delete this sighting") : null,
    ),
  );
}

async function remove(sighting) {
  if (!confirm(`Delete the sighting of ${sighting.text} with its pictures? It cannot be brought back.`)) return;
  await ask(`/api/sightings/${sighting.id}`, { method: "DELETE" });
  last = null;
  byId("search-list").replaceChildren();
  location.hash = "#search";
}
