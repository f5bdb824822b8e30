// Pictures from the user, one after the other, with what was read in them.

import { ask, blob } from "./api.js";
import { byId, element, inOrder, percent } from "./dom.js";
import { characters, copyButton, downloadButton, others, outlined, regions } from "./plate.js";

const MOST_SHOWN = 30;
let queue = Promise.resolve();
let waiting = 0; // pictures that are shown and not yet read
let limit = Infinity;

export function setUp(about) {
  limit = about.max_upload_megabytes * 1e6;
  byId("region-codes").append(...about.regions.map((code) => element("option", { value: code })));
  for (const id of ["files", "camera"]) {
    byId(id).addEventListener("change", (event) => {
      take([...event.target.files]);
      event.target.value = "";
    });
  }
  offerSamples(about.samples);
  const drop = byId("drop");
  for (const kind of ["dragenter", "dragover"]) {
    window.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  window.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take([...event.dataTransfer.files]);
  });
  window.addEventListener("paste", (event) => {
    // What a spreadsheet copies is a picture of the cells as well as their text, which belongs into the field.
    const isText = event.target.closest?.("input, textarea") && event.clipboardData.types.includes("text/plain");
    if (!isText) take([...event.clipboardData.files]);
  });
}

// For a first visit: gone once there is something to look at.
function offerSamples(names) {
  byId("samples").hidden = !names.length;
  byId("samples-list").replaceChildren(
    ...names.map((name) =>
      element(
        "li",
        {},
        element("button", { type: "button", class: "sample", "aria-label": `Read the sample ${name}`, onclick: () => takeSample(name) }, element("img", { src: `/page/samples/${name}`, alt: "", loading: "lazy" })),
      ),
    ),
  );
}

async function takeSample(name) {
  take([new File([await blob(`/page/samples/${name}`)], name, { type: "image/jpeg" })]);
}

function take(files) {
  if (!files.length) return;
  byId("samples").hidden = true;
  location.hash = "#read";
  // What could not be shown is not read: nobody would see what came of it.
  const taken = files.slice(0, MOST_SHOWN - waiting);
  const left = files.length - taken.length;
  byId("read-left").textContent = left ? `${MOST_SHOWN} pictures wait at most: the last ${left} of these were left out.` : "";
  waiting += taken.length;
  for (const file of taken) {
    const facts = element("div", { class: "facts" }, element("h2", {}, file.name), element("p", { class: "waiting" }, "Reading …"));
    const stage = element("div", { class: "stage" });
    const article = element("article", { class: "reading", "aria-label": file.name }, stage, facts);
    const address = URL.createObjectURL(file);
    article.dataset.address = address;
    stage.append(outlined(address, file.name, 1, 1, []).figure);
    byId("readings").prepend(article);
    queue = queue.then(() => read(file, address, stage, facts));
  }
  // A picture that is no longer shown is let go.
  for (const old of [...byId("readings").children].slice(MOST_SHOWN)) {
    URL.revokeObjectURL(old.dataset.address);
    old.remove();
  }
}

async function read(file, address, stage, facts) {
  const heading = element("h2", {}, file.name);
  try {
    if (file.size > limit) throw new Error(`Too large: a picture has at most ${limit / 1e6} MB.`);
    const content = await contentOf(file);
    const report = await retrying(() => request(content));
    show(report, file, address, stage, facts, heading);
  } catch (error) {
    facts.replaceChildren(heading, element("p", { class: "fault" }, error.message));
    byId("read-status").textContent = `${file.name}: ${error.message}`;
  }
  waiting -= 1;
}

// Not the file itself is sent: one that cannot be read would look like a server that is gone.
async function contentOf(file) {
  try {
    return await file.arrayBuffer();
  } catch {
    throw new Error("This cannot be read: it is a folder, or a file that was changed or taken away.");
  }
}

function request(content) {
  const query = new URLSearchParams({ crops: "true" });
  if (byId("regions").value.trim()) query.append("region", byId("regions").value);
  return ask(`/api/read?${query}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: content,
  });
}

// A full queue empties within moments: the server says when to come again.
async function retrying(action) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (!error.retryAfter || attempt === 4) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000 * error.retryAfter));
    }
  }
}

function show(report, file, address, stage, facts, heading) {
  const texts = report.plates.map((plate) => plate.text).join(", ");
  const count = report.plates.length;
  const said = count ? `${count === 1 ? "1 plate" : `${count} plates`}: ${texts}` : "No plate found";
  const corners = report.plates.map((plate) => plate.corners);
  const { figure, image, polygons } = outlined(address, `${file.name}. ${said}`, report.width, report.height, corners);
  image.addEventListener("error", () => {
    stage.replaceChildren(element("p", { class: "faint" }, "This browser cannot show the picture."));
  });
  stage.replaceChildren(figure);
  const items = report.plates.map((plate, i) => {
    const mark = (on) => () => polygons[i].classList.toggle("on", on);
    return element(
      "li",
      { tabindex: 0, onpointerenter: mark(true), onpointerleave: mark(false), onfocus: mark(true), onblur: mark(false) },
      element(
        "div",
        { class: "line" },
        count > 1 ? element("span", { class: "chip" }, String(i + 1)) : null,
        element("span", { class: "plate" }, inOrder(plate.text)),
        element("span", { class: "faint" }, `${percent(plate.confidence)} sure`),
        copyButton(plate.text),
      ),
      element("img", { class: "crop", src: plate.crop, alt: `The plate ${plate.text}, flat` }),
      characters(plate),
      regions(plate),
      others(plate),
    );
  });
  facts.replaceChildren(
    heading,
    element("p", { class: "faint" }, `${report.width} × ${report.height} pixels, ${Math.round(report.milliseconds)} ms`),
    count ? element("ol", { class: "plates" }, ...items) : element("p", {}, "No plate found."),
    element("div", { class: "row" }, downloadButton(withoutCrops(report), `${file.name}.json`)),
  );
  byId("read-status").textContent = `${file.name}: ${said}`;
}

// As `numberplate read --format jsonl` prints it.
function withoutCrops(report) {
  return { ...report, plates: report.plates.map(({ crop: _, ...plate }) => plate) };
}
