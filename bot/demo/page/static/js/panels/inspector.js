// The inspector: calls, the bill, simulated failures, and differences from Slack.

import { post } from "../api.js";
import { h, icon, reconcile } from "../dom.js";
import { changed, on, state } from "../store.js";

const drawer = document.querySelector("#inspector");
const TABS = { calls: "Calls", bill: "Segmind's bill", faults: "Failures", limits: "Differences from Slack" };
const panes = Object.fromEntries(Object.keys(TABS).map((name) =>
  [name, h("div", { class: `pane pane-${name}`, role: "tabpanel", id: `pane-${name}`, "aria-labelledby": `tab-${name}`, tabindex: "0" })]));
let tab = "calls";
let picked = null;
let polls = false;

export function toggle() {
  drawer.hidden = !drawer.hidden;
  document.querySelector("#inspect").setAttribute("aria-expanded", String(!drawer.hidden));
  changed("calls", "bill", "status");
  if (!drawer.hidden) drawer.querySelector("[aria-selected=true]").focus();
}

export function follow() {
  const tabs = Object.entries(TABS).map(([name, words]) => h("button", {
    type: "button", role: "tab", class: "tab", id: `tab-${name}`, "aria-controls": `pane-${name}`, onclick: () => show(name),
  }, words));
  const row = h("div", { class: "tabs", role: "tablist", "aria-label": "Inspector" }, tabs);
  row.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = Object.keys(TABS);
    show(names.at((names.indexOf(tab) + step) % names.length));
    drawer.querySelector(`#tab-${tab}`).focus();
  });
  drawer.append(h("header", { class: "inspector-head" }, row,
    h("button", { type: "button", class: "button icon-only", "aria-label": "Close inspector", onclick: toggle }, icon("close"))),
    ...Object.values(panes));
  panes.calls.append(filter, h("div", { class: "calls" }, callScroller, detail));
  panes.limits.append(...limits());
  show(tab);
  on("calls", drawCalls);
  on("bill", drawBill);
  on("status", drawFaults);
}

function show(name) {
  tab = name;
  for (const [each, pane] of Object.entries(panes)) {
    pane.hidden = each !== name;
    const button = drawer.querySelector(`#tab-${each}`);
    button.setAttribute("aria-selected", String(each === name));
    button.tabIndex = each === name ? 0 : -1;
  }
  changed("calls", "bill", "status");
}

// -- calls --------------------------------------------------------------------------------------

const rows = h("tbody");
const callScroller = h("div", { class: "call-rows scroll", tabindex: "0", role: "region", "aria-label": "Calls" }, h("table", {},
  h("thead", {}, h("tr", {}, ["Time", "From → to", "Call", "Took", "Answer"].map((name) => h("th", { scope: "col" }, name)))), rows));
const detail = h("div", { class: "call-detail scroll", tabindex: "0", role: "region", "aria-label": "Content of the call" },
  h("p", { class: "soft" }, "Select a call to see its content."));
const filter = h("label", { class: "box" }, h("input", { type: "checkbox", onchange: (event) => { polls = event.target.checked; drawCalls(); } }),
  h("span", {}, "Show status polls, too"));

const isPoll = (row) => /\/requests\/[^/]+\/status$/.test(row.name);

function drawCalls() {
  if (drawer.hidden || tab !== "calls") return;
  const seen = state.calls.filter((row) => polls || !isPoll(row)).slice(-250).reverse();
  reconcile(rows, seen.map((row) => ({ ...row, picked: row.n === picked })), { key: (row) => row.n, make: callRow });
}

const SIDES = { bot: "Bot", slack: "Slack", segmind: "Segmind" };
function callRow(row) {
  const at = new Date(row.at * 1000);
  const time = `${at.toLocaleTimeString([], { hour12: false })}.${String(at.getMilliseconds()).padStart(3, "0")}`;
  const words = row.ms === null ? "…" : row.ok ? "ok" : row.note || "failed";
  return h("tr", { class: `${row.picked ? "picked" : ""} ${row.ms !== null && !row.ok ? "failed" : ""}` },
    h("td", {}, time),
    h("td", { class: `way to-${row.to}` }, `${SIDES[row.from]} → ${SIDES[row.to]}`),
    h("td", { class: "call" }, h("button", { type: "button", class: "as-link", "data-focus": "call", onclick: () => pick(row.n) }, row.name)),
    h("td", { class: "took" }, row.ms === null ? "" : `${row.ms.toFixed(1)} ms`),
    h("td", {}, words));
}

