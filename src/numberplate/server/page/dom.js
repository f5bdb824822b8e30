// Elements are made of names and texts, never of HTML: what a camera or a file is called stays a text.

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function shape(name, attributes = {}, text = null) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  return made;
}

export const byId = (id) => document.getElementById(id);

// A screen puts letters that run from right to left, and the figures after them, in an order of its own. With
// marks that nobody sees it shows a plate's text in the order of the plate.
export function inOrder(text) {
  const letters = /(?=[\u0590-\u08ff])\P{Nd}/gu;
  if (text.search(letters) < 0) return text;
  // Arabic letters and then figures are read from the right; Iran's and Morocco's letter stands between figures.
  if (/^(?:(?=[\u0600-\u08ff])\P{Nd}|[?*])+[\p{Nd}?*]*$/u.test(text)) return `${text}\u200e`;
  return text.replace(letters, "$&\u200e");
}

// A name or a note within a sentence: one that runs from right to left leaves the rest in its order.
export const apart = (text) => element("bdi", {}, text);

// As one reads it: 99.96 % is not 100 %.
export function percent(probability) {
  if (probability >= 0.9995) return probability === 1 ? "100 %" : "> 99.9 %";
  return `${(100 * probability).toFixed(probability < 0.995 && probability >= 0.1 ? 0 : 1)} %`;
}

const times = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function time(iso) {
  return element("time", { datetime: iso }, times.format(new Date(iso)));
}
