// What is added to the database, asked for again and again, whatever view is shown.

import { ask } from "./api.js";

const POLL_MILLISECONDS = 1500;
// A page in the background that has nobody to wake asks less often.
const HIDDEN_MILLISECONDS = 10000;

let last = null;
let running = false;
let asking = false;
let timer = null;
let urgent = () => false;
const listeners = [];
const stateListeners = [];

// `added`: called with each batch of new sightings, oldest first. `state`: with "" or why nothing is known.
export function listen(added, state = () => {}) {
  listeners.push(added);
  stateListeners.push(state);
}

// `needed`: whether sightings have to be known at once even while the page is hidden.
export function start(needed) {
  urgent = needed;
  if (running) return;
  running = true;
  poll();
}

export function stop() {
  running = false;
  clearTimeout(timer);
}

async function poll() {
  clearTimeout(timer);
  if (asking) return; // what goes on now asks again when it has its reply
  asking = true;
  try {
    await refresh();
    for (const tell of stateListeners) tell("");
  } catch (error) {
    for (const tell of stateListeners) tell(error.message);
  }
  asking = false;
  if (!running) return;
  timer = setTimeout(poll, document.hidden && !urgent() ? HIDDEN_MILLISECONDS : POLL_MILLISECONDS);
}

async function refresh() {
  if (last === null) {
    last = (await ask("/api/sightings/last")).id;
    return;
  }
  const { sightings, last: newest } = await ask(`/api/sightings/since/${last}`);
  if (!sightings.length) {
    last = Math.min(last, newest); // lower where another database is in its place, whose numbers begin anew
    return;
  }
  last = Math.max(last, ...sightings.map((sighting) => sighting.id));
  for (const tell of listeners) tell(sightings);
}

document.addEventListener("visibilitychange", () => {
  if (running && !document.hidden) poll();
});
