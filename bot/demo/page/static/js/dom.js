// Elements, and lists that follow their data without losing focus, caret or a playing video.

/** h("button", { class: "x", onclick: f, "aria-label": "Close" }, "text", node, …) */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  close: "M5 5l14 14M19 5L5 19",
  reply: "M20 15.500V7a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h9l5 4z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M4 12l16-8-6 17-3-7z",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  hash: "M9 4L7 20M17 4l-2 16M4.500 9h16M3.500 15h16",
  menu: "M4 6h16M4 12h16M4 18h16",
  sun: "M12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600L7 7M17 17l1.400 1.400M5.600 18.400L7 17M17 7l1.400-1.400M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0z",
  wrench: "M14.500 6.500a4 4 0 0 1 5-1L17 8l-.5 2 2 .5 2.500-2.500a4 4 0 0 1-5.500 5L8 20.500a2 2 0 0 1-3-3l7.500-7.500a4 4 0 0 1 2-3.500z",
  down: "M6 9l6 6 6-6",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  pencil: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

let numbers = 0;
export const newId = (prefix) => `${prefix}-${++numbers}`;

/** In an input block, a field has a label; elsewhere its placeholder is the accessible name. */
export function nameIt(field, placeholder = "Choose") {
  queueMicrotask(() => { if (!field.labels?.length) field.setAttribute("aria-label", placeholder); });
}

const kept = new WeakMap();

/**
 * Makes the children of `parent` match `items`. A child with the same data stays as it is; one
 * whose data has changed is updated by `renew` if that can, or else created again.
 */
export function reconcile(parent, items, { key, make, renew }) {
  const before = kept.get(parent) ?? new Map();
  const now = new Map();
  for (const [index, item] of items.entries()) {
    let id = key(item, index);
    while (now.has(id)) id = `${id}+`;
    now.set(id, { item, print: JSON.stringify(item) });
  }
  // First, since a node that is moved past one that goes away would lose the focus.
  for (const [id, { node }] of before) if (!now.has(id)) node.remove();
  let next = parent.firstChild;
  for (const [id, one] of now) {
    const old = before.get(id);
    one.node = old?.node;
    if (!old || (old.print !== one.print && !renew?.(old.node, one.item))) {
      one.node = make(one.item);
      if (old && next === old.node) next = one.node;
      if (old) replace(old.node, one.node);
    }
    if (one.node === next) next = next.nextSibling;
    else parent.insertBefore(one.node, next);
  }
  kept.set(parent, now);
}

/** Keeps the focus on the same control in the new node. */
function replace(old, fresh) {
  const focused = old.contains(document.activeElement) && document.activeElement.dataset.focus;
  old.replaceWith(fresh);
  if (focused) fresh.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

/** Keeps the end in view when a size changes, unless the reader has scrolled up. */
export function keepAtEnd(scroller) {
  let atEnd = true;
  const toEnd = () => { scroller.scrollTop = scroller.scrollHeight; };
  const size = () => `${scroller.clientWidth} ${scroller.clientHeight} ${scroller.scrollHeight}`;
  let known = size();
  scroller.addEventListener("scroll", () => {
    if (size() !== known) return; // the browser scrolls, too, when lines wrap in another place
    atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  });
  const sizes = new ResizeObserver(() => { known = size(); if (atEnd) toEnd(); });
  for (const one of [scroller, ...scroller.children]) sizes.observe(one);
  return () => { atEnd = true; toEnd(); };
}
