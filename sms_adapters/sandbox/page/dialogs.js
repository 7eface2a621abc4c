// What opens above the page: a new message, faults and time, channels and hosts, help.

import { get, post, put, remove } from "./api.js";
import { $, copy, el, notice } from "./dom.js";
import { addressOf, readable } from "./words.js";

const FAULTS = [
  ["latency", "Latency before each answer, seconds", { min: 0, max: 3600, step: 0.1 }],
  ["error_rate", "Share of requests answered with an error", { min: 0, max: 1, step: 0.05 }],
  ["error_status", "… of this HTTP status", { min: 400, max: 599, step: 1 }],
  ["throttle_rate", "Share answered with 429", { min: 0, max: 1, step: 0.05 }],
  ["retry_after", "… and this Retry-After, seconds", { min: 0, max: 86400, step: 1 }],
  ["reset_rate", "Share whose connection is reset, nothing accepted", { min: 0, max: 1, step: 0.05 }],
  ["lost_answer_rate", "Share accepted without an answer", { min: 0, max: 1, step: 0.05 }],
  ["slow_body", "Seconds that each answer's body takes", { min: 0, max: 3600, step: 0.1 }],
  ["webhook_outage", "Webhooks wait (outage)", null],
  ["smsc_profile", "SMSCs behave", ["good", "hex_id", "padded_id", "bare_error", "ucs2_receipt", "early_receipt", "small_window", "throttle", "idle_cut", "garbage", "slow"]],
];
const TIMES = [
  ["pace", "Factor for every wait (0: none)", { min: 0, max: 100, step: 0.1 }],
  ["sent_after", "Seconds to the first report", { min: 0, max: 3600, step: 0.1 }],
  ["next_after", "Seconds from report to report", { min: 0, max: 3600, step: 0.1 }],
  ["late_after", "Seconds more for the fate late", { min: 0, max: 3600, step: 1 }],
  ["hold", "Messages wait for a fate chosen by hand", null],
];
const KEYS = [
  ["/", "filter"], ["n", "new message"], ["r", "answer"], ["j k", "next or previous conversation"],
  ["↑ ↓", "move in a list"], ["Enter", "open, or send"], ["Shift Enter", "new line in an answer"],
  ["Esc", "back, or close"], ["t", "traffic"], ["?", "this help"],
];

const dialog = $("#dialog");
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

function show(title, ...content) {
  const close = el("button", { type: "button", on: { click: () => dialog.close() }, aria: { label: "Close" } }, "×");
  const bar = el("div.bar", {}, el("h2", { id: "dialog-title" }, title), close);
  $("#dialog-content").replaceChildren(bar, ...content.filter(Boolean));
  if (!dialog.open) dialog.showModal();
  $("[autofocus]", dialog)?.focus();
}

const field = (label, input) => el("label.field", {}, el("span", {}, label), input);
const buttons = (...made) => el("div.buttons", {}, ...made);
const button = (text, click) => el("button", { type: "button", on: { click } }, text);

/** A form that sends its values on submit and closes; what went wrong has been told, and the form stays. */
function form(work, ...content) {
  const submit = async (event) => {
    event.preventDefault();
    await work(Object.fromEntries(new FormData(event.target)));
    dialog.close();
  };
  return el("form", { on: { submit: (event) => submit(event).catch(() => {}) } }, ...content);
}

export async function openNew(adapters, chosen) {
  const options = adapters.map((item) => el("option", { value: item.id, selected: item.id === chosen }, item.name));
  const work = async ({ adapter, sender, to, text, fate }) => {
    const made = await post("/messages", { adapter, sender, to: to || undefined, text, fate: fate || undefined });
    location.hash = addressOf("c", made.adapter, made.handset, made.number);
  };
  const fates = ["", "late", "duplicated", "out_of_order"].map((name) => el("option", { value: name }, readable(name) || "on time"));
  show(
    "A handset writes",
    form(
      work,
      field("Through", el("select", { name: "adapter", id: "new-adapter" }, options)),
      field("From the handset", el("input", { name: "sender", value: "+12025550123", required: true, id: "new-sender" })),
      field("To the host's number", el("input", { name: "to", placeholder: adapters[0]?.number ?? "" })),
      field("Text", el("textarea", { name: "text", rows: 3, required: true, autofocus: true, id: "new-text" })),
      field("Arrives", el("select", { name: "fate" }, fates)),
      buttons(el("button", { type: "submit" }, "Send")),
    ),
  );
}

