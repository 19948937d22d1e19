// Text objects: plain_text, mrkdwn and rich_text as nodes. Nothing is ever inserted as HTML.
// https://docs.slack.dev/messaging/formatting-message-text

import { h } from "../dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { show } from "../links.js";
import { nameOf, state } from "../store.js";

const INLINE = /<(?<token>[^<>\n]+)>|`(?<code>[^`\n]+)`|:(?<emoji>[a-z0-9_+-]+):|(?<![\w*_~`])(?<mark>[*_~])(?=\S)(?<inner>[^\n]*?\S)\k<mark>(?![\w*_~`])/g;
const MARKS = { "*": "strong", _: "em", "~": "s" };

const unescape = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** The text as the person typed it: with names instead of ids. */
export const typed = (source) => unescape(source.replace(/<@(\w+)>/g, (_, id) => `@${nameOf(id)}`));

/** A text object, or a bare string as plain text. */
export function text(object) {
  if (!object) return [];
  if (typeof object === "string") return [withEmoji(object)];
  if (object.type === "mrkdwn") return mrkdwn(object.text);
  return [object.emoji === false ? object.text : withEmoji(object.text)];
}

export function mrkdwn(source) {
  return source.split("```").flatMap((part, index) =>
    index % 2 ? [h("pre", {}, h("code", {}, unescape(part.trim())))] : quotes(part));
}

/** Consecutive lines that begin with ">" form one quote. */
function quotes(source) {
  const nodes = [];
  let quote = [];
  const flush = () => {
    if (quote.length) nodes.push(h("blockquote", {}, lines(quote)));
    quote = [];
  };
  let plain = [];
  const flushPlain = () => {
    if (plain.length) nodes.push(...lines(plain));
    plain = [];
  };
  for (const line of source.split("\n")) {
    const quoted = /^> ?(.*)$/.exec(line);
    if (quoted) { flushPlain(); quote.push(quoted[1]); }
    else { if (quote.length) flush(); plain.push(line); }
  }
  flush();
  flushPlain();
  return nodes;
}

const lines = (all) => all.flatMap((line, index) => [index ? h("br") : "", ...inline(line)]);

function inline(source) {
  const nodes = [];
  let at = 0;
  for (const found of source.matchAll(INLINE)) {
    nodes.push(unescape(source.slice(at, found.index)));
    nodes.push(piece(found));
    at = found.index + found[0].length;
  }
  return [...nodes, unescape(source.slice(at))];
}

function piece({ 0: whole, groups }) {
  if (groups.token) return token(groups.token);
  if (groups.code) return h("code", {}, unescape(groups.code));
  if (groups.emoji) return picture(groups.emoji, whole);
  return h(MARKS[groups.mark], {}, inline(groups.inner));
}

function picture(name, whole) {
  const found = emoji(name);
  return found ? h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, found) : whole;
}

function token(inside) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const words = bar < 0 ? "" : unescape(inside.slice(bar + 1));
  if (target.startsWith("@")) return person(target.slice(1));
  if (target.startsWith("#")) return mention(`#${words || channelName(target.slice(1))}`);
  if (target.startsWith("!date^")) return date(target, words);
  if (target.startsWith("!")) return mention(`@${words || target.slice(1).split("^")[0]}`.replace("@@", "@"));
  return link(unescape(target), words);
}

/** As Slack has it: `pretty` dates are "today" and so on where that is shorter. */
function day(at, form) {
  const away = (new Date(at).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86_400_000;
  const near = { [-1]: "yesterday", 0: "today", 1: "tomorrow" }[Math.round(away)];
  if (form.includes("pretty") && near) return near;
  return at.toLocaleDateString([], { month: form.includes("short") ? "short" : "long", day: "numeric", year: "numeric" });
}

/** A date in the reader's time zone, in the most common formats. */
function date(target, words) {
  const at = new Date(Number(target.split("^")[1]) * 1000);
  const form = target.split("^")[2] ?? "";
  const time = at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  const said = form.replace(/\{date[a-z_]*\}/g, (name) => day(at, name)).replace(/\{time[a-z_]*\}/g, time);
  return h("time", { datetime: at.toISOString(), title: words }, said || words);
}

const channelName = (id) => state.channels.get(id)?.name ?? id;
const mention = (words, mine = false) => h("span", { class: mine ? "mention mine" : "mention" }, words);
export const person = (id) => mention(`@${nameOf(id)}`, id === state.me);

export function link(url, words) {
  if (!/^(https?|mailto):/i.test(url)) return words || url;
  const onclick = (event) => { if (show(url)) event.preventDefault(); };
  return h("a", { href: url, target: "_blank", rel: "noreferrer noopener", onclick }, words || url);
}

// -- rich_text: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block ---------------

export function rich(block) {
  return (block?.elements ?? []).map((part) => {
    const inner = () => part.elements.map(richInline);
    switch (part.type) {
      case "rich_text_list": {
        const tag = part.style === "ordered" ? "ol" : "ul";
        return h(tag, {}, part.elements.map((item) => h("li", {}, item.elements.map(richInline))));
      }
      case "rich_text_quote": return h("blockquote", {}, inner());
      case "rich_text_preformatted": return h("pre", {}, h("code", {}, inner()));
      default: return h("p", {}, inner());
    }
  });
}

function richInline(part) {
  switch (part.type) {
    case "user": return person(part.user_id);
    case "channel": return mention(`#${channelName(part.channel_id)}`);
    case "broadcast": return mention(`@${part.range}`);
    case "emoji": return picture(part.name, `:${part.name}:`);
    case "link": return styled(link(part.url, part.text), part.style);
    default: return styled(String(part.text ?? ""), part.style);
  }
}

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };
function styled(node, style = {}) {
  return Object.keys(STYLES).filter((name) => style[name])
    .reduce((inner, name) => h(STYLES[name], {}, inner), h("span", { class: "lines" }, node));
}

/** The `markdown` block: headings, lists, bold, italic, code and links; the rest as plain text. */
export function markdown(source) {
  return source.split(/\n{2,}/).map((part) => {
    const heading = /^#{1,6} (.*)$/.exec(part);
    if (heading) return h("p", {}, h("strong", {}, heading[1]));
    const rows = part.split("\n");
    if (rows.every((row) => /^[-*] /.test(row))) {
      return h("ul", {}, rows.map((row) => h("li", {}, inline(slackish(row.slice(2))))));
    }
    return h("p", {}, lines(rows.map(slackish)));
  });
}

const slackish = (row) => row
  .replace(/(?<!\*)\*(?!\*)([^*]+)\*(?!\*)/g, "_$1_")
  .replace(/\*\*([^*]+)\*\*/g, "*$1*")
  .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, "<$2|$1>");
