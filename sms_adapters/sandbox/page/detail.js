// A message with its fate, history and raw exchanges; or one exchange.

import { get, put } from "./api.js";
import { $, copy, el } from "./dom.js";
import { badge, clock, contents, outcome, readable, size, state } from "./words.js";

const ACCEPTED = ["delivered", "failed", "expired", "rejected", "undeliverable", "late", "duplicated", "out_of_order"];
const ARROWS = { to_aggregator: "host → aggregator", to_host: "aggregator → host" };

export class Detail {
  constructor() {
    this.shown = null;
    this.loads = 0;
  }

  async message(id) {
    this.shown = { kind: "message", id };
    const load = ++this.loads;
    const found = await get(`/messages/${id}`);
    if (load !== this.loads) return;
    const open = new Set([...document.querySelectorAll("#detail details[open]")].map((item) => item.dataset.id));
    const first = this.drawn !== `message ${id}`;
    this.drawn = `message ${id}`;
    $("#detail-title").textContent = `Message ${id}`;
    const exchanges = found.exchanges.map((item, place) => exchange(item, first ? place === 0 : open.has(String(item.id))));
    $("#detail-body").replaceChildren(
      facts([
        ["Aggregator", badge(found.adapter)],
        [found.direction === "mt" ? "To" : "From", el("bdi", {}, found.handset)],
        [found.direction === "mt" ? "From" : "To", el("bdi", {}, found.number)],
        ["Aggregator's id", found.provider_id ?? "none"],
        ["Size", `${size(found)}, ${[...found.text].length} characters`],
        ["Status", state(found.status)],
        ["Fate", found.direction === "mt" ? fates(found) : readable(found.fate)],
      ]),
      el("p.whole", { dir: "auto" }, contents(found)),
      el("h3", {}, "History"),
      el("ol.history", {}, el("li", {}, clock(found.at), " accepted"), found.history.map(entered)),
      el("h3", {}, "On the wire"),
      ...(exchanges.length ? exchanges : [el("p.empty", {}, "Nothing was sent yet.")]),
    );
  }

  async exchange(id) {
    this.shown = { kind: "exchange", id };
    const load = ++this.loads;
    const found = await get(`/exchanges/${id}`);
    if (load !== this.loads) return;
    this.drawn = `exchange ${id}`;
    $("#detail-title").textContent = `Exchange ${id}`;
    const links = found.messages.map((number) => el("a", { href: `#/m/${number}` }, `message ${number}`));
    const about = links.length ? el("p", {}, "Brought or reports on ", ...links.flatMap((link) => [link, " "])) : null;
    $("#detail-body").replaceChildren(...[about, exchange(found, true)].filter(Boolean));
  }

  /** Shows again what changed. */
  refresh(ids) {
    if (this.shown?.kind === "message" && ids.includes(this.shown.id)) this.message(this.shown.id).catch(() => {});
  }

  close() {
    this.shown = null;
    this.drawn = null;
    this.loads += 1;
    $("#detail-title").textContent = "Details";
    $("#detail-body").replaceChildren(el("p.empty", {}, "Choose a message to see its fate, its history and every request that it made."));
  }
}

const facts = (pairs) => el("dl", {}, pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
const entered = ({ status, at }) => el("li", {}, clock(at), " ", state(status));

function fates(message) {
  const choose = (event) => put(`/messages/${message.id}/fate`, { fate: event.target.value }).catch(() => (event.target.value = message.fate));
  const names = ACCEPTED.includes(message.fate) ? ACCEPTED : [message.fate, ...ACCEPTED];
  const options = names.map((name) => el("option", { value: name, selected: name === message.fate }, readable(name)));
  return el("select", { id: "fate", on: { change: choose }, aria: { label: "Fate of this message" } }, options);
}

function exchange(item, open) {
  const { text: answer, failed } = outcome(item.protocol, item.response?.status ?? null);
  return el(
    "details.exchange",
    { open, data: { id: item.id, failed: String(failed) } },
    el("summary", {}, el("span", {}, ARROWS[item.direction]), clock(item.at), el("strong", {}, answer), item.attempt > 1 ? `attempt ${item.attempt}` : null),
    el("p.muted", {}, `${Math.round(item.duration * 1000)} ms`, item.error ? `, ${item.error}` : ""),
    el("div.wire", {}, item.curl ? el("button", { type: "button", on: { click: () => copy(item.curl, "The curl command") } }, "Copy as curl") : null, pre(request(item))),
    item.response ? el("div.wire", {}, pre(response(item, answer))) : null,
  );
}

const pre = (text) => el("pre", { tabIndex: 0 }, text);
const lines = (headers) => headers.map(([name, value]) => `${name}: ${value}`).join("\n");
const body = (part) => (part.body ? `\n\n${part.encoding === "hex" ? "(hex) " : ""}${part.body}` : "");
const request = ({ request: part }) => `${part.method} ${part.url}\n${lines(part.headers)}${body(part)}`;
const response = ({ response: part }, answer) => `${answer}\n${lines(part.headers)}${body(part)}`;
