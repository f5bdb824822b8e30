// What the server is asked. A refusal becomes an Error whose message is the server's reason.

export class Refused extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

let session = { needed: false, roles: [] };

export async function openSession() {
  session = await ask("/api/session");
  return session;
}

// Whether the token that was shown permits it; the server has the last word.
export function may(role) {
  return !session.needed || session.roles.includes("admin") || session.roles.includes(role);
}

let onSignedOut = () => {};

export function whenSignedOut(action) {
  onSignedOut = action;
}

export async function ask(path, options = {}) {
  const response = await reply(path, options);
  return response.status === 204 ? null : response.json();
}

export async function blob(path) {
  return (await reply(path)).blob();
}

async function reply(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new Refused(0, "The server cannot be reached.", null);
  }
  if (response.ok) return response;
  if (response.status === 401 || (response.status === 403 && path !== "/api/session" && !(await signedIn()))) onSignedOut();
  let reason = `The server replied with ${response.status}.`;
  try {
    reason = (await response.json()).error ?? reason;
  } catch {
    // A reply that is not the server's own, such as a proxy's.
  }
  throw new Refused(response.status, reason, Number(response.headers.get("retry-after")) || null);
}

// A token may be known, and not permit what was asked.
async function signedIn() {
  const now = await ask("/api/session");
  return !now.needed || now.signed_in;
}

export function send(path, method, body) {
  return ask(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}
