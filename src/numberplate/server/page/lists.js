// The watch lists.

import { ask, may, send } from "./api.js";
import { byId, element, inOrder, time } from "./dom.js";

export function setUp() {
  byId("entry-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const entry = {
      pattern: byId("entry-pattern").value,
      kind: byId("entry-kind").value,
      note: byId("entry-note").value,
      distance: byId("entry-distance").checked ? 1 : 0,
    };
    try {
      const added = await send("/api/watch-list", "POST", entry);
      byId("entry-form").reset();
      say(`${inOrder(added.pattern)} is on the list.`);
      await open();
      byId("entry-pattern").focus();
    } catch (error) {
      say(error.message, "fault");
    }
  });
}

function say(text, kind = "faint") {
  byId("entry-status").textContent = text;
  byId("entry-status").className = kind;
}

export async function open() {
  const { entries } = await ask("/api/watch-list");
  if (!entries.length) {
    const none = element("div", { class: "empty" }, element("p", {}, element("strong", {}, "No entries yet.")), element("p", {}, "A sighting that hits one is marked."));
    byId("entries").replaceChildren(none);
    return;
  }
  const head = element("tr", {}, ...["Plate", "List", "Note", "Added", ""].map((name) => element("th", { scope: "col", class: name === "Added" ? "wide" : null }, name || element("span", { class: "visually-hidden" }, "Remove"))));
  const rows = entries.map((entry) =>
    element(
      "tr",
      {},
      element("td", {}, element("span", { class: "plate" }, inOrder(entry.pattern)), entry.distance ? element("span", { class: "faint" }, " ± 1") : null),
      element("td", {}, element("span", { class: `chip ${entry.kind}` }, entry.kind)),
      element("td", {}, entry.note),
      element("td", { class: "faint wide" }, time(entry.added)),
      element("td", {}, may("admin") ? element("button", { class: "quiet small", type: "button", "aria-label": `Remove ${entry.pattern}`, onclick: () => remove(entry) }, "Remove") : null),
    ),
  );
  byId("entries").replaceChildren(element("div", { class: "table" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))));
}

async function remove(entry) {
  const place = [...byId("entries").querySelectorAll("button")].indexOf(document.activeElement);
  try {
    await ask(`/api/watch-list/${entry.id}`, { method: "DELETE" });
    say(`${inOrder(entry.pattern)} was removed.`);
  } catch (error) {
    say(error.message, "fault");
  }
  await open();
  // What had the focus is gone: it goes to what came in its place, or to where another is entered.
  const left = byId("entries").querySelectorAll("button");
  if (place >= 0) (left[Math.min(place, left.length - 1)] ?? byId("entry-pattern")).focus();
}
