// Each camera with the last that it saw.

import { ask, blob, may, send } from "./api.js";
import { byId, element, inOrder, time } from "./dom.js";
import { chips, outlined } from "./plate.js";
import { addAreas, offerDrawing } from "./zones.js";

export async function open() {
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  const { cameras } = await ask(`/api/cameras?${new URLSearchParams({ start: midnight.toISOString() })}`);
  byId("cameras-none").hidden = cameras.length > 0;
  byId("cameras-list").replaceChildren(...cameras.map(card));
}

function card(camera) {
  const { source, count, newest, zones, masks, line } = camera;
  const stage = element("div", { class: "stage" }, element("p", { class: "faint" }, newest ? "no picture kept" : "nothing seen yet"));
  const drawing = element("div", {});
  function show(address, description, corners) {
    const before = camera.shown?.[0];
    if (before !== address && before?.startsWith("blob:")) URL.revokeObjectURL(before);
    camera.shown = [address, description, corners];
    const frame = new Image();
    frame.addEventListener("load", () => {
      const { figure } = outlined(address, description, frame.naturalWidth, frame.naturalHeight, corners);
      addAreas(figure, frame.naturalWidth, frame.naturalHeight, { zones, masks, line });
      stage.replaceChildren(figure);
      drawing.replaceChildren(offerDrawing(figure, frame.naturalWidth, frame.naturalHeight, keeping(camera)));
    });
    frame.src = address;
  }
  if (camera.shown) {
    show(...camera.shown);
  } else if (newest?.pictures.includes("frame")) {
    show(`/api/sightings/${newest.id}/frame.jpg`, `The last vehicle at ${source}, ${newest.text}`, [newest.corners]);
  }
  const last = newest
    ? element(
        "div",
        { class: "line" },
        element("a", { class: "plate", href: `#sighting/${newest.id}` }, inOrder(newest.text)),
        element("span", { class: "faint" }, time(newest.first_seen)),
      )
    : null;
  const all = element("a", { class: "touch", href: "#search", onclick: () => (byId("search-source").dataset.wanted = source) }, count === 1 ? "1 today" : `${count} today`);
  return element("li", { class: "camera-card", "data-source": source }, stage, element("div", { class: "body" }, element("h2", {}, source), last, areaChips({ zones, masks, line }), newest ? element("p", { class: "meta" }, all) : null, drawing, keeping(camera) ? now(source, show) : null));
}

// A button that shows what a camera sees now.
function now(source, show) {
  const fault = element("p", { class: "fault", role: "alert" });
  const button = element("button", { class: "quiet", type: "button" }, "Show what it sees now");
  button.addEventListener("click", async () => {
    button.disabled = true;
    fault.textContent = "";
    try {
      const frame = await blob(`/api/cameras/${encodeURIComponent(source)}/frame.jpg`);
      show(URL.createObjectURL(frame), `What ${source} sees now`, []);
    } catch (error) {
      fault.textContent = error.message;
    }
    button.disabled = false;
  });
  return element("div", {}, button, fault);
}

// How zones drawn over a camera's frame are kept; null where they cannot be.
function keeping(camera) {
  if (!camera.editable || !may("admin")) return null;
  const { source, version } = camera;
  return {
    areas: camera,
    save: async (areas) => {
      const kept = await send(`/api/cameras/${encodeURIComponent(source)}/areas`, "PUT", { ...areas, version });
      const shown = card({ ...camera, ...kept });
      const status = element("p", { class: "faint", role: "status", tabindex: -1 });
      shown.querySelector(".body").append(status);
      shown.addEventListener("click", () => (status.textContent = ""));
      document.querySelector(`#cameras-list li[data-source="${CSS.escape(source)}"]`).replaceWith(shown);
      status.textContent = "Kept in numberplate.toml. The camera goes by it within seconds, if it runs.";
      status.focus(); // the button that had it is gone
    },
  };
}

// What the colours over the picture mean, in words.
function areaChips({ zones, masks, line }) {
  const names = zones.map((zone) => zone.name);
  if (masks.length) names.push(masks.length === 1 ? "1 mask" : `${masks.length} masks`);
  if (line) names.push("line");
  return chips("Zones", names);
}
