import { expect, test } from "vitest";
import type { Chat } from "./chat";
import type { ChatOptions } from "./harness";
import { lendBrowser } from "./lent-browser";
import { NS, x, type Room } from "./scripted-server";

const QUIET_MS = 30_000;
const SILENCE_MS = 900_000;
const HOUR_MS = 3_600_000;
const GROUPCHAT = { type: "groupchat" };
const CHAT_STATES = { xmlns: "http://jabber.org/protocol/chatstates" };

const harness = lendBrowser();

/** A page whose time stands still from now on, in rooms that have all just been heard. */
async function open(rooms: string[], options: ChatOptions = {}) {
  const chat = await harness().open({
    rooms,
    isTimeScripted: true,
    ...options,
  });
  await chat.fence();
  await chat.stopTime();
  const all = rooms.map((name) => chat.room(name));
  for (const room of all) await speak(chat, room);
  return { chat, server: chat.server, clock: chat.page.clock, rooms: all };
}

/**
 * An occupant types. Of the author of a message Converse would ask for the vCard, when it has drawn the message:
 * an answer that comes after time has run fast is late.
 */
async function speak(chat: Chat, room: Room): Promise<void> {
  room.pass("juliet", x("message", GROUPCHAT, x("composing", CHAT_STATES)));
  await chat.fence();
}

const looks = {
  "the tab becomes visible": (chat: Chat) => chat.comeBack(),
  "the browser comes online": (chat: Chat) => chat.comeOnline(),
};

test.each(Object.entries(looks))(
  "when %s, rooms that were silent are pinged once, others not",
  async (_what, look) => {
    const names = ["silent", "talking", "idle@else.test"];
    const { chat, clock, rooms } = await open(names);
    const [silent, talking, idle] = rooms as [Room, Room, Room];
    await clock.runFor(QUIET_MS - 1);
    await look(chat);
    await chat.fence();
    expect(rooms.map((room) => room.count("ping"))).toEqual([0, 0, 0]);

    await speak(chat, talking);
    await clock.runFor(1);
    await look(chat);
    await chat.heard("mucPushChecked", silent);
    await chat.heard("mucPushChecked", idle);
    await look(chat);
    await chat.fence();
    expect(rooms.map((room) => room.count("ping"))).toEqual([1, 0, 1]);
  },
);

test.each(Object.entries(looks))(
  "when %s after hours of sleep, one ping finds out and one join brings back",
  async (_what, look) => {
    const { chat, server, clock, rooms } = await open(["garden", "balcony"]);
    server.rebootRooms();
    await clock.fastForward(8 * HOUR_MS);
    await look(chat);
    for (const room of rooms) {
      await chat.heard("mucPushBack", room);
      expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
    }
  },
);

test("a tab that goes to the back asks nothing", async () => {
  const { chat, clock, rooms } = await open(["garden"]);
  await clock.runFor(QUIET_MS);
  await chat.setVisible(false);
  await chat.fence();
  expect(rooms[0]?.count("ping")).toBe(0);
});

test("how long a room has to be quiet before a look at the tab is a setting; 0 is always", async () => {
  const { chat, rooms } = await open(["garden"], {
    settings: { muc_push_quiet_ms: 0 },
  });
  await chat.comeBack();
  await chat.heard("mucPushChecked", rooms[0] as Room);
});

/** Rooms that differ in how a loss of the seat would show. */
function prepareGuards(server: Chat["server"]): void {
  for (const name of ["plain", "ready"])
    server.room(name).features.delete(NS.push);
  for (const name of ["ready", "both"])
    server.room(name).features.add(NS.mucReady);
}

test("a room that neither pushes nor says when it is ready is pinged after 15 minutes of silence", async () => {
  const names = ["plain", "ready", "pushing", "both"];
  const { chat, clock, rooms } = await open(names, { prepare: prepareGuards });
  const [plain, ...guarded] = rooms as [Room, ...Room[]];
  const reports = await Promise.all(rooms.map((room) => chat.report(room)));
  expect(reports.map((report) => report?.guard)).toEqual([
    "silence",
    "ready",
    "push",
    "push",
  ]);
  await clock.runFor(SILENCE_MS - 60_000);
  await speak(chat, plain);
  await clock.runFor(SILENCE_MS - 1);
  await chat.fence();
  expect(plain.count("ping")).toBe(0);

  await clock.runFor(1);
  await chat.heard("mucPushChecked", plain);
  await clock.runFor(SILENCE_MS - 1);
  await chat.fence();
  expect(plain.count("ping")).toBe(1);

  plain.forgetSeats();
  await clock.runFor(1);
  await chat.heard("mucPushBack", plain);
  expect(plain.order(0, "ping", "join")).toEqual([
    "join",
    "ping",
    "ping",
    "join",
  ]);
  for (const room of guarded) expect(room.count("ping")).toBe(0);
});

test("a room that pushes, or says when it is ready, causes no traffic at all for two hours, and then one ping", async () => {
  const names = ["ready", "pushing", "both"];
  const { chat, server, clock, rooms } = await open(names, {
    prepare: prepareGuards,
    settings: { idle_presence_timeout: 0 },
  });
  // What Converse itself has to say after joining.
  await clock.runFor(60_000);
  await chat.fence();
  const from = server.received.mark();
  await clock.runFor(2 * HOUR_MS - 120_000);
  const quiet = server.received.entries.slice(from);
  expect(quiet.map(String)).toEqual([]);
  // In steps, so that each answer comes in time.
  const isAsked = () => rooms.every((room) => room.count("ping") > 0);
  for (let step = 0; step < 130 && !isAsked(); step++) {
    await clock.runFor(1_000);
    await chat.fence();
  }
  for (const room of rooms) expect(room.count("ping")).toBe(1);
  for (const room of rooms) expect(await chat.state(room)).toBe("joined");
});

test("silence is no reason to ask when that is turned off", async () => {
  const { chat, clock, rooms } = await open(["plain"], {
    prepare: prepareGuards,
    settings: { muc_push_silence_ms: 0 },
  });
  await clock.runFor(2 * HOUR_MS);
  await chat.fence();
  expect(rooms[0]?.count("ping")).toBe(0);
});

test("a room whose registration was refused is watched by its silence", async () => {
  const { chat, clock, rooms } = await open(["garden"], {
    prepare: (server) =>
      server.room("garden").onEnable(() => ({
        kind: "error",
        error: { condition: "internal-server-error", type: "wait" },
      })),
  });
  await clock.runFor(SILENCE_MS);
  await chat.heard("mucPushChecked", rooms[0] as Room);
});
