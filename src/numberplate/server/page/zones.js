// A zone, a mask or a line of a camera, drawn over a frame of it: the points as `numberplate watch` takes them.

import { element, shape } from "./dom.js";

const KINDS = {
  zone: { label: "Zone", least: 3, option: (points) => `--zone 'NAME=${points}'` },
  mask: { label: "Mask", least: 3, option: (points) => `--mask '${points}'` },
  line: { label: "Line", least: 2, option: (points) => `--line '${points}'` },
};

// Draws a camera's zones, masks and line over a frame of it. Points are in fractions of the frame.
export function addAreas(figure, width, height, { zones, masks, line }) {
  const overlay = figure.querySelector("svg");
  const scaled = (points) => points.map(([x, y]) => `${x * width},${y * height}`).join(" ");
  for (const points of masks) overlay.prepend(shape("polygon", { class: "mask", points: scaled(points) }));
  for (const { name, points } of zones) {
    const [left, top] = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis])));
    const label = shape("text", { class: "zone-name", x: left * width + width / 100, y: top * height + width / 24 }, name);
    label.style.fontSize = `${width / 28}px`;
    overlay.prepend(shape("polygon", { class: "zone", points: scaled(points) }), label);
  }
  if (line) overlay.prepend(shape("polyline", { class: "crossing", points: scaled(line) }));
}

// Adds a button to a place beneath a figure that shows a whole frame, and all that comes of it.
export function offerDrawing(figure, width, height) {
  const open = element("button", { class: "quiet", type: "button", onclick: () => open.replaceWith(editor(figure, width, height)) }, "Draw a zone");
  return open;
}

function editor(figure, width, height) {
  let points = [];
  let kind = "zone";
  const drawing = shape("polygon", { class: "zone" });
  const overlay = figure.querySelector("svg");
  overlay.append(drawing);
  figure.classList.add("drawing");
  const text = element("output", { class: "zone-text" });
  const help = element("p", { class: "faint" }, "Click on the corners in the picture. What comes of it is an option of ", element("code", {}, "numberplate watch"), "; in ", element("code", {}, "numberplate.toml"), " the part in quotes is one of ", element("code", {}, "zones"), " or ", element("code", {}, "masks"), ", or the ", element("code", {}, "line"), ".");

  function show() {
    drawing.setAttribute("points", points.map(([x, y]) => `${x * width},${y * height}`).join(" "));
    const written = points.map(([x, y]) => `${round(x)},${round(y)}`).join(" ");
    text.value = points.length >= KINDS[kind].least ? KINDS[kind].option(written) : "";
    copy.disabled = !text.value;
  }

  figure.addEventListener("click", (event) => {
    const box = overlay.getBoundingClientRect();
    const place = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (kind === "line" && points.length === 2) points = [];
    points.push(place.map((share) => Math.min(1, Math.max(0, share))));
    show();
  });
  const choice = element(
    "select",
    { "aria-label": "What is drawn", onchange: (event) => { kind = event.target.value; points = points.slice(0, kind === "line" ? 2 : undefined); show(); } },
    ...Object.entries(KINDS).map(([value, { label }]) => element("option", { value }, label)),
  );
  const undo = element("button", { class: "quiet", type: "button", onclick: () => { points.pop(); show(); } }, "Undo");
  const copy = element("button", { class: "quiet", type: "button", disabled: true, onclick: () => navigator.clipboard?.writeText(text.value) }, "Copy");
  return element("div", { class: "zone-editor" }, element("div", { class: "line" }, choice, undo, copy), help, text);
}

const round = (share) => String(Math.round(share * 1000) / 1000);
