// How values are worded and marked.

import { el } from "./dom.js";

const ENCODINGS = { gsm7: "GSM-7", ucs2: "UCS-2", binary: "binary" };
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const counted = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;
export const readable = (word) => word.replaceAll("_", " ");
export const contents = (message) => (message.data === null ? message.text : `${message.data.length / 2} octets: ${message.data}`);
export const size = (message) => `${ENCODINGS[message.encoding] ?? message.encoding} · ${counted(message.segments, "segment")}`;

export function clock(at) {
  const when = new Date(at);
  const today = when.toDateString() === new Date().toDateString();
  return el("time", { dateTime: at, title: day.format(when) }, (today ? time : day).format(when));
}

/** A badge in a colour of the aggregator's own. */
export function badge(adapter) {
  let hue = 0;
  for (const letter of adapter) hue = (hue * 31 + letter.charCodeAt(0)) % 360;
  const made = el("span.badge", {}, adapter);
  made.style.setProperty("--hue", hue);
  return made;
}

export const state = (status) => el("span.state", { data: { status } }, readable(status));

/** What is in a page's address behind the #, and the other way round. */
export const addressOf = (...parts) => `#/${parts.map(encodeURIComponent).join("/")}`;
export const partsOf = (hash) => hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);

/** How an exchange ended: an HTTP status, or for an SMSC's frame (status 0: accepted) a word. */
export const outcome = (protocol, status) => {
  if (status === null) return { text: "no answer", failed: true };
  if (protocol === "http") return { text: `HTTP ${status}`, failed: status >= 400 };
  return { text: status ? "refused" : "accepted", failed: status !== 0 };
};
