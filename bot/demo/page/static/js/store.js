// What the page knows: a copy of the workspace, and what the person is looking at.

export const state = {
  me: null, team: "", app: null,
  people: new Map(), channels: new Map(),
  messages: new Map(), // channel id -> Map(ts -> message)
  views: [], home: null,
  calls: [], bill: null, status: null, connected: false,
  channel: null, thread: null, tab: "messages", read: new Map(),
};

const listeners = new Map();

/** Calls `listener` whenever something of these kinds changed. */
export function on(kinds, listener) {
  for (const kind of kinds.split(" ")) {
    if (!listeners.has(kind)) listeners.set(kind, new Set());
    listeners.get(kind).add(listener);
  }
}

const due = new Set();
/** Several changes in a row are drawn once. */
export function changed(...kinds) {
  if (!due.size) queueMicrotask(draw);
  kinds.forEach((kind) => due.add(kind));
}

function draw() {
  const kinds = [...due];
  due.clear();
  const calls = new Set(kinds.flatMap((kind) => [...(listeners.get(kind) ?? [])]));
  calls.forEach((listener) => listener());
}

const ALL = ["places", "messages", "views", "home", "here", "status"];
const MOST_CALLS = 600; // rows

const handlers = {
  everything(event) {
    Object.assign(state, { me: event.me, team: event.team, app: event.app, home: event.home });
    state.views = event.views;
    places(event);
    state.messages = new Map();
    event.messages.forEach(keep);
    if (!state.read.size) state.channels.forEach((one) => state.read.set(one.id, messagesOf(one.id).at(-1)?.ts ?? ""));
    if (!state.channels.has(state.channel)) {
      state.channel = event.channels.find((c) => c.kind === "public")?.id ?? null;
      state.thread = null;
    }
    changed(...ALL);
  },
  places(event) { places(event); changed("places"); },
  message({ message }) {
    const isNew = !state.messages.get(message.channel)?.has(message.ts);
    keep(message);
    if (isNew && message.user !== state.me) { state.arrived = message; changed("arrived"); }
    changed("messages");
  },
  gone({ channel, ts }) {
    state.messages.get(channel)?.delete(ts);
    if (state.thread === ts) { state.thread = null; changed("here"); }
    changed("messages");
  },
  views(event) { state.views = event.views; changed("views"); },
  home(event) { state.home = event.home; changed("home"); },
  calls(event) { state.calls = event.rows; changed("calls"); },
  call({ row }) {
    const at = state.calls.findLastIndex((known) => known.n === row.n);
    if (at >= 0) state.calls[at] = row;
    else state.calls.push(row);
    if (state.calls.length > MOST_CALLS) state.calls.shift();
    changed("calls");
  },
  bill(event) { state.bill = event; changed("bill"); },
  status(event) { state.status = event; changed("status"); },
  notice(event) { state.notice = event.text; changed("notice"); },
};

function places({ people, channels }) {
  state.people = new Map(people.map((one) => [one.id, one]));
  state.channels = new Map(channels.map((one) => [one.id, one]));
}

function keep(message) {
  if (!state.messages.has(message.channel)) state.messages.set(message.channel, new Map());
  state.messages.get(message.channel).set(message.ts, message);
}

let source = null;
/** Follow the workspace as this person (an id, or "" for the first). */
export function follow(person) {
  source?.close();
  source = new EventSource(`/events?as=${encodeURIComponent(person)}`);
  source.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    handlers[event.kind](event);
  };
  source.onopen = () => { state.connected = true; changed("status"); };
  source.onerror = () => { state.connected = false; changed("status"); };
}

export function go(channel, { thread = null, tab = "messages" } = {}) {
  Object.assign(state, { channel, thread, tab });
  changed("here", "messages");
}

// -- names --------------------------------------------------------------------------------------

export const nameOf = (id) => state.people.get(id)?.name ?? id;

/** The name of a channel, or of the other person in a direct message. */
export function label(channel) {
  if (!channel) return "";
  if (channel.kind !== "im") return channel.name;
  return nameOf(channel.members.find((id) => id !== state.me) ?? state.me);
}

export const inOrder = (messages) => messages.sort((a, b) => (a.ts < b.ts ? -1 : 1));

export function messagesOf(channel) {
  return inOrder([...(state.messages.get(channel)?.values() ?? [])]);
}
