// The list of conversations: the latest first, some at a time, kept up to date by the stream.

import { get } from "./api.js";
import { $, el, framed, reconcile, settled } from "./dom.js";
import { addressOf, badge, clock, contents, counted, state } from "./words.js";

const AT_A_TIME = 60;
const MOST_WITHOUT_ASKING = 600;
export const keyOf = (item) => JSON.stringify([item.adapter, item.handset, item.number]);

export class Conversations {
  constructor() {
    this.visible = true;
    this.known = new Map();
    this.shown = AT_A_TIME;
    this.next = null;
    this.newest = 0;
    this.chosen = null;
    this.loads = 0;
    this.draw = framed(() => this.render());
    this.refresh = settled(() => this.load().catch(() => {}), 250);
    $("#filter").addEventListener("input", this.refresh);
    $("#adapter").addEventListener("change", () => this.visible && this.load().catch(() => {}));
    $("#rows-more").addEventListener("click", () => this.visible && this.more().catch(() => {}));
    $("#rows").addEventListener("keydown", (event) => this.move(event));
    $("#list form").addEventListener("submit", (event) => event.preventDefault());
  }

  get filters() {
    return { text: $("#filter").value.trim(), adapter: $("#adapter").value };
  }

  /** Starts over with the first page. */
  async load() {
    const load = ++this.loads;
    const page = await get("/conversations", { ...this.filters, limit: AT_A_TIME });
    if (load !== this.loads) return; // another one was asked for meanwhile
    this.known = new Map(page.items.map((item) => [keyOf(item), item]));
    this.newest = page.items[0]?.last.id ?? 0;
    this.next = page.next;
    this.shown = AT_A_TIME;
    this.draw();
  }

  async more() {
    this.shown += AT_A_TIME;
    if (this.next !== null && this.known.size < this.shown) {
      const page = await get("/conversations", { ...this.filters, limit: AT_A_TIME, before: this.next });
      for (const item of page.items) if (!this.known.has(keyOf(item))) this.known.set(keyOf(item), item);
      this.next = page.next;
    }
    this.draw();
  }

  /** A message that came or changed. */
  take(message) {
    const { text, adapter } = this.filters;
    if (text) return this.refresh();
    if (adapter && adapter !== message.adapter) return;
    const key = keyOf(message);
    const found = this.known.get(key);
    if (found && message.id < found.last.id) return;
    const { handset, number } = message;
    if (!found && message.id <= this.newest) return; // a change of one that "Show more" will bring
    this.newest = Math.max(this.newest, message.id);
    const count = (found?.count ?? 0) + (found?.last.id === message.id ? 0 : 1);
    this.known.set(key, { adapter: message.adapter, handset, number, count, last: message });
    if (this.known.size > MOST_WITHOUT_ASKING) this.forget();
    this.draw();
  }

  /** Leaves the oldest ones to the server again. */
  forget() {
    const kept = this.sorted().slice(0, Math.max(this.shown, AT_A_TIME));
    this.known = new Map(kept.map((item) => [keyOf(item), item]));
    this.next = kept.at(-1).last.id;
  }

  sorted() {
    return [...this.known.values()].sort((one, other) => other.last.id - one.last.id);
  }

  choose(key) {
    this.chosen = key;
    this.draw();
  }

  show(visible) {
    this.visible = visible;
    if (visible) this.load().catch(() => {});
  }

  render() {
    if (!this.visible) return;
    const items = this.sorted().slice(0, this.shown);
    reconcile($("#rows"), items, keyOf, row);
    for (const child of $("#rows").children) {
      child.setAttribute("aria-current", String(child.dataset.key === this.chosen));
    }
    $("#rows-more").hidden = this.known.size <= this.shown && this.next === null;
    const { text, adapter } = this.filters;
    $("#rows-empty").hidden = items.length > 0;
    $("#rows-empty").textContent =
      text || adapter ? "No conversation matches." : "Nothing yet: point a channel here (Channels), or let a handset write (New message).";
  }

  /** Arrow keys go from one conversation to the next. */
  move(event) {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const target = step && event.target.closest("[data-key]")?.[step];
    if (!target) return;
    event.preventDefault();
    target.focus();
  }
}

function row(item) {
  const { adapter, handset, number, last } = item;
  return el(
    "a.row",
    { href: addressOf("c", adapter, handset, number), draggable: false },
    el("span.line", {}, el("strong", { dir: "auto" }, handset), clock(last.at)),
    el("span.line", {}, badge(adapter), el("span.muted", { dir: "auto" }, number), state(last.status)),
    el("span.excerpt", { dir: "auto" }, (last.direction === "mo" ? "↗ " : "") + contents(last).slice(0, 160)),
    el("span.count", { title: counted(item.count, "message") }, String(item.count)),
  );
}
