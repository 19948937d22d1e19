// Draws Block Kit from the JSON that Slack would get. An unknown block is shown as its JSON.
// https://docs.slack.dev/reference/block-kit/blocks

import { h, newId, reconcile } from "../dom.js";
import { element, isControl } from "./elements.js";
import { link, markdown, rich, text } from "./text.js";

/**
 * Shows `blocks` in `parent`.
 *
 * surface: { ref, values, errors } – the view, home or message that they are in (`ref`, as the
 * stand-in names it), and Slack's state.values. A field that the person is typing into is left
 * alone.
 */
export function drawBlocks(parent, blocks, surface) {
  const focused = parent.contains(document.activeElement) && document.activeElement.dataset.focus;
  const controls = focused ? [...parent.querySelectorAll("[data-focus]")] : [];
  const above = controls.slice(0, controls.indexOf(document.activeElement)).reverse();
  reconcile(parent, blocks, {
    key: (block, index) => block.block_id ?? `${index}`,
    make: (block) => make(block, surface),
    renew: (node, block) => block.type === "input" && renewInput(node, block),
  });
  for (const control of parent.querySelectorAll(".control")) {
    const { block_id, action_id } = control.where;
    control.sync?.(surface.values?.[block_id]?.[action_id]);
  }
  for (const node of parent.querySelectorAll(".input-block")) {
    showError(node, surface.errors?.[node.block.block_id] ?? "");
  }
  if (focused && !parent.contains(document.activeElement)) focusAgain(parent, focused, above);
}

/** A menu that is open stays open, as in Slack: what has changed below it is drawn when it closes. */
export function drawOnceClosed(parent, blocks, surface) {
  const open = parent.querySelector(":popover-open");
  const waits = Boolean(parent.newest);
  parent.newest = open ? blocks : null;
  if (!open) drawBlocks(parent, blocks, surface);
  else if (!waits) {
    open.addEventListener("toggle", () => drawOnceClosed(parent, parent.newest, surface), { once: true });
  }
}

/**
 * Slack gives a block without an id a new one at each update: then its action id tells. What is
 * gone, such as *Check again*, leaves the focus to the control above it.
 */
function focusAgain(parent, key, above) {
  const actionOf = (name) => name.slice(name.indexOf("/") + 1);
  const same = [...parent.querySelectorAll("[data-focus]")]
    .filter((node) => actionOf(node.dataset.focus) === actionOf(key));
  (same.length === 1 ? same[0] : above.find((node) => node.isConnected))?.focus();
}

function make(block, surface) {
  const drawn = KINDS[block.type]?.(block, surface);
  return drawn ?? unknown(block);
}

/** Shows the JSON, so that nothing is missing. */
export function unknown(part) {
  return h("figure", { class: "unknown" },
    h("figcaption", {}, `“${part.type}” is not drawn here. Its JSON:`),
    h("pre", { tabindex: "0" }, JSON.stringify(part, null, 2)));
}

const KINDS = {
  section: (block, surface) => h("div", { class: "block section" },
    h("div", { class: "section-words" },
      block.text && h("div", { class: `words ${block.text.type}` }, h("span", { dir: "auto" }, text(block.text))),  // as Slack does
      block.fields && h("div", { class: "fields" },
        block.fields.map((field) => h("div", { class: "words" }, text(field))))),
    block.accessory && h("div", { class: "accessory" }, part(block, block.accessory, surface))),
  header: (block) => h("h3", { class: "block header" }, text(block.text)),
  divider: () => h("hr", { class: "block" }),
  context: (block) => h("div", { class: "block context" }, block.elements.map((one) =>
    one.type === "image" ? picture(one, "tiny") : h("span", {}, text(one)))),
  actions: (block, surface) => h("div", { class: "block actions" },
    block.elements.map((one) => part(block, one, surface))),
  context_actions: (block, surface) => h("div", { class: "block actions" },
    block.elements.map((one) => part(block, one, surface))),
  input: (block, surface) => input(block, surface),
  image: (block) => h("figure", { class: "block" },
    block.title && h("figcaption", {}, text(block.title)), picture(block, "wide")),
  alert: (block) => h("div", { class: `block alert ${block.level ?? "default"}` }, text(block.text)),
  rich_text: (block) => h("div", { class: "block words rich" }, rich(block)),
  markdown: (block) => h("div", { class: "block words rich" }, markdown(block.text)),
  video: (block) => h("div", { class: "block card" },
    link(block.title_url ?? block.video_url, block.title.text),
    block.description && h("p", {}, text(block.description)),
    picture({ image_url: block.thumbnail_url, alt_text: block.alt_text }, "wide")),
  table: (block) => h("div", { class: "block scroll", tabindex: "0" }, h("table", {}, block.rows.map((row) =>
    h("tr", {}, row.map((cell) => h("td", {}, cell.type === "rich_text" ? rich(cell) : text(cell.text))))))),
  card: (block, surface) => card(block, surface),
  carousel: (block, surface) => h("div", { class: "block carousel scroll", tabindex: "0" },
    block.elements.map((one) => card(one, surface))),
  container: (block, surface) => container(block, surface),
  task_card: (block) => task(block),
  plan: (block) => h("div", { class: "block card" },
    h("strong", {}, text(block.title)), h("ul", { class: "plan" }, (block.tasks ?? []).map((one) => h("li", {}, task(one))))),
};

