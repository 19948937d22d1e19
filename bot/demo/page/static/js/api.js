// A person's moves, sent to the stand-in in the order in which they were made.

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

/** One move now. What Slack would say to a failure is shown; `ok` says whether it went through. */
export async function move(name, given, { quiet = false } = {}) {
  try {
    const answer = await post(`/moves/${name}`, { as: state.me, ...given });
    if (!answer.ok && !quiet) notice(answer.shown ?? answer.gone);
    return answer;
  } catch (error) {
    if (!quiet) notice(`The workspace did not answer. (${error.message})`);
    return { ok: false, shown: error.message };
  }
}

let last = Promise.resolve();
/** One move after those before it: what was typed is there before it is submitted. */
export function inTurn(name, given, options) {
  last = last.then(() => move(name, given(), options));
  return last;
}

const unsent = new Map(); // of key strokes in one field, only the newest is sent
const sending = new Map();
const keyOf = ({ place, block_id, action_id }) => JSON.stringify([place, block_id, action_id]);

export function type(where, text, enter = false) {
  const key = keyOf(where);
  const waits = unsent.has(key);
  unsent.set(key, { ...where, text, enter: enter || (unsent.get(key)?.enter ?? false) });
  if (waits) return;
  sending.set(key, (sending.get(key) ?? 0) + 1);
  inTurn("type", () => {
    const newest = unsent.get(key);
    unsent.delete(key);
    return newest;
  }, { quiet: true }).finally(() => sending.set(key, sending.get(key) - 1));
}

/** Whether a field has key strokes that the stand-in has not heard of. */
export const isSending = (where) => (sending.get(keyOf(where)) ?? 0) > 0;
