// The bar at the top: whether time is sped up, and whether the bot is running.

import { post } from "../api.js";
import { h, icon } from "../dom.js";
import { on, state } from "../store.js";

const bar = document.querySelector("#bar");
const THEMES = ["auto", "light", "dark"];

const clock = h("button", { type: "button", class: "button small clock", role: "switch", onclick: turnClock },
  h("span", { class: "knob", "aria-hidden": "true" }), "Real time");
const words = h("span", { class: "bar-words" });
const pace = h("span", { class: "badge demo" });
const bot = h("span", { class: "bot-state", role: "status" });
const theme = h("button", { type: "button", class: "button icon-only", onclick: nextTheme }, icon("sun"));
const inspect = h("button", { type: "button", class: "button small", id: "inspect", "aria-label": "Inspector", "aria-expanded": "false", "aria-controls": "inspector" }, icon("wrench"), h("span", {}, "Inspector"));

export function follow(toggleInspector) {
  inspect.addEventListener("click", toggleInspector);
  const side = document.querySelector("#sidebar");
  bar.append(
    h("button", { type: "button", class: "button icon-only menu-button", "aria-label": "Channels", onclick: () => side.classList.toggle("open") }, icon("menu")),
    h("strong", { class: "team" }, "Demo workspace"),
    pace, words, clock, bot, inspect, theme);
  setTheme(localStorage.getItem("theme") ?? "auto");
  on("status", draw);
}

function draw() {
  const { status, connected } = state;
  if (!connected) {
    bot.className = "bot-state stopped";
    bot.textContent = "The demo has stopped. Restart it and open its new link.";
    return;
  }
  if (!status) return;
  pace.textContent = status.real ? "REAL TIME" : "SPED UP";
  clock.setAttribute("aria-checked", String(status.real));
  clock.disabled = status.bot === "starting";
  words.textContent = status.real
    ? `Nothing leaves this machine. A video takes ${status.seconds} s, as with Segmind.`
    : `Nothing leaves this machine. A video takes ${status.seconds} s here instead of about ${status.real_seconds} s.`;
  bot.className = `bot-state ${status.bot}`;
  bot.textContent = { running: "Bot is running", starting: "Bot is starting…", stopped: "Bot is not running" }[status.bot];
}

function turnClock() {
  clock.disabled = true;
  post(state.status.real ? "/bot/quick" : "/bot/real");
}

function nextTheme() {
  setTheme(THEMES[(THEMES.indexOf(localStorage.getItem("theme") ?? "auto") + 1) % THEMES.length]);
}

function setTheme(name) {
  localStorage.setItem("theme", name);
  document.documentElement.dataset.theme = name;
  theme.title = `Theme: ${name}`;
  theme.setAttribute("aria-label", `Theme: ${name}`);
}
