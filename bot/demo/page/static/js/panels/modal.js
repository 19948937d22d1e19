// Modals: one dialog for each view of the person's stack, with the newest on top.
// https://docs.slack.dev/surfaces/modals

import { performInOrder } from "../api.js";
import { drawBlocks } from "../blocks/blocks.js";
import { h, icon, newId } from "../dom.js";
import { on, state } from "../store.js";
import { text } from "../blocks/text.js";

const open = new Map(); // view id -> dialog
let before = null; // the element that had the focus
let wasInThread = false;

export function follow() {
  on("views", draw);
}

function draw() {
  const ids = new Set(state.views.map((view) => view.id));
  for (const [id, dialog] of open) {
    if (ids.has(id)) continue;
    dialog.close();
    dialog.remove();
    open.delete(id);
    giveBackCaret();
  }
  for (const view of state.views) {
    if (open.has(view.id)) renew(open.get(view.id), view);
    else show(view);
  }
  if (!open.size && before) {
    const field = wasInThread ? "#reply-text" : "#composer-text";
    before.isConnected ? before.focus() : document.querySelector(field)?.focus();
    before = null;
  }
}

/** `close` gives back the focus, but removing a field that was typed into takes Chromium's caret. */
function giveBackCaret() {
  const focused = document.activeElement;
  focused?.blur();
  focused?.focus();
}

function show(view) {
  if (!open.size) {
    before = document.activeElement;
    wasInThread = Boolean(before?.closest("#thread"));
  }
  const dialog = frame(view);
  open.set(view.id, dialog);
  document.body.append(dialog);
  renew(dialog, view);
  dialog.showModal();
  firstField(dialog)?.focus();
}

const FIELDS = ".input-block input, .input-block textarea";
const firstField = (dialog) => dialog.querySelector("[data-first]") ?? dialog.querySelector(FIELDS);

function frame(view) {
  const titled = newId("title");
  const leave = (everything) => () =>
    performInOrder("close", () => ({ container: { view: view.id }, everything }), { quiet: true });
  const dialog = h("dialog", { class: "modal", "aria-labelledby": titled });
  const form = h("form", { novalidate: true },
    h("header", { class: "modal-head" },
      h("img", { src: "/static/style/icon.svg", alt: "", class: "app-icon" }),
      h("h2", { id: titled }),
      h("button", { type: "button", class: "button icon-only", "aria-label": "Close", onclick: leave(true) }, icon("close"))),
    h("div", { class: "modal-body" },
      h("div", { class: "block alert error", role: "alert", hidden: true }),
      h("div", { class: "blocks" })),
    h("footer", { class: "modal-ends" },
      h("button", { type: "button", class: "button deny", onclick: leave(false) }),
      h("button", { type: "submit", class: "button primary" })));
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(dialog, view.id); });
  // In a multi-line field, Enter starts a new line; with Ctrl or ⌘ it submits.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); leave(false)(); });
  dialog.append(form);
  dialog.surface = { ref: { view: view.id } };
  return dialog;
}

function renew(dialog, view) {
  Object.assign(dialog.surface, { values: view.values, errors: view.errors });
  dialog.querySelector("h2").replaceChildren(...text(view.title));
  drawBlocks(dialog.querySelector(".blocks"), view.blocks, dialog.surface);
  if (dialog.submitted && Object.keys(view.errors).length) {
    dialog.submitted = false;
    dialog.querySelector(".wrong")?.field.focus();
  }
  const [deny, submitting] = dialog.querySelectorAll(".modal-ends > button");
  deny.replaceChildren(...(view.close ? text(view.close) : ["Close"]));
  submitting.hidden = !view.submit;
  submitting.replaceChildren(...text(view.submit));
  // An answer in place of a form has nothing else to focus.
  if (submitting.hidden && dialog.open && !dialog.contains(document.activeElement)) deny.focus();
}

async function submit(dialog, id) {
  const button = dialog.querySelector("[type=submit]");
  const trouble = dialog.querySelector(".modal-body > .alert");
  if (button.disabled) return;
  button.disabled = true;
  trouble.hidden = true;
  dialog.submitted = true; // errors arrive with the next version of the view
  const answer = await performInOrder("submit", () => ({ container: { view: id } }), { quiet: true });
  button.disabled = false;
  if (answer.ok) return;
  trouble.textContent = answer.shown ?? answer.gone;
  trouble.hidden = false;
  trouble.scrollIntoView({ block: "nearest" });
}
