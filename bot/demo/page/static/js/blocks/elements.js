// The elements of Block Kit as form controls. Each sends its changes to the stand-in.
// https://docs.slack.dev/reference/block-kit/block-elements

import { performInOrder, isSending, type } from "../api.js";
import { combobox } from "./combobox.js";
import { confirmed } from "./confirm.js";
import { fileInput } from "./file_input.js";
import { h, nameIt, newId } from "../dom.js";
import { open } from "../links.js";
import { menu } from "../menu.js";
import { text } from "./text.js";

/**
 * The control of an element; undefined for an unknown type.
 *
 * A control has `where`, its ids for the stand-in; `sync(state)`, which shows an entry of
 * state.values unless the person is using it; and `renew(element)`, true if it could be updated.
 */
export function element(block, one, surface, id = newId("field")) {
  const make = kindOf(one);
  if (!make) return undefined;
  const where = { container: surface.ref, block_id: block.block_id, action_id: one.action_id };
  const control = make(one, where, id, surface.values?.[where.block_id]?.[where.action_id]);
  control.classList.add("control");
  control.where = where;
  return control;
}

export const isControl = (one) => Boolean(kindOf(one));

const kindOf = (one) => (one.type.endsWith("_select") ? combobox : KINDS[one.type]);

const focusKey = (where) => `${where.block_id}/${where.action_id}`;

const KINDS = {
  button,
  workflow_button: button,
  icon_button: button,
  overflow,
  feedback_buttons: feedback,
  checkboxes: (...args) => boxes("checkbox", ...args),
  radio_buttons: (...args) => boxes("radio", ...args),
  plain_text_input: typed,
  rich_text_input: typed,
  url_text_input: typed,
  email_text_input: typed,
  number_input: typed,
  datepicker: (...args) => picker("date", "selected_date", ...args),
  timepicker: (...args) => picker("time", "selected_time", ...args),
  file_input: fileInput,
};

// -- buttons ------------------------------------------------------------------------------------

function button(one, where) {
  const press = async () => {
    if (one.url) open(one.url);
    if (await confirmed(one.confirm)) performInOrder("press", () => where);
  };
  return h("button", {
    type: "button", class: `button ${one.style ?? ""}`, onclick: press,
    "aria-label": one.accessibility_label, "data-focus": focusKey(where),
  }, text(one.text));
}

function overflow(one, where) {
  const choose = async (option) => {
    if (option.url) open(option.url);
    if (await confirmed(one.confirm)) performInOrder("choose", () => ({ ...where, wanted: [option.text.text] }));
  };
  return menu("More actions", () => one.options.map((option) => ({
    words: text(option.text), act: () => choose(option),
  })), { focus: focusKey(where) });
}

function feedback(one, where) {
  const each = (side) => h("button", {
    type: "button", class: "button", "aria-label": side.accessibility_label,
    onclick: () => performInOrder("choose", () => ({ ...where, wanted: [side.text.text] })),
  }, text(side.text));
  return h("span", { class: "feedback" }, each(one.positive_button), each(one.negative_button));
}

// -- checkboxes ---------------------------------------------------------------------------------

function boxes(kind, one, where, id, state) {
  const name = newId("group");
  const inputs = one.options.map((option, index) => h("input", {
    type: kind, name, value: option.value, id: `${id}-${index}`, onchange: tell,
    "data-focus": `${focusKey(where)}/${option.value}`,
  }));
  function tell() {
    const wanted = one.options.filter((_, index) => inputs[index].checked).map((o) => o.text.text);
    performInOrder("choose", () => ({ ...where, wanted }));
  }
  const control = h("fieldset", { class: "boxes" }, one.options.map((option, index) =>
    h("label", { class: "box", for: `${id}-${index}` }, inputs[index],
      h("span", {}, text(option.text),
        option.description && h("span", { class: "soft" }, text(option.description))))));
  control.sync = (now) => {
    if (control.contains(document.activeElement)) return;
    const chosen = now?.selected_options ?? [now?.selected_option].filter(Boolean);
    const values = chosen.map((option) => option.value);
    inputs.forEach((input) => { input.checked = values.includes(input.value); });
  };
  control.sync(state);
  return control;
}

// -- text ---------------------------------------------------------------------------------------

const MODES = { url_text_input: "url", email_text_input: "email", number_input: "decimal" };

function typed(one, where, id, state) {
  const long = one.multiline || one.type === "rich_text_input";
  const field = h(long ? "textarea" : "input", {
    id, class: "field", rows: long ? 4 : undefined, type: long ? undefined : "text",
    inputmode: MODES[one.type], autocomplete: "off", "data-focus": focusKey(where),
    "data-first": one.focus_on_load ? "true" : undefined,
  });
  const counter = h("span", { class: "counter", "aria-hidden": "true" });
  const control = h("div", { class: "typed" }, field, counter);
  let most = null;
  const count = () => {
    const left = most - field.value.length;
    counter.textContent = most && left < most * 0.2 ? left.toLocaleString("en") : "";
    counter.classList.toggle("over", left < 0);
    if (long) grow(field);
  };
  control.renew = (now) => {
    most = now.max_length ?? null;
    field.placeholder = now.placeholder?.text ?? "";
    count();
    return Boolean(now.multiline) === Boolean(one.multiline);
  };
  control.sync = (now) => {
    if (field === document.activeElement || isSending(where)) return;
    const words = plainValue(now);
    if (field.value !== words) field.value = words;
    count();
  };
  field.addEventListener("input", () => { type(where, field.value); count(); });
  field.addEventListener("keydown", (event) => {
    const dispatches = one.dispatch_action_config?.trigger_actions_on?.includes("on_enter_pressed");
    if (event.key === "Enter" && !long && dispatches) {
      event.preventDefault();
      type(where, field.value, true);
    }
  });
  control.renew(one);
  control.sync(state);
  return control;
}

function plainValue(state) {
  if (state?.rich_text_value) {
    return state.rich_text_value.elements.flatMap((part) => part.elements.map((one) => one.text)).join("");
  }
  return state?.value ?? "";
}

function grow(field) {
  field.style.height = "auto";
  if (field.scrollHeight) field.style.height = `${Math.min(field.scrollHeight + 2, 320)}px`;
}

function picker(kind, key, one, where, id, state) {
  const field = h("input", {
    id, class: "field", type: kind, "data-focus": focusKey(where),
    onchange: () => type(where, field.value),
  });
  nameIt(field, one.placeholder?.text);
  const control = h("div", { class: "typed" }, field);
  control.sync = (now) => {
    if (field !== document.activeElement) field.value = now?.[key] ?? "";
  };
  control.sync(state);
  return control;
}
