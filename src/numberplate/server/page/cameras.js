// Each camera with the last that it saw.

import { ask } from "./api.js";
import { byId, element, time } from "./dom.js";
import { chips, outlined } from "./plate.js";
import { addAreas, offerDrawing } from "./zones.js";

export async function open() {
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  const { cameras } = await ask(`/api/cameras?${new URLSearchParams({ start: midnight.toISOString() })}`);
  byId("cameras-none").hidden = cameras.length > 0;
  byId("cameras-list").replaceChildren(...cameras.map(card));
}

function card({ source, count, newest, zones, masks, line }) {
  const stage = element("div", { class: "stage" }, element("p", { class: "faint" }, newest ? "no picture kept" : "nothing seen yet"));
  const drawing = element("div", {});
  if (newest?.pictures.includes("frame")) {
    const address = `/api/sightings/${newest.id}/frame.jpg`;
    const frame = new Image();
    frame.addEventListener("load", () => {
      const { figure } = outlined(address, `The last vehicle at ${source}, ${newest.text}`, frame.naturalWidth, frame.naturalHeight, [newest.corners]);
      addAreas(figure, frame.naturalWidth, frame.naturalHeight, { zones, masks, line });
      stage.replaceChildren(figure);
      drawing.replaceChildren(offerDrawing(figure, frame.naturalWidth, frame.naturalHeight));
    });
    frame.src = address;
  }
  const last = newest
    ? element(
        "div",
        { class: "line" },
        element("a", { class: "plate", href: `#sighting/${newest.id}` }, newest.text),
        element("span", { class: "faint" }, time(newest.first_seen)),
      )
    : null;
  const all = element("a", { href: "#search", onclick: () => (byId("search-source").dataset.wanted = source) }, count === 1 ? "1 today" : `${count} today`);
  return element("li", { class: "camera-card", "data-source": source }, stage, element("div", { class: "body" }, element("h2", {}, source), last, areaChips({ zones, masks, line }), newest ? element("p", { class: "meta" }, all) : null, drawing));
}

// What the colours over the picture mean, in words.
function areaChips({ zones, masks, line }) {
  const names = zones.map((zone) => zone.name);
  if (masks.length) names.push(masks.length === 1 ? "1 mask" : `${masks.length} masks`);
  if (line) names.push("line");
  return chips("Zones", names);
}
