// One conversation, as the handset sees it: what it was sent on the left, what it wrote on the right.

import { get, post } from "./api.js";
import { $, el, framed, reconcile } from "./dom.js";
import { keyOf } from "./conversations.js";
import { badge, clock, contents, readable, size, state } from "./words.js";

const AT_A_TIME = 50;
const MOST_LIVE = 400;

export class Thread {
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.with = null;
    this.messages = new Map();
    this.older = null;
    this.chosen = null;
    this.draw = framed(() => this.render());
    $("#composer").addEventListener("submit", (event) => this.reply(event));
    $("#reply").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) $("#composer").requestSubmit(event.preventDefault());
    });
  }

  async open(adapter, handset, number) {
    this.with = { adapter, handset, number };
    this.messages.clear();
    this.older = null;
    this.chosen = null;
    $("#title").replaceChildren(el("bdi", {}, handset), badge(adapter), el("span.muted", {}, el("bdi", {}, number)));
    $("#composer").hidden = false;
    $("#bubbles").replaceChildren();
    await this.load();
  }

  close() {
    this.with = null;
    this.messages.clear();
    $("#title").textContent = "No conversation chosen";
    $("#composer").hidden = true;
    $("#bubbles").replaceChildren();
  }

  async load(before = null) {
    const meant = this.with;
    const page = await get("/messages", { ...meant, before, limit: AT_A_TIME });
    if (meant !== this.with) return;
    for (const message of page.items) this.messages.set(message.id, message);
    this.older = page.next;
    this.draw();
  }

  take(message) {
    if (!this.with || keyOf(message) !== keyOf(this.with)) return;
    const known = this.messages.size ? Math.min(...this.messages.keys()) : 0;
    if (message.id < known) return; // one that "Load older" will bring
    this.messages.set(message.id, message);
    while (this.messages.size > MOST_LIVE) {
      const first = Math.min(...this.messages.keys());
      this.messages.delete(first);
      this.older = Math.min(...this.messages.keys());
    }
    this.draw();
  }

  choose(id) {
    this.chosen = id;
    this.draw();
  }

  render() {
    const place = $("#bubbles");
    const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 80;
    const items = [...this.messages.values()].sort((one, other) => one.id - other.id);
    const below = place.scrollHeight - place.scrollTop;
    const grewAbove = place.firstElementChild && items[0] && Number(place.firstElementChild.dataset.key) > items[0].id;
    reconcile(place, this.older === null ? items : [{ id: "older" }, ...items], (item) => item.id, (item) => this.build(item));
    for (const child of place.children) {
      child.setAttribute("aria-pressed", String(child.dataset.key === String(this.chosen)));
      const { submission } = child.item;
      const before = child.previousElementSibling?.item.submission;
      child.dataset.joined = String(submission !== null && submission !== undefined && submission === before);
    }
    if (grewAbove) place.scrollTop = place.scrollHeight - below;
    else if (atEnd) place.scrollTop = place.scrollHeight;
  }

  build(item) {
    if (item.id === "older") {
      return el("button.more", { type: "button", on: { click: () => this.load(this.older).catch(() => {}) } }, "Load older");
    }
    const told = item.status === "failed" && item.direction === "mo" ? "the host did not take it" : null;
    return el(
      "button.bubble",
      { type: "button", data: { direction: item.direction }, on: { click: () => this.onChoose(item.id) } },
      el("span.text", { dir: "auto" }, contents(item)),
      el("span.meta", {}, clock(item.at), el("span", {}, size(item)), fate(item), state(item.status), told),
    );
  }

  async reply(event) {
    event.preventDefault();
    const text = $("#reply").value;
    if (!text || !this.with) return;
    const { adapter, handset, number } = this.with;
    const fate = $("#reply-fate").value || undefined;
    $("#reply").value = "";
    try {
      await post("/messages", { adapter, sender: handset, to: number, text, fate });
    } catch {
      $("#reply").value = text; // the reason has been told
    }
  }
}

const fate = (item) => (item.fate === "delivered" ? null : el("span.fate", {}, readable(item.fate)));
