// Alarms: a sighting that hits an entry of the list "alert" is seen on every view, heard, and shown by the system.

import { apart, byId, element, inOrder, time } from "./dom.js";
import * as feed from "./feed.js";

const FRESH_MILLISECONDS = 10 * 60 * 1000; // what was kept long after it was seen sets off nothing
const MOST_SHOWN = 4;

let audio = null;
let waiting = false; // whether a sound is put off until the browser lets the page be heard
let title = null; // of the view, while the page's own says what happened
let unseen = 0;

function wanted(what) {
  return localStorage.getItem(`alarm-${what}`) === "yes";
}

export function setUp() {
  byId("alarm-sound").checked = wanted("sound");
  byId("alarm-sound").addEventListener("change", (event) => {
    localStorage.setItem("alarm-sound", event.target.checked ? "yes" : "no");
    if (event.target.checked) ring(); // a browser lets a page be heard once its user has touched it
    else sayIfSilent();
  });
  if (wanted("sound")) sounds();
  const notify = byId("alarm-notify");
  const possible = "Notification" in window && window.isSecureContext;
  notify.disabled = !possible;
  notify.checked = possible && wanted("notify") && Notification.permission === "granted";
  if (!possible) {
    byId("alarm-hint").textContent = window.isSecureContext
      ? "This browser shows no notifications of pages."
      : "Notifications need HTTPS, or this computer's own address.";
  }
  notify.addEventListener("change", async () => {
    if (notify.checked && (await Notification.requestPermission()) !== "granted") {
      notify.checked = false;
      byId("alarm-hint").textContent = "The browser does not allow notifications of this page.";
    }
    localStorage.setItem("alarm-notify", notify.checked ? "yes" : "no");
  });
  byId("alarm-test").addEventListener("click", () => {
    raise({ id: null, text: "TEST", source: "this page", first_seen: new Date().toISOString() }, { note: "a trial", pattern: "TEST" });
  });
  document.addEventListener("visibilitychange", seen);
  // With a mouse the press counts as a touch of the page, with a finger its end.
  for (const kind of ["pointerdown", "pointerup", "keydown"]) document.addEventListener(kind, wake);
  feed.listen((sightings) => {
    for (const sighting of sightings) {
      const hit = sighting.hits.find((found) => found.kind === "alert");
      if (hit && Date.now() - new Date(sighting.last_seen) < FRESH_MILLISECONDS) raise(sighting, hit);
    }
  });
}

// Whether alarms have to be raised while the page is hidden.
export function needed() {
  return wanted("sound") || wanted("notify");
}

function raise(sighting, hit) {
  const place = byId("alarms");
  // A car that is seen again and again has one banner.
  const before = banners().find((shown) => shown.dataset.text === sighting.text);
  const times = Number(before?.dataset.times ?? 0) + 1;
  before?.remove();
  const dismiss = () => {
    banner.remove();
    arrange();
  };
  const banner = element(
    "div",
    { class: "alarm", "data-text": sighting.text, "data-times": times },
    element("strong", { class: "plate" }, inOrder(sighting.text)),
    element("span", { class: "what" }, hit.note ? apart(hit.note) : `on the watch list as ${inOrder(hit.pattern)}`, ". ", apart(sighting.source), ", ", time(sighting.first_seen), times > 1 ? `, ${times}\u00a0times` : null),
    sighting.id === null ? null : element("a", { class: "button quiet", href: `#sighting/${sighting.id}`, onclick: dismiss }, "Look"),
    element("button", { class: "quiet", type: "button", "aria-label": `Dismiss the alarm of ${sighting.text}`, onclick: () => { dismiss(); refocus(); } }, "Dismiss"),
  );
  place.prepend(banner);
  arrange();
  if (wanted("sound")) ring();
  if (wanted("notify") && Notification.permission === "granted") notify(sighting, hit);
  if (document.hidden) {
    unseen += 1;
    title ??= document.title;
    document.title = `(${unseen}) ${inOrder(sighting.text)} – ${title}`;
  }
}

const banners = () => [...byId("alarms").querySelectorAll(".alarm")];

// The newest are shown, and how many wait behind them: none is lost that nobody has dismissed.
function arrange() {
  const all = banners();
  all.forEach((banner, i) => (banner.hidden = i >= MOST_SHOWN));
  const more = all.length - MOST_SHOWN;
  byId("alarms").querySelector(".more-alarms")?.remove();
  if (more > 0) {
    const dismissAll = () => {
      for (const banner of banners()) banner.remove();
      arrange();
      refocus();
    };
    const text = element("span", {}, more === 1 ? "1 earlier alarm" : `${more} earlier alarms`);
    const button = element("button", { class: "quiet small", type: "button", onclick: dismissAll }, "Dismiss all");
    byId("alarms").append(element("div", { class: "more-alarms" }, text, button));
  }
  byId("alarms").hidden = !all.length;
}

// The button that had the focus is gone.
function refocus() {
  (banners()[0]?.querySelector("button") ?? byId("main")).focus();
}

function notify(sighting, hit) {
  let shown;
  try {
    shown = new Notification(`${inOrder(sighting.text)} – alert`, {
      body: `${hit.note || inOrder(hit.pattern)}\n${sighting.source}`,
      tag: `numberplate-${sighting.id}`,
      icon: sighting.pictures?.includes("crop") ? `/api/sightings/${sighting.id}/crop.jpg` : "/page/icon.svg",
      requireInteraction: true,
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Android's browsers give a page the permission, and then let installed ones alone use it.
    localStorage.setItem("alarm-notify", "no");
    byId("alarm-notify").checked = false;
    byId("alarm-notify").disabled = true;
    byId("alarm-hint").textContent = "This browser shows no notifications of pages.";
    return;
  }
  shown.addEventListener("click", () => {
    window.focus();
    if (sighting.id !== null) location.hash = `#sighting/${sighting.id}`;
    shown.close();
  });
}

function seen() {
  if (document.hidden || !unseen) return;
  unseen = 0;
  document.title = title;
  title = null;
}

function wake() {
  if (wanted("sound") && sounds().state !== "running") sounds().resume();
}

function sounds() {
  if (audio === null) {
    audio = new AudioContext();
    audio.addEventListener("statechange", sayIfSilent);
    sayIfSilent();
  }
  return audio;
}

// A page that was opened again, and not touched since, is not heard: nobody is to rely on it.
function sayIfSilent() {
  byId("alarm-silent").hidden = !wanted("sound") || audio === null || audio.state === "running";
}

// What comes while the page is silent is heard once, when it may be, and not all at a time.
async function ring() {
  if (waiting) return;
  waiting = true;
  await sounds().resume();
  waiting = false;
  play();
}

// Two tones, three times: made here, so that nothing has to be loaded.
function play() {
  for (let i = 0; i < 6; i += 1) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    const begin = audio.currentTime + 0.18 * i;
    tone.frequency.value = i % 2 ? 660 : 880;
    loudness.gain.setValueAtTime(0, begin);
    loudness.gain.linearRampToValueAtTime(0.3, begin + 0.02);
    loudness.gain.linearRampToValueAtTime(0, begin + 0.16);
    tone.connect(loudness).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + 0.17);
  }
  byId("alarms").dataset.rung = String(Number(byId("alarms").dataset.rung ?? 0) + 1);
}
