// All selects of Block Kit: a text field with a list of matching options.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { performInOrder, perform } from "../api.js";
import { h, icon, nameIt, newId } from "../dom.js";
import { put } from "../menu.js";
import { label, nameOf, state } from "../store.js";
import { withEmoji } from "./emoji.js";

const SHORTEST_QUERY = 3; // of an external select without min_query_length
const PAUSE = 120; // ms after the last keystroke before the app is asked

export function combobox(one, where, id, first) {
  const many = one.type.startsWith("multi_");
  const source = sourceOf(one, where);
  let chosen = []; // [{ id, words }]
  let offers = [];
  let active = -1;
  let asked = 0;
  let timer = 0;

  const listId = newId("list");
  const input = h("input", {
    id, class: "field", role: "combobox", type: "text", autocomplete: "off", spellcheck: "false",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId,
    "data-focus": `${where.block_id}/${where.action_id}`,
  });
  nameIt(input, one.placeholder?.text);
  const list = h("div", { class: "options", id: listId, role: "listbox", popover: "manual", "aria-label": "Options" });
  const chips = h("span", { class: "chips" });
  const control = h("div", { class: "combobox" }, many && chips, input, icon("down"), list);

  const isOpen = () => list.matches(":popover-open");
  const wordsChosen = () => (many ? "" : chosen[0]?.words ?? "");

  function rest() {
    input.value = wordsChosen();
    input.placeholder = chosen.length && many ? "" : one.placeholder?.text ?? "";
    chips.replaceChildren(...chosen.map((option) => h("button", {
      type: "button", class: "chip", "aria-label": `Remove ${option.words}`,
      onclick: () => take(chosen.filter((other) => other !== option)),
    }, option.words, icon("close"))));
  }

  function take(now) {
    chosen = now;
    rest();
    control.dispatchEvent(new Event("change", { bubbles: true }));
    performInOrder("choose", () => ({ ...where, wanted: chosen.map((option) => option.id) }));
  }

  function open() {
    if (!isOpen()) list.showPopover();
    input.setAttribute("aria-expanded", "true");
    put(list, input, { wide: true });
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    if (isOpen()) list.hidePopover();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }

  async function ask(words) {
    clearTimeout(timer);
    const mine = (asked += 1);
    if (source.slow) say(words.length < source.least ? `Type at least ${source.least} characters` : "Searching…");
    const found = await source.find(words);
    if (mine !== asked || !found) return;
    offers = found.offers;
    if (offers.length) show(); else say(found.failure ?? "No results");
  }

  function say(words) {
    offers = [];
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren(h("div", { class: "no-option", role: "option", "aria-disabled": "true" }, words));
    open();
  }

  function show() {
    let group = null;
    list.replaceChildren(...offers.flatMap((offer, index) => {
      const head = offer.group && offer.group !== group ? h("div", { class: "group", role: "presentation" }, offer.group) : "";
      group = offer.group;
      const selected = chosen.some((option) => option.id === offer.id);
      return [head, h("div", {
        class: "option", role: "option", id: `${listId}-${index}`, "aria-selected": String(selected),
        onpointerdown: (event) => { event.preventDefault(); pick(index); },
      }, h("span", {}, offer.words), offer.about && h("span", { class: "soft" }, offer.about))];
    }).filter(Boolean));
    open();
    const at = offers.findIndex((offer) => offer.id === chosen[0]?.id);
    walk(many ? 0 : Math.max(0, at));
  }

  function walk(to) {
    if (!offers.length) return;
    active = (to + offers.length) % offers.length;
    list.querySelectorAll("[role=option]").forEach((node, index) => node.classList.toggle("active", index === active));
    const node = list.querySelector(".active");
    input.setAttribute("aria-activedescendant", node.id);
    node.scrollIntoView({ block: "nearest" });
  }

  function pick(index) {
    const offer = offers[index];
    close();
    if (!many) take([offer]);
    else if (!chosen.some((option) => option.id === offer.id)) take([...chosen, offer]);
    else take(chosen.filter((option) => option.id !== offer.id));
    input.select();
  }

  input.addEventListener("input", (event) => {
    event.stopPropagation();
    active = -1; // what is offered is for other words
    input.removeAttribute("aria-activedescendant");
    clearTimeout(timer);
    timer = setTimeout(() => ask(input.value), source.slow ? PAUSE : 0);
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => { if (!isOpen()) ask(""); });
  input.addEventListener("blur", () => {
    const emptied = !many && input.value === "" && chosen.length && isOpen();
    close();
    if (emptied && one.optional) take([]);
    rest();
  });
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in steps) {
      event.preventDefault();
      if (isOpen()) walk(active + steps[event.key]);
      else ask("");
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault(); // it would send the form
      if (active >= 0) pick(active);
      else if (!isOpen()) ask(input.value === wordsChosen() ? "" : input.value);
    } else if (event.key === "Escape" && isOpen()) {
      event.preventDefault();
      event.stopPropagation();
      close();
      rest();
    } else if (event.key === "Backspace" && many && !input.value && chosen.length) {
      take(chosen.slice(0, -1));
    }
  });

  control.sync = (now) => {
    if (control.contains(document.activeElement)) return;
    chosen = chosenIn(now);
    rest();
  };
  control.renew = (now) => {
    one = now;
    source.take(now);
    if (!control.contains(document.activeElement)) rest(); // else it would undo what is typed
    return true;
  };
  control.sync(first);
  return control;
}

