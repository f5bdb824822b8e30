// A zone, a mask or a line of a camera, drawn over a frame of it: the points as `numberplate watch` takes them.

import { element, shape } from "./dom.js";
import { copyButton } from "./plate.js";

const KINDS = {
  zone: { label: "Zone", least: 3, option: (points) => `--zone 'NAME=${points}'` },
  mask: { label: "Mask", least: 3, option: (points) => `--mask '${points}'` },
  line: { label: "Line", least: 2, option: (points) => `--line '${points}'` },
};

const MOST_POINTS = 64;

// Draws a camera's zones, masks and line over a frame of it. Points are in fractions of the frame.
export function addAreas(figure, width, height, { zones, masks, line }) {
  const overlay = figure.querySelector("svg");
  const scaled = (points) => points.map(([x, y]) => `${x * width},${y * height}`).join(" ");
  for (const points of masks) overlay.prepend(shape("polygon", { class: "mask", points: scaled(points) }));
  for (const { name, points } of zones) {
    // Beside the corner that is nearest to the frame's first, which is one of the zone, as the box's may not be.
    const [left, top] = [...points].sort((a, b) => a[0] + a[1] - b[0] - b[1])[0];
    const label = shape("text", { class: "zone-name", x: left * width + width / 100, y: top * height + width / 24 }, name);
    label.style.fontSize = `${width / 28}px`;
    overlay.prepend(shape("polygon", { class: "zone", points: scaled(points) }), label);
  }
  if (line) overlay.prepend(shape("polyline", { class: "crossing", points: scaled(line) }));
}

// A button in a place beneath a figure that shows a whole frame, and all that comes of it. `keep`: the areas of the
// camera and how to save others, where these can be kept; else the options of `numberplate watch` are shown.
export function offerDrawing(figure, width, height, keep = null) {
  const label = keep ? "Change zones" : "Draw a zone";
  const open = element("button", { class: "quiet", type: "button", onclick: show }, label);
  function show() {
    const shown = editor(figure, width, height, keep);
    open.replaceWith(shown);
    shown.querySelector("select").focus(); // the button had it
  }
  return open;
}

function editor(figure, width, height, keep) {
  let points = [];
  let kind = "zone";
  const drawing = shape("polygon", { class: "zone" });
  const overlay = figure.querySelector("svg");
  overlay.append(drawing);
  figure.classList.add("drawing");
  const text = element("output", { class: "zone-text" });
  const fault = element("p", { class: "fault", role: "alert" });
  const help = keep
    ? element("p", { class: "faint" }, "Click on the corners in the picture. What is saved is kept in ", element("code", {}, "numberplate.toml"), ".")
    : element("p", { class: "faint" }, "Click on the corners in the picture. What comes of it is an option of ", element("code", {}, "numberplate watch"), "; in ", element("code", {}, "numberplate.toml"), " the part in quotes is one of ", element("code", {}, "zones"), " or ", element("code", {}, "masks"), ", or the ", element("code", {}, "line"), ".");

  function show() {
    drawing.setAttribute("class", kind === "line" ? "crossing" : kind);
    drawing.setAttribute("points", points.map(([x, y]) => `${x * width},${y * height}`).join(" "));
    const written = points.map((point) => point.join(",")).join(" ");
    const whole = points.length >= KINDS[kind].least;
    text.value = whole ? KINDS[kind].option(written) : "";
    copy.disabled = !whole;
    save.disabled = !whole;
    for (const field of ofZone) field.hidden = kind !== "zone";
  }

  figure.addEventListener("click", (event) => {
    const box = overlay.getBoundingClientRect();
    const place = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (kind === "line" && points.length === 2) points = [];
    if (points.length < MOST_POINTS) points.push(place.map((share) => round(Math.min(1, Math.max(0, share)))));
    show();
  });
  const choice = element(
    "select",
    { "aria-label": "What is drawn", onchange: (event) => { kind = event.target.value; points = points.slice(0, kind === "line" ? 2 : undefined); show(); } },
    ...Object.entries(KINDS).map(([value, { label }]) => element("option", { value }, label)),
  );
  const undo = element("button", { class: "quiet", type: "button", onclick: () => { points.pop(); show(); } }, "Undo");
  const copy = copyButton(() => text.value, "Copy the option");
  const name = element("input", { "aria-label": "Name of the zone", placeholder: "Name", maxlength: 64 });
  const least = ["width", "length"].map((what) =>
    element("input", { type: "number", min: 0, max: what === "width" ? 100000 : 100, class: "least", "aria-label": `Least ${what} of a plate in it`, placeholder: `Least ${what}` }),
  );
  const ofZone = [name, ...least];
  const save = element("button", { type: "submit" }, "Save");
  if (!keep) {
    show();
    return element("div", { class: "zone-editor" }, element("div", { class: "line" }, choice, undo, copy), help, text);
  }

  async function put(areas) {
    fault.textContent = "";
    try {
      await keep.save(areas);
    } catch (error) {
      fault.textContent = error.message;
    }
  }

  function drawn() {
    const { zones, masks, line } = keep.areas;
    if (kind === "line") return { zones, masks, line: points };
    if (kind === "mask") return { zones, masks: [...masks, points], line };
    const [min_width, min_length] = least.map((field) => (field.value === "" ? null : Number(field.value)));
    const zone = { name: name.value.trim(), points, min_width, min_length };
    return { zones: [...zones.filter((other) => other.name !== zone.name), zone], masks, line };
  }

  // One that is there already: to be taken away.
  function row(label, areas) {
    return element("li", { class: "line" }, element("span", {}, label), element("button", { class: "quiet small", type: "button", "aria-label": `Remove ${label}`, onclick: () => put(areas) }, "Remove"));
  }
  const { zones, masks, line } = keep.areas;
  const there = [
    ...zones.map((zone) => row(`zone ${zone.name}`, { zones: zones.filter((other) => other !== zone), masks, line })),
    ...masks.map((mask, i) => row(`mask ${i + 1}`, { zones, masks: masks.filter((other) => other !== mask), line })),
    ...(line ? [row("line", { zones, masks, line: null })] : []),
  ];
  show();
  return element(
    "form",
    { class: "zone-editor", onsubmit: (event) => { event.preventDefault(); put(drawn()); } },
    element("div", { class: "line" }, choice, ...ofZone, undo, save),
    help,
    element("ul", { class: "zone-rows" }, ...there),
    fault,
  );
}

const round = (share) => Math.round(share * 1000) / 1000;
