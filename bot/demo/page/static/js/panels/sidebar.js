// Channels, direct messages, and the switch between people.

import { h, icon } from "../dom.js";
import { face } from "./messages.js";
import { follow as followAs, go, label, on, state } from "../store.js";

const side = document.querySelector("#sidebar");

export function follow() {
  on("places messages here read", draw);
  document.querySelector("#main").addEventListener("click", () => side.classList.remove("open"));
}

function draw() {
  if (!state.app) return;
  const focused = side.contains(document.activeElement) && document.activeElement.dataset.focus;
  const all = [...state.channels.values()];
  side.replaceChildren(
    switcher(),
    group("Channels", all.filter((one) => one.kind !== "im")),
    group("Direct messages", all.filter((one) => one.kind === "im")));
  if (focused) side.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

function group(name, channels) {
  return h("section", { class: "places" }, h("h2", {}, name),
    h("ul", {}, channels.map((channel) => h("li", {}, entry(channel)))));
}

function entry(channel) {
  const unread = unreadIn(channel);
  const other = channel.members.find((id) => id !== state.me);
  const mark = channel.kind === "im" ? face(other, "tiny") : icon(channel.kind === "private" ? "lock" : "hash");
  const isBot = channel.kind === "im" && state.people.get(other)?.bot;
  return h("button", {
    type: "button", class: `place-entry ${unread ? "unread" : ""}`, "data-focus": channel.id,
    "aria-current": channel.id === state.channel ? "page" : undefined,
    onclick: () => { go(channel.id); side.classList.remove("open"); },
  }, mark, h("span", {}, label(channel)), isBot && h("span", { class: "badge" }, "APP"),
    unread > 0 && h("span", { class: "count", "aria-label": `${unread} new` }, unread));
}

function unreadIn(channel) {
  if (channel.id === state.channel && state.tab !== "home") return 0;
  const read = state.read.get(channel.id) ?? "";
  return [...(state.messages.get(channel.id)?.values() ?? [])]
    .filter((one) => one.ts > read && one.user !== state.me && !one.deleted).length;
}

function switcher() {
  const people = [...state.people.values()].filter((one) => !one.bot);
  return h("section", { class: "people" }, h("h2", { id: "you-are" }, "You are"),
    h("div", { class: "people-row", role: "group", "aria-labelledby": "you-are" }, people.map((one) => h("button", {
      type: "button", class: "person", "aria-pressed": String(one.id === state.me), "data-focus": one.id,
      title: one.admin ? `${one.name}, admin of the bot` : one.name, onclick: () => become(one.id),
    }, face(one.id), h("span", {}, one.name), one.admin && h("span", { class: "soft" }, "admin")))));
}

/** Become another person, who keeps their own open channel and read messages. */
const places = new Map();
function become(id) {
  if (id === state.me) return;
  const { channel, thread, tab, read } = state;
  places.set(state.me, { channel, thread, tab, read });
  const theirs = places.get(id) ?? { channel, thread: null, tab: "messages", read: new Map(read) };
  Object.assign(state, theirs);
  sessionStorage.setItem("me", id);
  followAs(id);
}
