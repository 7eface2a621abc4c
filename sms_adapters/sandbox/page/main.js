// The page: which conversation and message are open is in its address, and the stream keeps everything up to date.

import { get, listen } from "./api.js";
import { Conversations, keyOf } from "./conversations.js";
import { Detail } from "./detail.js";
import { openChannels, openFaults, openHelp, openNew } from "./dialogs.js";
import { $, el, settled } from "./dom.js";
import { Thread } from "./thread.js";
import { Traffic } from "./traffic.js";
import { addressOf, partsOf } from "./words.js";

const conversations = new Conversations();
const traffic = new Traffic();
const detail = new Detail();
const thread = new Thread((id) => {
  location.hash = addressOf("c", thread.with.adapter, thread.with.handset, thread.with.number, id);
});
const main = $("main");
const dialog = $("#dialog");
let adapters = [];

// --- where we are

/** #/c/adapter/handset/number[/message], #/m/message, #/x/exchange */
async function go() {
  const [view, ...rest] = partsOf(location.hash);
  if (view === "c" && rest.length >= 3) await openConversation(rest[0], rest[1], rest[2], rest[3]);
  else if (view === "m") await openMessage(rest[0]);
  else if (view === "x") await openExchange(rest[0]);
  else closeAll();
}

async function openConversation(adapter, handset, number, id) {
  const key = keyOf({ adapter, handset, number });
  if (!thread.with || keyOf(thread.with) !== key) await thread.open(adapter, handset, number);
  conversations.choose(key);
  pane(id ? "detail" : "thread");
  thread.choose(id ? Number(id) : null);
  if (id) await detail.message(Number(id));
  else detail.close();
}

async function openMessage(id) {
  const found = await get(`/messages/${Number(id)}`);
  location.replace(addressOf("c", found.adapter, found.handset, found.number, found.id));
}

async function openExchange(id) {
  pane("detail");
  await detail.exchange(Number(id));
}

function closeAll() {
  thread.close();
  detail.close();
  conversations.choose(null);
  pane("list");
}

/** Which of the three panes a narrow screen shows. */
const pane = (name) => (main.dataset.pane = name);

function back() {
  if (main.dataset.pane === "detail" && thread.with) {
    const { adapter, handset, number } = thread.with;
    location.hash = addressOf("c", adapter, handset, number);
  } else location.hash = "#/";
}

function view(name) {
  const messages = name === "messages";
  $("#show-messages").setAttribute("aria-pressed", String(messages));
  $("#show-traffic").setAttribute("aria-pressed", String(!messages));
  $("#filter").disabled = !messages;
  $("#rows").replaceChildren();
  traffic.show(!messages);
  conversations.show(messages);
  pane("list");
}

// --- what happens elsewhere

async function loadAdapters() {
  adapters = await get("/adapters");
  const select = $("#adapter");
  const chosen = select.value;
  select.replaceChildren(el("option", { value: "" }, "All aggregators"), ...adapters.map((item) => el("option", { value: item.id }, item.name)));
  select.value = chosen;
  await markFaults();
}

/** Nobody should wonder for an hour about a fault that is switched on. */
async function markFaults() {
  const set = (faults) => Object.entries(faults).some(([name, value]) => !["error_status", "retry_after"].includes(name) && value && value !== "good");
  const all = [await get("/faults"), ...(await get("/adapters")).map((item) => item.faults)];
  $("#faulty").hidden = !all.some(set);
}

async function loadAll() {
  await Promise.all([loadAdapters(), traffic.visible ? traffic.load() : conversations.load()]);
  if (thread.with) await thread.load();
}

const reload = settled(() => loadAll().catch(() => {}), 50);
const changed = new Set();
const refreshDetail = settled(() => {
  detail.refresh([...changed]);
  changed.clear();
}, 120);

listen({
  state(words, again) {
    $("#live").textContent = words;
    $("#live").dataset.state = words;
    if (again) reload();
  },
  message(message) {
    conversations.take(message);
    thread.take(message);
    changed.add(message.id);
    refreshDetail();
  },
  exchange(exchange) {
    traffic.take(exchange);
    exchange.messages.forEach((id) => changed.add(id));
    refreshDetail();
  },
  faults: () => markFaults().catch(() => {}),
  fates() {},
  hosts: reload,
  reset() {
    location.hash = "#/";
    closeAll();
    reload();
  },
  resync: reload,
});

// --- the user

const KEYS = {
  "/": () => $("#filter").focus(),
  "?": () => openHelp(),
  n: () => openNew(adapters, thread.with?.adapter),
  r: () => $("#composer").hidden || $("#reply").focus(),
  t: () => view(traffic.visible ? "messages" : "traffic"),
  j: () => step("nextElementSibling"),
  k: () => step("previousElementSibling"),
};

function step(direction) {
  const rows = $("#rows");
  const now = rows.querySelector("[aria-current=true]") ?? (rows.contains(document.activeElement) ? document.activeElement : null);
  const target = now ? now[direction] : rows.firstElementChild;
  if (!target) return;
  target.focus();
  target.click();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape") {
    if (typing) event.target.blur();
    else back();
  } else if (!typing && KEYS[event.key]) {
    event.preventDefault();
    Promise.resolve(KEYS[event.key]()).catch(() => {});
  }
});

const THEMES = ["system", "light", "dark"];
function theme(name) {
  document.documentElement.dataset.theme = name;
  $("#theme").textContent = `Theme: ${name}`;
  localStorage.setItem("theme", name);
}

$("#theme").addEventListener("click", () => theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % 3]));
$("#show-messages").addEventListener("click", () => view("messages"));
$("#show-traffic").addEventListener("click", () => view("traffic"));
$("#open-new").addEventListener("click", () => openNew(adapters, $("#adapter").value || thread.with?.adapter));
$("#open-faults").addEventListener("click", () => openFaults(adapters).catch(() => {}));
$("#open-channels").addEventListener("click", () => openChannels(adapters, $("#adapter").value || undefined));
$("#open-help").addEventListener("click", () => openHelp().catch(() => {}));
document.querySelectorAll(".back").forEach((item) => item.addEventListener("click", back));
addEventListener("hashchange", () => go().catch(() => {}));
theme(THEMES.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "system");
loadAll().then(go).catch(() => {});