export async function openFaults(adapters, scope = "") {
  const own = scope ? (await get(`/adapters/${encodeURIComponent(scope)}`)).faults : await get("/faults");
  const choose = (event) => openFaults(adapters, event.target.value).catch(() => {});
  const scopes = [el("option", { value: "" }, "every aggregator"), ...adapters.map((item) => el("option", { value: item.id, selected: item.id === scope }, item.name))];
  const path = scope ? `/adapters/${encodeURIComponent(scope)}/faults` : "/faults";
  const settings = await get("/settings");
  const drop = async () => {
    if (scope) await remove(path);
    else await put(path, {});
    dialog.close();
  };
  show(
    "Faults and time",
    field("Faults of", el("select", { on: { change: choose } }, scopes)),
    form((given) => put(path, values(FAULTS, given)), ...inputs(FAULTS, own), buttons(el("button", { type: "submit" }, "Set faults"), button("No faults", () => drop().catch(() => {})))),
    el("h3", {}, "Time"),
    form((given) => put("/settings", values(TIMES, given)), ...inputs(TIMES, settings), buttons(el("button", { type: "submit" }, "Set times"))),
    el("h3", {}, "Start over"),
    buttons(button("Forget all messages", forget)),
  );
}

async function forget() {
  if (!confirm("Forget all messages, exchanges, chosen fates and faults?")) return;
  await post("/reset");
  dialog.close();
}

const inputs = (table, now) =>
  table.map(([name, label, range]) => {
    if (range === null) return field(label, el("input", { type: "checkbox", name, checked: now[name] }));
    if (Array.isArray(range)) {
      return field(label, el("select", { name }, range.map((one) => el("option", { value: one, selected: one === now[name] }, readable(one)))));
    }
    return field(label, el("input", { type: "number", name, value: now[name], required: true, ...range }));
  });

const valueOf = (name, range, given) => (range === null ? name in given : Array.isArray(range) ? given[name] : Number(given[name]));
const values = (table, given) => Object.fromEntries(table.map(([name, , range]) => [name, valueOf(name, range, given)]));

export function openChannels(adapters, chosen = adapters[0]?.id) {
  const item = adapters.find((one) => one.id === chosen);
  if (!item) return notice("No adapter with a simulator is installed.");
  const choose = (event) => openChannels(adapters, event.target.value);
  const path = `/adapters/${encodeURIComponent(item.id)}/host`;
  const register = async ({ public_url, inbound_url, channel_id }) => {
    const given = { public_url: public_url || null, inbound_url: inbound_url || null, channel_id: channel_id || "sandbox" };
    const made = await put(path, given);
    notice(`Messages for ${item.name} go to ${made.hosts.map((host) => host.inbound_url).join(", ")}`);
  };
  const hosts = item.hosts.map((host) => el("li", {}, el("code", {}, host.inbound_url), host.number ? ` for ${host.number}` : ""));
  show(
    "Channels and hosts",
    field("Aggregator", el("select", { on: { change: choose }, autofocus: true }, adapters.map((one) => el("option", { value: one.id, selected: one === item }, one.name)))),
    el("p", {}, "Served at ", el("code", {}, item.base_url), ". A channel for it, in sms-adapters.toml:"),
    el("pre", { tabIndex: 0 }, item.toml),
    buttons(button("Copy", () => copy(item.toml, "The channel"))),
    el("h3", {}, "Where incoming messages go"),
    hosts.length ? el("ul", {}, hosts) : el("p.empty", {}, "Nowhere yet: no host is registered."),
    form(
      register,
      field("Base URL of a host with this package's webhooks", el("input", { name: "public_url", type: "url", placeholder: "http://127.0.0.1:8000" })),
      field("… and its channel's id", el("input", { name: "channel_id", placeholder: "sandbox" })),
      field("Or the whole URL, for any other host", el("input", { name: "inbound_url", type: "url" })),
      buttons(el("button", { type: "submit" }, "Register"), button("Forget hosts", () => remove(path).then(() => dialog.close()).catch(() => {}))),
    ),
  );
}

export async function openHelp() {
  const { digits, otherwise, chosen } = await get("/fates");
  const pairs = (rows) => el("table", {}, el("tbody", {}, rows.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, value)))));
  show(
    "Keys and fates",
    el("h3", {}, "Keys"),
    pairs(KEYS),
    el("h3", {}, "What becomes of a message, by the last two digits of the handset's number"),
    pairs([...Object.entries(digits).sort(), ["else", otherwise]].map(([end, fate]) => [`…${end}`.replace("…else", "else"), readable(fate)])),
    Object.keys(chosen).length ? el("h3", {}, "Chosen by hand") : null,
    Object.keys(chosen).length ? pairs(Object.entries(chosen).map(([number, fate]) => [number, readable(fate)])) : null,
  );
}
