// The files of a message: videos that play with their captions, and captions as text.

import { h, icon } from "../dom.js";

export function file(one) {
  if (one.mimetype.startsWith("video/")) return video(one);
  if (one.mimetype.startsWith("audio/")) return audio(one);
  if (one.mimetype.startsWith("image/")) return h("img", { class: "picture wide", src: one.local_url, alt: one.alt_txt || one.name });
  return one.name.endsWith(".srt") ? captions(one) : h("div", { class: "file" }, line(one));
}

function video(one) {
  const player = h("video", {
    controls: true, preload: "metadata", src: one.local_url, "aria-label": one.alt_txt || one.name, playsinline: true,
  });
  const recorded = one.subtype === "slack_video" && h("p", { class: "file-note" }, "Video message");
  if (!one.captions_url) return h("div", { class: "file video" }, recorded, player, line(one));
  player.append(h("track", { kind: "captions", label: "Captions", srclang: "en", src: one.captions_url, default: true }));
  const unlike = h("p", { class: "file-note" }, "Slack shows captions as a file, not over the video.");
  return h("div", { class: "file video" }, player, unlike, line(one));
}

function audio(one) {
  const player = h("audio", { controls: true, preload: "metadata", src: one.local_url, "aria-label": one.name });
  return h("div", { class: "file" }, one.subtype === "slack_audio" && h("p", { class: "file-note" }, "Voice message"), player, line(one));
}

/** The captions with their times; a click on a time plays the video from there. */
function captions(one) {
  const list = h("ol", { class: "cues", hidden: true });
  const button = h("button", { type: "button", class: "button small", "aria-expanded": "false" }, "Read");
  const node = h("div", { class: "file captions" }, line(one, button), list);
  button.addEventListener("click", async () => {
    if (!list.childElementCount) list.append(...(await cues(one.local_url)).map((cue) => entry(cue, node)));
    list.hidden = !list.hidden;
    button.setAttribute("aria-expanded", String(!list.hidden));
    button.textContent = list.hidden ? "Read" : "Close";
  });
  return node;
}

function entry({ time, seconds, words }, node) {
  const play = () => {
    const player = node.parentElement.querySelector("video");
    if (!player) return;
    player.currentTime = seconds;
    player.play();
  };
  return h("li", {}, h("button", { type: "button", class: "cue-time", title: "Play from here", onclick: play }, time), h("span", {}, words));
}

async function cues(url) {
  const srt = await (await fetch(url)).text();
  return srt.trim().split(/\r?\n\r?\n/).map((part) => {
    const rows = part.split(/\r?\n/);
    const [, hours, minutes, rest, ms] = /(\d+):(\d+):(\d+)[,.](\d+)/.exec(rows[1]) ?? [];
    const seconds = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest) + Number(ms) / 1000;
    return { seconds, time: clock(Math.floor(seconds)), words: rows.slice(2).join(" ") };
  });
}

/** As in bot/domain/captions.py: a caption is listed at the second in which it begins. */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

function line(one, ...more) {
  return h("div", { class: "file-line" },
    icon("file"),
    h("span", { class: "file-name" }, one.title || one.name),
    h("span", { class: "soft" }, size(one.size)),
    more,
    h("a", { class: "button small icon-only", href: one.local_url, download: one.name, "aria-label": `Download ${one.name}`, title: "Download" }, icon("save")));
}

const size = (bytes) => bytes < 10_000 ? `${bytes} bytes` : bytes < 1_000_000
  ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
