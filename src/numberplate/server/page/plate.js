// How a plate looks wherever it is shown.

import { element, inOrder, percent, shape } from "./dom.js";

export function characters(plate) {
  const items = plate.characters.map((character) =>
    element(
      "li",
      {},
      element("b", {}, character.text),
      element("meter", {
        min: 0, max: 1, low: 0.5, high: 0.9, optimum: 1, value: character.confidence,
        "aria-label": `Confidence of ${character.text}`,
      }),
      element("small", {}, String(Math.floor(100 * character.confidence))),
    ),
  );
  return element("ol", { class: "characters", "aria-label": "Characters with their confidence in per cent" }, ...items);
}

export function chips(label, texts) {
  if (!texts.length) return null;
  const items = texts.map((text) => element("li", { class: "chip" }, text));
  return element("div", { class: "line" }, element("span", { class: "faint" }, label), element("ul", { class: "chips" }, ...items));
}

export function others(plate) {
  const likely = plate.candidates.slice(1).filter((candidate) => candidate.confidence >= 0.001);
  return chips("Or", likely.map((candidate) => `${inOrder(candidate.text)} ${percent(candidate.confidence)}`));
}

export function regions(plate) {
  const named = plate.region ? [plate.region] : [];
  return chips("Region", named.map((region) => `${region.code.toUpperCase()} ${percent(region.confidence)}`));
}

// A picture with outlines over it. The polygons are numbered where there are several.
export function outlined(source, description, width, height, outlines) {
  const image = element("img", { src: source, alt: description });
  const overlay = shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const size = Math.max(width, height) / 32;
  const polygons = outlines.map((corners, i) => {
    const polygon = shape("polygon", { points: corners.map((point) => point.join(",")).join(" ") });
    overlay.append(polygon);
    if (outlines.length > 1) {
      const left = Math.min(...corners.map((point) => point[0]));
      const top = Math.max(size, Math.min(...corners.map((point) => point[1])));
      overlay.append(
        shape("rect", { class: "tag", x: left, y: top - size, width: size, height: size, rx: size / 6 }),
        shape("text", { x: left + size / 5, y: top - size / 5 }, String(i + 1)),
      );
      overlay.lastChild.style.fontSize = `${size}px`;
    }
    return polygon;
  });
  const figure = element("figure", { class: "picture" }, image, overlay);
  return { figure, image, polygons };
}

// `text`: or what gives it then.
export function copyButton(text, label = `Copy ${text}`) {
  const button = element("button", { class: "quiet small", type: "button", "aria-label": label }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copy(typeof text === "function" ? text() : text)) ? "Copied" : "Not copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without HTTPS there is no clipboard, but a selection can be copied.
    const field = element("textarea", { class: "visually-hidden", readonly: true }, text);
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

export function downloadButton(value, name) {
  const save = () => {
    const address = URL.createObjectURL(new Blob([`${JSON.stringify(value, null, 2)}\n`], { type: "application/json" }));
    const link = element("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  };
  return element("button", { class: "quiet small", type: "button", onclick: save }, "Download JSON");
}
