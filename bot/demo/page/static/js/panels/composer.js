// The message field: Enter sends, "/" suggests commands and "@" suggests people.

import { perform, notice, upload } from "../api.js";
import { h, icon, newId } from "../dom.js";
import { menu, put } from "../menu.js";
import { label, state } from "../store.js";

/** `sent`: called when a message is sent. `thread`: () => the ts of the thread, or null. */
export function composer(id, sent, thread = () => null) {
  const listId = newId("completions");
  const field = h("textarea", {
    id, class: "composer-text", rows: 1, role: "combobox", "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": listId, autocomplete: "off", enterkeyhint: "send",
  });
  const list = h("div", { class: "options completions", id: listId, role: "listbox", "aria-label": "Completions", popover: "manual" });
  const send = h("button", { type: "button", class: "button primary icon-only send", "aria-label": "Send", title: "Send (Enter)" }, icon("send"));
  const chosen = h("input", { type: "file", hidden: true, onchange: () => { attach(chosen.files[0]); chosen.value = ""; } });
  const clip = h("button", { type: "button", class: "button icon-only", "aria-label": "Attach a file", title: "Attach a file", onclick: () => chosen.click() }, icon("file"));
  const attach = (file) => file && upload("send_file", { channel: state.channel, thread_ts: thread() }, file);
  const shortcuts = menu("Shortcuts", globalShortcuts, { glyph: "bolt" });
  const node = h("div", { class: "composer" }, field, h("div", { class: "composer-tools" }, thread() === null && shortcuts, clip, chosen, send), list);
  let offers = [];
  let active = 0;

  const isOpen = () => list.matches(":popover-open");
  function close() {
    if (isOpen()) list.hidePopover();
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function complete() {
    offers = completions(field.value, field.selectionStart);
    if (!offers.length) return close();
    active = 0;
    list.replaceChildren(...offers.map((offer, index) => h("div", {
      class: "option", role: "option", id: `${listId}-${index}`, "aria-selected": "false",
      onpointerdown: (event) => { event.preventDefault(); take(index); },
    }, h("strong", {}, offer.name), " ", offer.usage && h("code", {}, offer.usage), h("span", { class: "soft" }, offer.about))));
    if (!isOpen()) list.showPopover();
    field.setAttribute("aria-expanded", "true");
    put(list, node, { wide: true });
    walk(0);
  }

  function walk(to) {
    active = (to + offers.length) % offers.length;
    [...list.children].forEach((option, index) => {
      option.classList.toggle("active", index === active);
      option.setAttribute("aria-selected", String(index === active));
    });
    field.setAttribute("aria-activedescendant", `${listId}-${active}`);
  }

  function take(index) {
    const { from, insert } = offers[index];
    field.setRangeText(insert, from, field.selectionStart, "end");
    close();
    grow();
    field.focus();
  }

  function grow() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 200)}px`;
    send.disabled = !field.value.trim();
  }

  async function submit() {
    const words = field.value.trim();
    if (!words) return;
    close();
    field.value = "";
    grow();
    sent();
    if (!(await say(words, thread())) && !field.value) { field.value = words; grow(); }
  }

  field.addEventListener("input", () => { grow(); complete(); });
  field.addEventListener("blur", close);
  send.addEventListener("click", () => { submit(); field.focus(); });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const offer = isOpen() ? offers[active] : null;
    const whole = offer && field.value.slice(offer.from, field.selectionStart) === offer.insert.trim();
    if (isOpen() && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      walk(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (isOpen() && (event.key === "Tab" || (event.key === "Enter" && !whole))) {
      event.preventDefault();
      take(active);
    } else if (isOpen() && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  });

  node.renew = () => {
    const channel = state.channels.get(state.channel);
    const to = channel?.kind === "im" ? label(channel) : `#${label(channel)}`;
    field.placeholder = thread() ? "Reply…" : `Message ${to}`;
    field.setAttribute("aria-label", thread() ? "Reply in thread" : `Message ${to}`);
    send.disabled = !field.value.trim();
  };
  node.fill = (words) => { field.value = words; grow(); field.focus(); complete(); };
  return node;
}

/** False if it failed; the text then goes back into the field. */
async function say(words, thread) {
  const channel = state.channel;
  const [, command, text] = /^(\S+)\s*([\s\S]*)$/.exec(words);
  if (!command.startsWith("/")) {
    return (await perform("say", { channel, text: words, thread_ts: thread ?? undefined })).ok;
  }
  if (thread) {
    notice(`${command} is not supported in threads. Sorry!`);
    return false;
  }
  if (command === "/invite") {
    if (text === `@${botName()}`) return (await perform("invite", { channel })).ok;
    notice(`Only @${botName()} can be invited here.`);
    return false;
  }
  return (await perform("command", { channel, command, text })).ok;
}

const botName = () => state.people.get(state.app.bot)?.name;

/** The completions at the caret: [{ name, usage, about, from, insert }] */
function completions(words, caret) {
  const typed = words.slice(0, caret);
  if (/^\/\S*$/.test(typed)) {
    const own = state.app.commands.map((one) => ({ name: one.command, usage: one.usage_hint, about: one.description }));
    const invite = { name: "/invite", usage: `@${botName()}`, about: "Add the bot to this channel" };
    return [...own, invite].filter((one) => one.name.startsWith(typed))
      .map((one) => ({ ...one, from: 0, insert: `${one.name}${one.name === "/invite" ? ` @${botName()}` : ""} ` }));
  }
  const at = /(?:^|\s)@([\w-]*)$/.exec(typed);
  if (!at || words.startsWith("/")) return [];
  return [...state.people.values()].filter((one) => one.name.toLowerCase().startsWith(at[1].toLowerCase()))
    .map((one) => ({ name: one.name, about: one.bot ? "app" : "", from: caret - at[1].length, insert: `${one.name} ` }));
}

function globalShortcuts() {
  const own = state.app.shortcuts.filter((one) => one.type === "global").map((one) => ({
    words: one.name, act: () => perform("shortcut", { name: one.callback_id }),
  }));
  const commands = state.app.commands.map((one) => ({
    words: `${one.command} – ${one.description}`, act: () => perform("command", { channel: state.channel, command: one.command, text: "" }),
  }));
  return [...own, ...commands];
}