// -- where options come from --------------------------------------------------------------------

/** { find(words) → { offers, failure }, slow, least }: fixed options, or options from a request. */
function sourceOf(one, where) {
  const kind = one.type.replace("multi_", "");
  if (kind === "static_select") {
    return { slow: false, find: async (words) => ({ offers: known(one, words) }), take: (now) => { one = now; } };
  }
  const external = kind === "external_select";
  const least = external ? one.min_query_length ?? SHORTEST_QUERY : 0;
  async function find(words) {
    if (words.length < least) return null;
    const answer = await perform("search", { ...where, text: external ? words : words.toLowerCase() }, { quiet: true });
    if (!answer.ok) return { offers: [], failure: answer.shown ?? answer.gone };
    const offers = answer.offers.map(({ id, about }) => ({
      id, about, words: external ? withEmoji(id) : named(kind, id),
    }));
    return { offers: external ? offers : offers.filter((offer) => has(offer, words)) };
  }
  return { slow: external, least, find, take: () => {} };
}

const has = (offer, words) => offer.words.toLowerCase().includes(words.toLowerCase());

function known(one, words) {
  const option = (group) => (each) => ({
    id: each.text.text, words: withEmoji(each.text.text), about: each.description?.text, group,
  });
  const all = one.options?.map(option()) ??
    one.option_groups.flatMap((group) => group.options.map(option(group.label.text)));
  return all.filter((offer) => has(offer, words));
}

/** The name of a person or conversation, as this person sees it. */
function named(kind, id) {
  if (kind === "users_select") return nameOf(id);
  const channel = state.channels.get(id);
  if (!channel) return id;
  return channel.kind === "im" ? label(channel) : `${channel.kind === "private" ? "🔒 " : "#"}${label(channel)}`;
}

/** The chosen options in an entry of state.values. */
function chosenIn(now) {
  if (!now) return [];
  const [key, content] = Object.entries(now).find(([name]) => name.startsWith("selected_")) ?? [];
  const all = [content].flat().filter(Boolean);
  if (key?.startsWith("selected_option")) return all.map((one) => ({ id: one.text.text, words: withEmoji(one.text.text) }));
  return all.map((id) => ({ id, words: named(`${key.replace("selected_", "").replace(/s$/, "")}s_select`, id) }));
}
