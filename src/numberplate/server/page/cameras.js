// Each camera with the last that it saw.

import { ask } from "./api.js";
import { byId, element, time } from "./dom.js";
import { outlined } from "./plate.js";

export async function open() {
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  const { cameras } = await ask(`/api/cameras?${new URLSearchParams({ start: midnight.toISOString() })}`);
  byId("cameras-none").hidden = cameras.length > 0;
  byId("cameras-list").replaceChildren(...cameras.map(card));
}

function card({ source, count, newest }) {
  const stage = element("div", { class: "stage" }, element("p", { class: "faint" }, "no picture kept"));
  if (newest?.pictures.includes("frame")) {
    const address = `/api/sightings/${newest.id}/frame.jpg`;
    const frame = new Image();
    frame.addEventListener("load", () => {
      const { figure } = outlined(address, `The last vehicle at ${source}, ${newest.text}`, frame.naturalWidth, frame.naturalHeight, [newest.corners]);
      stage.replaceChildren(figure);
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
  return element("li", { class: "camera-card", "data-source": source }, stage, element("div", { class: "body" }, element("h2", {}, source), last, element("p", { class: "meta" }, all)));
}
