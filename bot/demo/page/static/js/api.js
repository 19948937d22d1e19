// What the person does, sent to the stand-in in the order in which it was done.

import { changed, state } from "./store.js";

export async function post(path, given = {}) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(given),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.json();
}

export function notice(text) {
  state.notice = text;
  changed("notice");
}

/** One action, now. `ok` tells whether it succeeded; if not, what Slack says is shown. */
export async function perform(name, given, { quiet = false } = {}) {
  try {
    const answer = await post(`/actions/${name}`, { as: state.me, ...given });
    if (!answer.ok && !quiet) notice(answer.shown ?? answer.gone);
    return answer;
  } catch (error) {
    if (!quiet) notice(`The workspace did not answer. (${error.message})`);
    return { ok: false, shown: error.message };
  }
}

let last = Promise.resolve();
/** One action after the earlier ones, so that what was typed arrives before it is submitted. */
export function performInOrder(name, given, options) {
  last = last.then(() => perform(name, given(), options));
  return last;
}

/** Sends a file, after the earlier actions. `where`: of a field, or {channel} of a message. */
export function upload(name, where, file) {
  last = last.then(async () => {
    const given = new URLSearchParams({ given: JSON.stringify({ as: state.me, name: file.name, ...where }) });
    try {
      const answer = await (await fetch(`/uploads/${name}?${given}`, { method: "POST", body: file })).json();
      if (!answer.ok) notice(answer.shown ?? answer.gone);
    } catch (error) {
      notice(`The file was not uploaded. (${error.message})`);
    }
  });
  return last;
}

const unsent = new Map(); // of several keystrokes in a field, only the newest text is sent
const sending = new Map();
const keyOf = ({ container, block_id, action_id }) => JSON.stringify([container, block_id, action_id]);

export function type(where, text, enter = false) {
  const key = keyOf(where);
  const waits = unsent.has(key);
  unsent.set(key, { ...where, text, enter: enter || (unsent.get(key)?.enter ?? false) });
  if (waits) return;
  sending.set(key, (sending.get(key) ?? 0) + 1);
  performInOrder("type", () => {
    const newest = unsent.get(key);
    unsent.delete(key);
    return newest;
  }, { quiet: true }).finally(() => sending.set(key, sending.get(key) - 1));
}

/** Whether a field has keystrokes that the stand-in has not received. */
export const isSending = (where) => (sending.get(keyOf(where)) ?? 0) > 0;
