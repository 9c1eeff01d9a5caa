/* global document, window, EventSource, fetch, setInterval */
/** The panel beside Alice's Converse: switches, state, and the timeline of what happens on the wire. */
import { createReader } from "./stanzas.js";

const $ = (id) => document.getElementById(id);
const frame = $("chat");

/** Who did it, for the colour and the arrow of a line. */
const SIDE = {
  push: "in",
  pong: "in",
  seat: "in",
  enabled: "in",
  refused: "in",
  out: "in",
  message: "in",
  missed: "in",
  answer: "out",
  ping: "out",
  join: "out",
  disable: "out",
  leave: "out",
  verdict: "plugin",
  back: "plugin",
  gaveUp: "plugin",
  crash: "server",
  restart: "server",
  reload: "server",
  bob: "bob",
};

const VERDICTS = {
  joined: "Verdict: still in, nothing to do",
  out: "Verdict: out, so rejoin",
  gone: "Verdict: the room is gone, so rejoin",
  unreachable: "Verdict: the server is away, ask again later",
};

const state = {
  room: "",
  running: false,
  crashedAt: 0,
  seatedAt: 0,
  pluginOn: true,
  said: [],
  seen: new Set(),
};
/** Every line, oldest first; `npm run demo -- --check` reads and prints it. */
window.timeline = [];

/** Seconds since the last crash, or "" before the first. */
function sinceCrash(at) {
  return state.crashedAt === 0
    ? ""
    : `${((at - state.crashedAt) / 1000).toFixed(3)} s`;
}

function addLine(kind, text, at) {
  const line = { kind, text, at, time: sinceCrash(at) };
  // The stage's lines and the page's come over different ways: the clock decides the order.
  const later = window.timeline.findIndex((other) => other.at > at);
  const place = later < 0 ? window.timeline.length : later;
  window.timeline.splice(place, 0, line);
  const item = document.createElement("li");
  item.dataset.side = SIDE[kind];
  item.dataset.kind = kind;
  for (const [tag, content] of [
    ["time", line.time || "before"],
    ["span", text],
  ]) {
    item.append(
      Object.assign(document.createElement(tag), { textContent: content }),
    );
  }
  $("timeline").insertBefore(item, $("timeline").children[place] ?? null);
  item.scrollIntoView({ block: "end" });
}

function show(id, mood, text) {
  $(id).dataset.mood = mood;
  $(id).textContent = text;
}

function isSeated() {
  return (
    state.seatedAt > 0 &&
    (state.crashedAt === 0 || state.seatedAt > state.crashedAt)
  );
}

function refresh() {
  const { running, said, seen } = state;
  show("server", running ? "good" : "bad", running ? "running" : "killed");
  if (isSeated()) show("seat", "good", "in the room");
  else if (state.seatedAt > 0) show("seat", "bad", "out");
  else show("seat", "idle", "on her way");
  const arrived = said.filter((body) => seen.has(body)).length;
  show(
    "messages",
    arrived === said.length ? "good" : "bad",
    `${arrived} of ${said.length}`,
  );
  $("crash").disabled = !running;
  $("restart").disabled = running;
  $("speak").disabled = !running;
}

/** What the page sends and receives, and what the plugin concludes. */
function watchPage(rig) {
  const read = createReader(state.room);
  function onWire(entry) {
    const found = read(entry);
    if (!found) return;
    const { kind, text, body } = found;
    if (kind === "seat") state.seatedAt = entry.at;
    if (kind === "out" || kind === "leave") state.seatedAt = 0;
    const isNews = body === undefined || !state.seen.has(body);
    if (body !== undefined) state.seen.add(body);
    if (isNews) addLine(kind, text, entry.at);
    refresh();
  }
  function onEvent({ name, payload, at }) {
    if (name === "mucPushChecked")
      addLine("verdict", VERDICTS[payload.verdict] ?? payload.verdict, at);
    if (name === "mucPushBack")
      addLine(
        "back",
        `Back, ${Math.round(payload.outForMs)} ms after finding out`,
        at,
      );
    if (name === "mucPushGivenUp")
      addLine("gaveUp", `Stays out: ${payload.reason}`, at);
  }
  rig.wire.forEach(onWire);
  rig.on((kind, entry) => (kind === "wire" ? onWire(entry) : onEvent(entry)));
}

function loadChat() {
  state.seatedAt = 0;
  state.seen.clear();
  refresh();
  frame.src = state.pluginOn ? "/chat/with-plugin" : "/chat/without-plugin";
}

frame.addEventListener("load", () => {
  const { rig } = frame.contentWindow;
  if (rig) watchPage(rig);
});

/** Logs Alice out properly first, so that the next page starts from nothing. */
async function switchPlugin() {
  state.pluginOn = $("plugin").checked;
  try {
    await frame.contentWindow.rig?._converse?.api.user.logout();
  } finally {
    const text = `Alice's page loads again, ${state.pluginOn ? "with" : "without"} the plugin`;
    addLine("reload", text, Date.now());
    loadChat();
  }
}

const STAGE = {
  hello({ room, running, said }) {
    Object.assign(state, { room, running, said: [...said] });
    loadChat();
  },
  crashed({ at }) {
    state.crashedAt = at;
    state.running = false;
    addLine("crash", "Room server killed (SIGKILL)", at);
  },
  starting: ({ at }) => addLine("restart", "Room server starts again", at),
  started({ at }) {
    state.running = true;
    addLine("restart", "Room server is up", at);
  },
  "bob-joins": ({ at }) => addLine("bob", "Bob takes his seat", at),
  "bob-says"({ at, body }) {
    state.said.push(body);
    addLine("bob", `Bob: ${body}`, at);
  },
};

new EventSource("/events").addEventListener("message", ({ data }) => {
  const event = JSON.parse(data);
  STAGE[event.name](event);
  refresh();
});

for (const name of ["crash", "restart", "speak"]) {
  $(name).addEventListener("click", async () => {
    $(name).disabled = true;
    try {
      await fetch(`/switch/${name}`, { method: "POST" });
    } finally {
      refresh();
    }
  });
}
$("plugin").addEventListener("change", () => void switchPlugin());
setInterval(() => {
  if (state.crashedAt > 0)
    $("clock").textContent =
      `${((Date.now() - state.crashedAt) / 1000).toFixed(0)} s since the crash`;
}, 200);