function part(block, one, surface) {
  if (one.type === "image") return picture(one, "small");
  return element(block, one, surface) ?? unknown(one);
}

/** Pictures from other servers are not loaded: their alt text is shown. */
function picture(image, size) {
  const url = image.image_url ?? "";
  if (url.startsWith("data:") || url.startsWith("/")) {
    return h("img", { class: `picture ${size}`, src: url, alt: image.alt_text });
  }
  return h("span", { class: `picture away ${size}`, role: "img", "aria-label": image.alt_text, title: url },
    size === "tiny" ? "" : image.alt_text);
}

function card(block, surface) {
  return h("div", { class: "block card" },
    block.hero_image && picture(block.hero_image, "wide"),
    h("strong", {}, block.icon && picture(block.icon, "tiny"), text(block.title)),
    block.subtitle && h("div", { class: "soft" }, text(block.subtitle)),
    block.body && h("div", { class: "words" }, text(block.body)),
    block.subtext && h("div", { class: "soft" }, text(block.subtext)),
    block.actions && h("div", { class: "actions" }, block.actions.map((one) => part(block, one, surface))));
}

function container(block, surface) {
  const inner = h("div", { class: "blocks" });
  drawBlocks(inner, block.child_blocks, surface);
  const title = [block.icon && picture(block.icon, "tiny"),
    block.rich_text_title ? rich(block.rich_text_title) : text(block.title)];
  const under = block.subtitle && h("div", { class: "soft" }, text(block.subtitle));
  if (!block.is_collapsible) return h("div", { class: "block card" }, h("strong", {}, title), under, inner);
  return h("details", { class: "block card", open: !block.default_collapsed },
    h("summary", {}, h("strong", {}, title)), under, inner);
}

const MARKS = { complete: "✓", in_progress: "…", error: "✗", pending: "○" };
function task(block) {
  return h("div", { class: `task ${block.status ?? "pending"}` },
    h("span", { class: "task-mark", "aria-label": (block.status ?? "pending").replace("_", " "), role: "img" },
      MARKS[block.status] ?? "○"),
    h("div", {}, text(block.title),
      block.details && h("div", { class: "soft" }, rich(block.details)),
      block.output && h("div", {}, rich(block.output)),
      block.sources && h("div", { class: "soft" }, block.sources.map((one) => [link(one.url, one.text), " "]))));
}

// -- input blocks -------------------------------------------------------------------------------

function input(block, surface) {
  const id = newId("field");
  const control = element(block, block.element, surface, id) ?? unknown(block.element);
  const group = control.tagName === "FIELDSET";
  const words = [h("span", { class: "label-words" }), h("span", { class: "optional" })];
  const label = group
    ? h("legend", { class: "label" }, words)
    : h("label", { class: "label", for: id, id: `${id}-label` }, words);
  const node = h("div", { class: "block input-block" },
    !group && label, control,
    h("div", { class: "hint", id: `${id}-hint` }),
    h("div", { class: "error", id: `${id}-error`, role: "alert" }));
  if (group) control.prepend(label);
  node.control = control;
  node.field = group ? control : node.querySelector(`#${id}`) ?? control;
  node.addEventListener("input", () => showError(node, ""));
  node.addEventListener("change", () => showError(node, ""));
  wordsOf(node, block);
  return node;
}

function renewInput(node, block) {
  const before = node.block;
  const [old, now] = [before.element, block.element];
  if (old.type !== now.type || old.action_id !== now.action_id || !isControl(now)) return false;
  if (bare(old) !== bare(now) && !node.control.renew?.(now)) return false;
  wordsOf(node, block);
  return true;
}

/** An element without its initial value: at an update, Slack keeps the current value. */
function bare(one) {
  return JSON.stringify(one, (name, value) => (name.startsWith("initial_") ? undefined : value));
}

function wordsOf(node, block) {
  node.block = block;
  node.querySelector(".label-words").replaceChildren(...text(block.label));
  node.querySelector(".optional").textContent = block.optional ? " (optional)" : "";
  node.querySelector(".hint").replaceChildren(...text(block.hint));
  if (!block.optional) node.field.setAttribute("aria-required", "true");
  else node.field.removeAttribute("aria-required");
  describe(node);
}

function showError(node, words) {
  const slot = node.querySelector(".error");
  if (slot.textContent === words) return;
  slot.textContent = words;
  node.classList.toggle("wrong", Boolean(words));
  if (words) node.field.setAttribute("aria-invalid", "true");
  else node.field.removeAttribute("aria-invalid");
  describe(node);
}

function describe(node) {
  const ids = [...node.querySelectorAll(":scope > .hint, :scope > .error")]
    .filter((slot) => slot.textContent).map((slot) => slot.id);
  if (ids.length) node.field.setAttribute("aria-describedby", ids.join(" "));
  else node.field.removeAttribute("aria-describedby");
}

