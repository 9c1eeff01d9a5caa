import { beforeEach, expect, it } from "vitest";
import { Messages } from "../src/converse/act/messages.js";
import type { Compat } from "../src/converse/converse.js";
import type { Rooms } from "../src/converse/act/rooms.js";
import { Outboxes } from "../src/outboxes.js";
import { OutboxView } from "../src/ui/outbox-view.js";
import { draft } from "./core/outbox/life.js";
import { FakeClock } from "./fake-clock.js";

const SHOWN = 1_000;
const WAITING = 20;

const rooms = Array.from({ length: 11 }, (_, at) => `room${at}@rooms.test`);
const [ROOM = ""] = rooms;
/** How many messages were looked at to find others. */
let looks: number;
let isConnected: boolean;
let outboxes: Outboxes;
let view: OutboxView;

const message = (id: string) => ({
  get: (name: string) => {
    if (name !== "msgid") return undefined;
    looks++;
    return id;
  },
  save: () => undefined,
});

const mucOf = (room: string) => ({
  get: () => room,
  messages: {
    models: Array.from({ length: SHOWN }, (_, at) => message(`${room} ${at}`)),
  },
});

const mucs = new Map(rooms.map((room) => [room, mucOf(room)]));

beforeEach(() => {
  looks = 0;
  isConnected = false;
  const messages = new Messages(
    {} as Compat,
    { modelOf: (room: string) => mucs.get(room) } as unknown as Rooms,
  );
  view = new OutboxView(messages, (text) => text);
  outboxes = new Outboxes(
    {
      clock: new FakeClock(),
      store: { load: () => null, mirror: () => undefined },
      screen: view,
      acts: {
        send: () => (isConnected ? "sent" : "not-now"),
        failed: () => undefined,
        revived: () => undefined,
        ended: () => undefined,
      },
      isKept: () => true,
      wayOf: () => "closed",
      hasArchive: () => false,
      isLeader: () => true,
    },
    { messageWaitMs: 3_600_000, answerMs: 10_000 },
  );
  return () => outboxes.stop();
});

const type = (room: string | undefined, id: string) =>
  outboxes.offer(draft(id, { room: room ?? "" }), true);

it("typing what waits looks at each message of its room once, and only for what is new", () => {
  for (let at = 0; at < WAITING; at++) {
    looks = 0;
    type(ROOM, `new ${at}`);
    expect(looks).toBe(SHOWN);
  }
});

it("events that change nothing look at no message, however much waits", () => {
  for (let at = 0; at < WAITING; at++) {
    type(rooms[at % rooms.length], `new ${at}`);
  }
  looks = 0;
  for (let event = 0; event < 4; event++) {
    outboxes.streamBroke();
    for (const room of rooms) outboxes.closed(room);
  }
  expect(looks).toBe(0);
});

it("a room whose messages were loaded is looked through once, and no other", () => {
  for (let at = 0; at < WAITING; at++) type(rooms[at % 2], `new ${at}`);
  looks = 0;
  view.renew(ROOM);
  expect(looks).toBe(SHOWN);
});

it("messages that the server could not have are looked for together", () => {
  for (let at = 0; at < WAITING; at++) type(ROOM, `new ${at}`);
  looks = 0;
  outboxes.opened(ROOM, true);
  expect(looks).toBe(SHOWN);
});

it("messages that went out are looked for no more", () => {
  for (let at = 0; at < WAITING; at++) type(ROOM, `new ${at}`);
  looks = 0;
  isConnected = true;
  outboxes.opened(ROOM, true);
  view.renew(ROOM);
  expect(looks).toBe(0);
});