async function pick(number) {
  picked = number;
  drawCalls();
  const call = await (await fetch(`/calls/${number}`)).json();
  const part = (name, content) => [h("h3", {}, name), h("pre", {}, content === null || content === "" ? "(nothing)" : JSON.stringify(content, null, 2))];
  detail.replaceChildren(h("h2", {}, call.name), ...part("Sent", call.sent), ...part("Answer", call.answer), call.note ? h("p", { class: "bad" }, call.note) : "");
  detail.scrollTop = 0;
}

// -- bill ---------------------------------------------------------------------------------------

const dollars = (usd) => `$${usd.toFixed(2)}`;
function drawBill() {
  if (drawer.hidden || tab !== "bill" || !state.bill) return;
  const { jobs, usd, balance } = state.bill;
  panes.bill.replaceChildren(
    h("p", { class: "sums" }, h("span", {}, "Charged ", h("strong", {}, dollars(usd))), h("span", {}, "Left ", h("strong", {}, dollars(balance))),
      h("span", {}, "Renders ", h("strong", {}, String(jobs.length)))),
    jobs.length ? h("table", {}, h("thead", {}, h("tr", {}, ["Time", "Script", "Length", "State", "Charged"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, jobs.toReversed().map((job) => h("tr", { class: job.state === "FAILED" ? "failed" : "" },
        h("td", {}, new Date(job.at * 1000).toLocaleTimeString([], { hour12: false })),
        h("td", { class: "call" }, job.says), h("td", { class: "took" }, `${job.seconds.toFixed(1)} s`),
        h("td", {}, job.state), h("td", { class: "took" }, dollars(job.usd))))))
      : h("p", { class: "soft" }, "Nothing has been rendered yet. No real money is charged here."));
}

// -- failures -----------------------------------------------------------------------------------

const bot = h("div", { class: "bot-switches" });
const faults = h("div", { class: "switches" });
function drawFaults() {
  if (drawer.hidden || tab !== "faults" || !state.status) return;
  if (!faults.isConnected) {
    panes.faults.append(h("h2", {}, "The bot"), bot, h("h2", {}, "Next failure"), faults,
      h("p", { class: "soft" }, "A switch turns itself off after the failure, unless it says otherwise."));
  }
  reconcile(bot, [state.status.bot], { key: () => "bot", make: botButtons });
  reconcile(faults, state.status.faults, { key: (one) => one.id, make: faultSwitch });
}

function botButtons(now) {
  const button = (words, doing, { style = "", off = false } = {}) =>
    h("button", { type: "button", class: `button ${style}`, disabled: off, "data-focus": words, onclick: doing }, words);
  const restart = async () => { await post("/bot/kill"); await post("/bot/start"); };
  const away = now !== "running";
  return h("div", { class: "actions" },
    button("Kill and restart", restart, { off: away }), button("Kill (-9)", () => post("/bot/kill"), { style: "danger", off: away }),
    button("Start", () => post("/bot/start"), { style: "primary", off: now !== "stopped" }),
    h("span", { class: "soft" }, state.status.words || `The bot is ${now}. It is a separate process.`));
}

function faultSwitch(one) {
  const turn = () => post(`/faults/${one.id}`, { on: !one.on });
  return h("div", { class: "switch" },
    h("button", { type: "button", role: "switch", class: "button small clock", "aria-checked": String(one.on), "data-focus": "switch", onclick: turn },
      h("span", { class: "knob", "aria-hidden": "true" }), one.label),
    h("span", { class: "soft" }, one.hint));
}

// -- differences from Slack ---------------------------------------------------------------------

const DIFFERENCES = [
  "It looks different, and has no reactions, search, profiles, presence, formatting bar, or file uploads by people.",
  "You choose who you are. In Slack, everyone has an account.",
  "Pictures from other servers are not loaded; their alt text is shown.",
  "File inputs and date-and-time pickers are shown as their JSON; a rich text field takes plain text.",
  "Slack allows about one message per second in a channel; here only the switch “Slack is busy” limits it.",
  "Slack plays videos without the captions of an SRT file; here they are shown.",
  "Changes appear at once. In Slack, a message can take a second, and a file some seconds.",
  "Everyone sees what others choose in a message; in Slack, everyone sees their own choice.",
  "Slack loads the messages of a channel in pages; here they are loaded all at once.",
];
function limits() {
  return [h("p", {}, "JSON, limits and timeouts are those of Slack (such as 3 seconds to acknowledge). The differences:"),
    h("ul", {}, DIFFERENCES.map((words) => h("li", {}, words)))];
}
