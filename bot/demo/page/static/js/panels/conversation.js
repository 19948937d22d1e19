// The middle of the page: the channel, the thread next to it, and the app's Home.

import { performInOrder } from "../api.js";
import { drawOnceClosed } from "../blocks/blocks.js";
import { composer } from "./composer.js";
import { h, icon, keepAtEnd } from "../dom.js";
import { drawMessages } from "./messages.js";
import { changed, go, label, messagesOf, nameOf, on, state } from "../store.js";
import { mrkdwn } from "../blocks/text.js";

const main = document.querySelector("#main");
const aside = document.querySelector("#thread");

const title = h("h1", { class: "place-name" });
const about = h("span", { class: "soft place-about" });
const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "App" });
const intro = h("div", { class: "intro" });
// Cards change often to show progress, so screen readers get only new messages.
const list = h("div", { class: "messages", role: "log", "aria-live": "off", "aria-label": "Messages" });
const aloud = h("div", { class: "aloud", "aria-live": "polite" });
const scroller = h("div", { class: "scroller", tabindex: "-1" }, intro, list);
const toEnd = keepAtEnd(scroller);
const homeBlocks = h("div", { class: "blocks home", hidden: true });
const write = composer("composer-text", toEnd);

const replies = h("div", { class: "messages", role: "log", "aria-live": "off", "aria-label": "Replies" });
const threadScroller = h("div", { class: "scroller", tabindex: "-1" }, replies);
const toThreadEnd = keepAtEnd(threadScroller);
const threadPlace = h("span", { class: "soft" });
const answer = composer("reply-text", toThreadEnd, () => state.thread ?? "");

export function follow() {
  main.append(
    h("header", { class: "place" }, h("div", { class: "place-words" }, title, about), tabs),
    scroller, homeBlocks, write, aloud);
  aside.append(
    h("header", { class: "place" }, h("div", { class: "place-words" }, h("h2", { class: "place-name" }, "Thread"), threadPlace),
      h("button", { type: "button", class: "button icon-only", "aria-label": "Close thread", onclick: () => go(state.channel) }, icon("close"))),
    threadScroller, answer);
  aside.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) { go(state.channel); document.querySelector("#composer-text").focus(); }
  });
  on("here places", drawPlace);
  on("here messages places", drawChannel);
  on("here messages places", drawThread);
  on("here home", drawHome);
  on("arrived", () => aloud.replaceChildren(`${nameOf(state.arrived.user)}: `, ...[mrkdwn(state.arrived.text)].flat()));
  write.renew();
}

let shown = "";
function drawPlace() {
  const channel = state.channels.get(state.channel);
  if (!channel) return;
  const direct = channel.kind === "im";
  title.replaceChildren(direct ? "" : icon(channel.kind === "private" ? "lock" : "hash"), label(channel));
  const people = channel.members.filter((id) => !state.people.get(id)?.bot).length;
  about.textContent = direct ? "Direct message" : `${people} people${isIn(channel) ? `, with @${bot()?.name}` : `, without @${bot()?.name}`}`;
  drawTabs(channel);
  write.renew();
  answer.renew();
  document.title = `${direct ? "" : "#"}${label(channel)} – ${state.team}`;
  const place = `${state.channel} ${isIn(channel)}`;
  if (shown !== place) {
    shown = place;
    intro.replaceChildren(...introOf(channel));
    requestAnimationFrame(toEnd);
  }
}

const bot = () => state.people.get(state.app.bot);
const isIn = (channel) => channel.members.includes(state.app.bot);

function introOf(channel) {
  const [command] = state.app.commands;
  const start = h("button", { type: "button", class: "button primary", onclick: () => write.fill(`${command.command} `) }, `Try ${command.command}`);
  const where = channel.kind === "im" ? `your conversation with ${label(channel)}` : `#${channel.name}`;
  const words = isIn(channel)
    ? `${command.description}: type ${command.command} in the field below and press Enter.`
    : channel.kind === "im"
      ? `@${bot().name} is not part of this conversation and can't post here.`
      : `@${bot().name} is not in this channel yet. Type /invite @${bot().name} to add it.`;
  return [h("h2", {}, `This is ${where}`), h("p", { class: "soft" }, words), isIn(channel) ? start : ""];
}

function drawTabs(channel) {
  const isApp = channel.kind === "im" && isIn(channel) && state.app.home;
  tabs.hidden = !isApp;
  const focused = tabs.contains(document.activeElement) && document.activeElement.dataset.focus;
  const tab = (name, words) => h("button", {
    type: "button", class: "tab", role: "tab", "aria-selected": String(state.tab === name), "data-focus": name,
    onclick: () => {
      go(state.channel, { tab: name });
      if (name === "home") performInOrder("home", () => ({}));
    },
  }, words);
  if (isApp) tabs.replaceChildren(tab("home", "Home"), tab("messages", "Messages"));
  if (focused) tabs.querySelector(`[data-focus="${focused}"]`)?.focus();
}

function drawChannel() {
  const all = messagesOf(state.channel).filter((one) => !one.thread_ts || one.thread_ts === one.ts || one.broadcast);
  drawMessages(list, all);
  const newest = messagesOf(state.channel).at(-1)?.ts;
  if (newest && state.tab !== "home" && state.read.get(state.channel) !== newest) {
    state.read.set(state.channel, newest);
    changed("read");
  }
}

let thread = null;
function drawThread() {
  const isNew = thread !== state.thread;
  thread = state.thread;
  aside.hidden = !thread;
  document.querySelector("#app").classList.toggle("with-thread", Boolean(thread));
  if (!thread) return;
  const all = messagesOf(state.channel).filter((one) => thread === one.ts || thread === one.thread_ts);
  const channel = state.channels.get(state.channel);
  threadPlace.textContent = channel?.kind === "im" ? label(channel) : `#${label(channel)}`;
  drawMessages(replies, all, { inThread: true });
  if (isNew) {
    answer.renew();
    requestAnimationFrame(toThreadEnd);
    document.querySelector("#reply-text").focus({ preventScroll: true });
  }
}

const homeSurface = { ref: { home: true } };
function drawHome() {
  const isHome = state.tab === "home";
  homeBlocks.hidden = !isHome;
  scroller.hidden = write.hidden = isHome;
  if (!isHome) return;
  Object.assign(homeSurface, { values: state.home?.values });
  drawOnceClosed(homeBlocks, state.home?.blocks ?? [], homeSurface);
}
