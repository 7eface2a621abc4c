// Everything on the wire, the newest first: refused requests and failed webhooks, too.

import { get } from "./api.js";
import { $, el, framed, reconcile } from "./dom.js";
import { addressOf, badge, clock, outcome } from "./words.js";

const AT_A_TIME = 60;
const MOST = 1000;

export class Traffic {
  constructor() {
    this.items = [];
    this.next = null;
    this.visible = false;
    this.draw = framed(() => this.render());
    $("#rows-more").addEventListener("click", () => this.visible && this.load(this.next).catch(() => {}));
    $("#adapter").addEventListener("change", () => this.visible && this.load().catch(() => {}));
  }

  show(visible) {
    this.visible = visible;
    if (visible) this.load().catch(() => {});
  }

  async load(before = null) {
    const page = await get("/exchanges", { adapter: $("#adapter").value, before, limit: AT_A_TIME });
    const found = page.items.map(brief);
    this.items = before === null ? found : [...this.items, ...found];
    this.next = page.next;
    this.draw();
  }

  take(item) {
    const adapter = $("#adapter").value;
    if (!this.visible || (adapter && adapter !== item.adapter)) return;
    this.items = [item, ...this.items].slice(0, MOST);
    if (this.items.length === MOST) this.next = this.items.at(-1).id;
    this.draw();
  }

  render() {
    if (!this.visible) return;
    reconcile($("#rows"), this.items, (item) => `x${item.id}`, row);
    $("#rows-more").hidden = this.next === null;
    $("#rows-empty").hidden = this.items.length > 0;
    $("#rows-empty").textContent = "No request yet.";
  }
}

const brief = ({ id, adapter, protocol, direction, at, attempt, response, error, messages }) => ({
  id, adapter, protocol, direction, at, attempt, error, messages, status: response?.status ?? null,
});

function row(item) {
  const { text, failed } = outcome(item.protocol, item.status);
  const arrow = item.direction === "to_host" ? "→ host" : "→ aggregator";
  return el(
    "a.row",
    { href: addressOf("x", item.id), draggable: false },
    el("span.line", {}, el("strong", {}, arrow), clock(item.at)),
    el("span.line", {}, badge(item.adapter), el("span.state", { data: { status: failed ? "failed" : "delivered" } }, text)),
    item.error ? el("span.excerpt", {}, item.error) : null,
  );
}
