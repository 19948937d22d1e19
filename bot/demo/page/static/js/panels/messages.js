// The messages of a channel or a thread.

import { performInOrder, perform } from "../api.js";
import { drawOnceClosed } from "../blocks/blocks.js";
import { file } from "./files.js";
import { h, icon, reconcile } from "../dom.js";
import { menu } from "../menu.js";
import { go, nameOf, state } from "../store.js";
import { typed } from "../blocks/text.js";

const TOGETHER_SECONDS = 300; // closer messages of one person share a header

export function drawMessages(parent, messages, { inThread = false } = {}) {
  let last = null;
  const items = messages.map((message) => {
    const compact = Boolean(last) && last.user === message.user && !message.deleted &&
      message.ts - last.ts < TOGETHER_SECONDS && last.only_you === message.only_you;
    // In a thread, a line separates the parent message from its replies.
    const count = inThread && message.reply_count;
    last = count ? null : message;
    return { message, compact, inThread, count, name: nameOf(message.user), me: state.me };
  });
  reconcile(parent, items, {
    key: ({ message, me }) => `${message.ts} ${me}`, // one's own name stands out in it
    make: (item) => { const node = skeleton(item); renew(node, item); return node; },
    renew,
  });
}

function skeleton({ message, inThread }) {
  const slots = ["only-you", "blocks", "edited", "files", "replies"].map((name) => h("div", { class: name }));
  const node = h("article", { class: "message", "data-ts": message.ts },
    h("div", { class: "face-slot" }),
    h("div", { class: "message-body" }, h("header", { class: "message-head" }), slots),
    h("div", { class: "tools" }, tools(message, inThread)));
  node.surface = { ref: { channel: message.channel, ts: message.ts } };
  return node;
}

function renew(node, { message, compact, inThread, count, name }) {
  const at = new Date(message.ts * 1000);
  const time = at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  node.setAttribute("aria-label", `${name}, ${time}`);
  node.classList.toggle("compact", compact);
  node.classList.toggle("hidden-one", message.only_you);
  node.querySelector(".face-slot").replaceChildren(compact ? h("time", { class: "soft" }, time) : face(message.user));
  node.querySelector(".message-head").replaceChildren(...(compact ? [] : [
    h("strong", {}, name), message.bot_id ? h("span", { class: "badge" }, "APP") : "",
    h("time", { class: "soft", datetime: at.toISOString(), title: at.toLocaleString() }, time)]));
  node.querySelector(".only-you").textContent = message.only_you ? "Only visible to you" : "";
  Object.assign(node.surface, { values: message.values });
  drawOnceClosed(node.querySelector(".blocks"), blocksOf(message), node.surface);
  // Slack does not mark messages that an app has updated.
  node.querySelector(".edited").textContent = message.edited && !message.bot_id && !message.deleted ? "(edited)" : "";
  reconcile(node.querySelector(".files"), message.files, { key: (one) => one.id, make: file });
  node.querySelector(".replies").replaceChildren(inThread ? "" : replies(message));
  if (count) node.dataset.count = counted(count);
  else delete node.dataset.count;
  return true;
}

/** As in Slack, blocks are shown instead of the text. */
function blocksOf(message) {
  if (message.deleted) return [{ type: "context", block_id: "deleted", elements: [{ type: "plain_text", text: "This message was deleted." }] }];
  if (message.blocks?.length) return message.blocks;
  return message.text ? [{ type: "section", block_id: "text", text: { type: "mrkdwn", text: message.text } }] : [];
}

function replies(message) {
  if (!message.reply_count) return "";
  const who = message.reply_users.slice(0, 4).map((id) => face(id, "tiny"));
  return h("button", { type: "button", class: "replies-button", "data-focus": "replies", onclick: () => openThread(message) },
    who, counted(message.reply_count));
}

const counted = (count) => `${count} ${count === 1 ? "reply" : "replies"}`;

const openThread = (message) => go(state.channel, { thread: message.thread_ts ?? message.ts });

// -- actions ------------------------------------------------------------------------------------

function tools(message, inThread) {
  const reply = h("button", {
    type: "button", class: "button icon-only", "aria-label": "Reply in thread", title: "Reply in thread",
    onclick: () => openThread(message),
  }, icon("reply"));
  const more = menu("More actions", () => actions(message, inThread));
  return [inThread || message.only_you ? "" : reply, message.only_you ? "" : more];
}

function actions(message, inThread) {
  const container = { channel: message.channel, ts: message.ts };
  const now = state.messages.get(message.channel)?.get(message.ts) ?? message;
  const shortcuts = state.app.shortcuts.filter((one) => one.type === "message").map((one) => ({
    words: [icon("bolt"), `${one.name} – ${state.app.name}`], act: () => performInOrder("shortcut", () => ({ name: one.callback_id, container })),
  }));
  const entries = [
    { words: [icon("reply"), "Reply in thread"], act: () => openThread(now) },
    { words: [icon("file"), "Copy text"], act: () => navigator.clipboard.writeText(now.text ?? "") },
    ...shortcuts,
  ];
  if (now.user === state.me) {
    entries.push({ words: [icon("pencil"), "Edit message"], act: () => edit(now, container, inThread) });
  }
  if (now.user === state.me || state.people.get(state.me)?.admin) {
    entries.push({ words: [icon("trash"), "Delete message"], danger: true, act: () => perform("delete", { container }) });
  }
  return entries;
}

/** Edits a message in place, as in Slack: Enter saves, Escape cancels. */
function edit(message, container, inThread) {
  const node = document.querySelector(`${inThread ? "#thread" : "#main"} [data-ts="${message.ts}"]`);
  if (!node || node.querySelector(".editing")) return;
  const blocks = node.querySelector(".blocks");
  const field = h("textarea", { class: "field", rows: 2, "aria-label": "Edit message" });
  field.value = typed(message.text);
  const end = () => { form.remove(); blocks.hidden = false; };
  const save = async () => {
    const words = field.value.trim();
    if (words && (words === typed(message.text) || (await perform("edit", { container, text: words })).ok)) end();
  };
  const form = h("div", { class: "editing" }, field,
    h("div", { class: "editing-tools" },
      h("button", { type: "button", class: "button", onclick: end }, "Cancel"),
      h("button", { type: "button", class: "button primary", onclick: save }, "Save")));
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key) || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") save(); else end();
  });
  blocks.hidden = true;
  blocks.after(form);
  field.focus();
}

// -- faces --------------------------------------------------------------------------------------

const COLORS = 6;
export function face(id, size = "") {
  const person = state.people.get(id);
  if (person?.bot) return h("img", { class: `face ${size}`, src: "/static/style/icon.svg", alt: "" });
  const name = person?.name ?? "?";
  const color = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % COLORS;
  return h("span", { class: `face ${size} color-${color}`, "aria-hidden": "true" }, name.slice(0, 1));
}
