// The day by camera: each vehicle where it was on a line from midnight to midnight.

import { ask } from "./api.js";
import { byId, element, shape } from "./dom.js";

const ROW = 34;
const WIDTH = 1000;

let round = 0;

export function setUp() {
  byId("day-date").addEventListener("change", () => show());
  byId("day-back").addEventListener("click", () => move(-1));
  byId("day-on").addEventListener("click", () => move(1));
}

export async function open() {
  if (!byId("day-date").value) byId("day-date").value = iso(new Date());
  await show();
}

// A day of this place, as a field of dates has it.
function iso(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function begin() {
  const [year, month, day] = byId("day-date").value.split("-").map(Number);
  return new Date(year, month - 1, day);
}

function move(days) {
  const date = begin();
  date.setDate(date.getDate() + days); // not by hours: some days have 23 or 25
  byId("day-date").value = iso(date);
  show();
}

async function show() {
  const mine = (round += 1);
  const status = byId("day-status");
  if (!byId("day-date").value) return;
  const start = begin();
  const end = new Date(start.getFullYear(), start.getMonth(), start.getDate() + 1);
  try {
    const query = new URLSearchParams({ start: start.toISOString(), end: end.toISOString() });
    const { sources, whole } = await ask(`/api/timeline?${query}`);
    if (mine !== round) return; // another day was chosen meanwhile
    const count = sources.reduce((sum, row) => sum + row.sightings.length, 0);
    status.className = "faint";
    status.textContent = count
      ? `${count} ${count === 1 ? "sighting" : "sightings"}${whole ? "" : ", the first of the day; there were more"}.`
      : "Nothing was seen on this day.";
    byId("day-chart").replaceChildren(...(count ? [chart(sources, start, end)] : []));
  } catch (error) {
    status.className = "fault";
    status.textContent = error.message;
  }
}

function chart(sources, start, end) {
  const whole = end - start;
  const x = (moment) => (WIDTH * Math.min(whole, Math.max(0, new Date(moment) - start))) / whole;
  // Where the clock shows an hour: the day on which it is put back has 2:00 twice, and 25 hours.
  const at = (hour) => x(new Date(start.getFullYear(), start.getMonth(), start.getDate(), hour));
  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
  const rows = sources.map((row) => {
    const line = shape("svg", { viewBox: `0 0 ${WIDTH} ${ROW}`, preserveAspectRatio: "none", role: "group", "aria-label": `What ${row.source} saw` });
    for (let hour = 0; hour <= 24; hour += 1) {
      line.append(shape("line", { x1: at(hour), x2: at(hour), y1: 0, y2: ROW, class: hour % 6 ? "hour" : "hour six" }));
    }
    for (const sighting of row.sightings) {
      const left = x(sighting.first_seen);
      const wide = Math.max(3, x(sighting.last_seen) - left);
      const said = `${sighting.text}, ${clock.format(new Date(sighting.first_seen))}${sighting.hit ? `, ${sighting.hit}` : ""}`;
      const link = shape("a", { href: `#sighting/${sighting.id}`, "aria-label": said, class: sighting.hit ?? "" });
      const mark = shape("rect", { x: Math.min(left, WIDTH - wide), y: 5, width: wide, height: ROW - 10, rx: 1.5 });
      const tip = shape("title", {}, said);
      mark.append(tip);
      link.append(mark);
      line.append(link);
    }
    const name = element("a", { href: "#search", class: "name", title: row.source, onclick: () => (byId("search-source").dataset.wanted = row.source) }, row.source);
    return element("div", { class: "day-row" }, name, line, element("span", { class: "faint count" }, String(row.sightings.length)));
  });
  const hours = [0, 6, 12, 18, 24].map((hour) => {
    const label = element("span", {}, `${hour}:00`);
    const share = `${(100 * at(hour)) / WIDTH}%`;
    label.style.left = share;
    label.style.transform = `translateX(-${share})`; // the first and the last end where the line does
    return label;
  });
  const axis = element("div", { class: "day-row axis", "aria-hidden": "true" }, element("span", { class: "name" }), element("div", { class: "hours" }, ...hours), element("span", { class: "count" }));
  return element("div", { class: "day" }, axis, ...rows);
}
