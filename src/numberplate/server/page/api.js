// What the server is asked. A refusal becomes an Error whose message is the server's reason.

export class Refused extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

let onSignedOut = () => {};

export function whenSignedOut(action) {
  onSignedOut = action;
}

export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new Refused(0, "The server cannot be reached.", null);
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  if (response.status === 401 || (response.status === 403 && path !== "/api/session")) onSignedOut();
  let reason = `The server replied with ${response.status}.`;
  try {
    reason = (await response.json()).error ?? reason;
  } catch {
    // A reply that is not the server's own, such as a proxy's.
  }
  throw new Refused(response.status, reason, Number(response.headers.get("retry-after")) || null);
}

export function send(path, method, body) {
  return ask(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}
