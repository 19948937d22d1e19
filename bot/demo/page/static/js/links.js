// Addresses: a message of this workspace is shown in the page, as in Slack; all others open anew.

import { go, state } from "./store.js";

const MESSAGE = /\.slack\.com\/archives\/(?<channel>\w+)\/p(?<seconds>\d+)(?<digits>\d{6})(?:\?.*thread_ts=(?<thread>[\d.]+))?/;

/** Opens it, also in a new window. */
export function open(url) {
  if (!show(url)) window.open(url, "_blank", "noopener,noreferrer");
}

/** Shows the message that the address is about, with its thread. False: it is about none here. */
export function show(url) {
  const { channel, seconds, digits, thread } = MESSAGE.exec(url)?.groups ?? {};
  const ts = `${seconds}.${digits}`;
  const message = state.messages.get(channel)?.get(ts);
  if (!message) return false;
  go(channel, { thread: thread ?? (message.reply_count ? ts : null) });
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const place = document.querySelector(`${thread ? "#thread" : "#main"} [data-ts="${ts}"]`);
    place?.scrollIntoView({ block: "nearest" });
  }));
  return true;
}
