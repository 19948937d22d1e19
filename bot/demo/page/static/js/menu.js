// A button that opens a menu: https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/

import { h, icon } from "./dom.js";

/** `items`: () => [{ words, act, danger }], called each time that the menu opens. */
export function menu(name, items, { glyph = "more", className = "button icon-only", focus } = {}) {
  const list = h("div", { class: "menu", role: "menu", popover: "auto", "aria-label": name });
  const open = () => {
    list.replaceChildren(...items().map(entry));
    list.showPopover();
    put(list, button);
    list.querySelector("[role=menuitem]")?.focus();
  };
  const button = h("button", {
    type: "button", class: className, "aria-haspopup": "menu", "aria-expanded": "false",
    "aria-label": name, title: name, onclick: open, "data-focus": focus,
  }, icon(glyph));
  list.addEventListener("toggle", ({ newState }) =>
    button.setAttribute("aria-expanded", String(newState === "open")));
  list.addEventListener("keydown", (event) => walk(event, list, button));

  function entry({ words, act, danger }) {
    return h("button", {
      type: "button", role: "menuitem", tabindex: "-1", class: danger ? "danger" : "",
      onclick: () => { list.hidePopover(); button.focus(); act(); },
    }, words);
  }
  return h("span", { class: "menu-holder" }, button, list);
}

function walk(event, list, button) {
  const entries = [...list.querySelectorAll("[role=menuitem]")];
  const at = entries.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    entries.at(to % entries.length)?.focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    list.hidePopover();
    button.focus();
  }
}

/** Places a box under its anchor, or above it if there is more room. */
export function put(box, anchor, { wide = false } = {}) {
  const at = anchor.getBoundingClientRect();
  if (wide) box.style.minWidth = `${at.width}px`;
  const left = wide ? at.left : at.right - box.offsetWidth;
  box.style.left = `${Math.max(8, Math.min(left, innerWidth - box.offsetWidth - 8))}px`;
  const below = innerHeight - at.bottom - 12;
  const up = below < Math.min(box.scrollHeight, 180) && at.top > below;
  box.style.maxHeight = `${Math.min(320, (up ? at.top : innerHeight - at.bottom) - 12)}px`;
  box.style.top = up ? "auto" : `${at.bottom + 4}px`;
  box.style.bottom = up ? `${innerHeight - at.top + 4}px` : "auto";
}
