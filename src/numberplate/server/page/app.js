// The views, by the address's hash, and signing in.

import { Refused, ask, may, openSession, send, whenSignedOut } from "./api.js";
import * as alarms from "./alarms.js";
import * as cameras from "./cameras.js";
import * as day from "./day.js";
import { byId } from "./dom.js";
import * as feed from "./feed.js";
import * as lists from "./lists.js";
import * as read from "./read.js";
import * as reference from "./reference.js";
import * as sightings from "./sightings.js";

const VIEWS = ["read", "live", "day", "cameras", "search", "lists", "sighting", "api", "sign-in"];
const AGAIN_MILLISECONDS = 5000;
let about = null;
let before = "search";
let again = null; // the timer of what is asked for once more

function show(view) {
  for (const name of VIEWS) byId(`view-${name}`).hidden = name !== view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === view) {
      link.setAttribute("aria-current", "page");
      const row = link.parentElement; // on a telephone it is longer than the screen is wide
      row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
    } else link.removeAttribute("aria-current");
  }
  document.title = `${byId(`view-${view}`).querySelector("h1").textContent} – numberplate`;
}

async function go() {
  clearTimeout(again);
  if (about === null) return;
  const [view, id] = location.hash.slice(1).split("/");
  if (["live", "day", "cameras", "search"].includes(view)) before = view;
  try {
    if (view === "api") {
      show("api");
      await reference.open();
    } else if (!about.sightings && view !== "read") show("read");
    else if (view === "day") {
      show("day");
      await day.open();
    } else if (view === "cameras") {
      show("cameras");
      await cameras.open();
    } else if (view === "live") {
      show("live");
      await sightings.openLive();
    } else if (view === "search") {
      show("search");
      await sightings.openSearch();
    } else if (view === "sighting") {
      show("sighting");
      byId("sighting-back").href = `#${before}`;
      await sightings.openSighting(id);
      if (!byId("view-sighting").hidden) show("sighting"); // for the title; another view may have been opened meanwhile
    } else if (view === "lists") {
      show("lists");
      await lists.open();
    } else show("read");
  } catch (error) {
    complain(error.message);
    retry(error, go);
  }
}

// A server that is away for a moment leaves no view empty for good.
function retry(error, action) {
  if (error.status === 0 || error.status >= 500) again = setTimeout(action, AGAIN_MILLISECONDS);
}

let hiding = null;

function complain(text) {
  clearTimeout(hiding);
  byId("fault").textContent = text;
  byId("fault").hidden = false;
  hiding = setTimeout(() => (byId("fault").hidden = true), 6000);
}

function signIn() {
  clearTimeout(again);
  feed.stop();
  show("sign-in");
  byId("token").focus();
}

async function start() {
  const session = await openSession();
  byId("sign-out").hidden = !session.needed || !session.signed_in;
  document.querySelector("nav").hidden = session.needed && !session.signed_in;
  if (session.needed && !session.signed_in) {
    signIn();
    return;
  }
  if (about === null) {
    about = await ask("/api/about");
    for (const link of document.querySelectorAll("nav a:not([data-view=read])")) link.hidden = !about.sightings;
    document.querySelector("nav").hidden = !about.sightings;
    byId("version").textContent = about.version;
    if (about.keeps_uploads) byId("kept").textContent = "What is read is kept as a sighting.";
    read.setUp(about);
    sightings.setUp(about);
    lists.setUp();
    day.setUp();
    alarms.setUp();
  }
  byId("entry-form").hidden = !may("admin"); // by the token that was shown last
  // What a token does not permit to see raises no alarms.
  if (about.sightings && may("read")) feed.start(alarms.needed);
  await go();
}

byId("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await send("/api/session", "POST", { token: byId("token").value });
    byId("token").value = "";
    byId("sign-in-fault").textContent = "";
    await start();
  } catch (error) {
    byId("sign-in-fault").textContent = error.message;
  }
});
byId("sign-out").addEventListener("click", async () => {
  await ask("/api/session", { method: "DELETE" });
  location.reload();
});
window.addEventListener("hashchange", () => {
  go();
  byId("main").focus({ preventScroll: true });
  window.scrollTo(0, 0);
});
// What a button does may be refused: it is said, whichever it was.
window.addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof Refused)) return;
  event.preventDefault();
  complain(event.reason.message);
});
whenSignedOut(signIn);
async function begin() {
  try {
    await start();
  } catch (error) {
    complain(error.message);
    retry(error, begin);
  }
}
begin();
