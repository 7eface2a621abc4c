// The control API, described at /api/openapi.json.

import { notice } from "./dom.js";

/** A call; what went wrong is told to the user and thrown. */
export async function call(method, path, { query = {}, body } = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const parameters = new URLSearchParams(given);
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(`/api${path}${given.length ? `?${parameters}` : ""}`, options);
  } catch {
    throw told("The sandbox does not answer: is it still running?");
  }
  if (response.status === 204) return null;
  const text = await response.text();
  let value = text;
  try {
    value = JSON.parse(text);
  } catch {
    if (response.ok) throw told(`${path} was answered with something that is not JSON`);
  }
  if (!response.ok) throw told(sentence(value) || `${path} was answered with status ${response.status}`);
  return value;
}

function told(text) {
  notice(text);
  return new Error(text);
}

/** The problem in words: a sentence of the sandbox, or the fields that a value did not fit in. */
function sentence(value) {
  const detail = value?.detail ?? value;
  if (Array.isArray(detail)) return detail.map((item) => `${item.loc.at(-1)}: ${item.msg}`).join("; ");
  return typeof detail === "string" ? detail.trim() : "";
}

export const get = (path, query) => call("GET", path, { query });
export const put = (path, body) => call("PUT", path, { body });
export const post = (path, body) => call("POST", path, { body });
export const remove = (path) => call("DELETE", path);

/** Listens to the stream; `on` has a function for each kind of event, and `state` for the connection's. */
export function listen(on) {
  const source = new EventSource("/api/events");
  let opened = false;
  source.onopen = () => {
    on.state("live", opened);
    opened = true;
  };
  source.onerror = () => {
    const closed = source.readyState === EventSource.CLOSED;
    on.state(closed ? "lost: reload the page" : "reconnecting…", false);
  };
  for (const kind of Object.keys(on)) {
    if (kind !== "state") source.addEventListener(kind, (event) => on[kind](JSON.parse(event.data)));
  }
  addEventListener("pagehide", () => source.close());
}
