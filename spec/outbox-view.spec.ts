import { beforeEach, expect, it } from "vitest";
import { Messages } from "../src/converse/act/messages.js";
import type { Compat } from "../src/converse/converse.js";
import type { Rooms } from "../src/converse/act/rooms.js";
import { waitingIn } from "../src/core/outbox/outbox-state.js";
import type { Pending } from "../src/core/outbox/pending.js";
import { Keeper } from "../src/keeper.js";
import { OutboxView } from "../src/ui/outbox-view.js";
import { idleActs, noFacts } from "./acts.js";
import { draft } from "./core/outbox/life.js";
import { LIMITS } from "./core/seat/life.js";
import { FakeClock } from "./fake-clock.js";

const SHOWN = 1_000;
const WAITING = 20;

const rooms = Array.from({ length: 11 }, (_, at) => `room${at}@rooms.test`);
const [ROOM = ""] = rooms;
/** How many messages were looked at to find others. */
let looks: number;
/** The messages that were looked for: a list of ids each time. */
let sought: string[][];
let isConnected: boolean;
let keeper: Keeper;
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
  sought = [];
  isConnected = false;
  const messages = new Messages(
    {} as Compat,
    { modelOf: (room: string) => mucs.get(room) } as unknown as Rooms,
  );
  const page = {
    msgidsOf: (entries: readonly Pending[]) => {
      sought.push(entries.map(({ id }) => id));
      return messages.msgidsOf(entries);
    },
    wordsOf: () => [],
  };
  view = new OutboxView(page, (text) => text);
  keeper = new Keeper(
    {
      clock: new FakeClock(),
      rooms: {
        has: () => true,
        isBelievedIn: () => true,
        hasFeature: () => false,
        hasArchive: () => false,
        refresh: () => Promise.resolve(),
        isVisible: () => false,
      },
      limits: LIMITS,
      messageWaitMs: 3_600_000,
      isActing: () => true,
    },
    { ...idleActs, send: () => (isConnected ? "sent" : "not-now") },
    [view],
  );
  for (const room of rooms) keeper.tell(room, { type: "join-began" });
  return () => keeper.forgetAll();
});

function type(room: string | undefined, id: string): void {
  const message = draft(id, { room: room ?? "" });
  keeper.tell(room ?? "", { type: "typed", draft: message, isConnected: true });
}

/** The room lets the user in, and says all that it has. */
function letIn(room: string): void {
  const facts = { ...noFacts, isShownIn: true };
  keeper.tell(room, { type: "join-sent", facts });
  keeper.tell(room, { type: "self-presence", nick: "alice" });
  keeper.tell(room, { type: "subject-told" });
}

const departure = { comesBack: true, reason: "shutdown" } as const;
const waiting = (room: string) => waitingIn(keeper.ask(room).outbox);

it("typing what waits looks at each message of its room once, and only for what is new", () => {
  for (let at = 0; at < WAITING; at++) {
    looks = 0;
    sought = [];
    type(ROOM, `new ${at}`);
    expect(looks).toBe(SHOWN);
    expect(sought).toEqual([[`new ${at}`]]);
  }
});

it("events that change nothing look at no message, however much waits", () => {
  for (let at = 0; at < WAITING; at++) {
    type(rooms[at % rooms.length], `new ${at}`);
  }
  looks = 0;
  sought = [];
  for (let event = 0; event < 4; event++) {
    for (const room of rooms)
      keeper.tell(room, { type: "departed", departure });
    keeper.tellAll({ type: "stream-down" });
    keeper.tellAll({ type: "stream-up" });
  }
  expect(looks).toBe(0);
  expect(sought).toEqual([]);
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
  letIn(ROOM);
  expect(waiting(ROOM)).toHaveLength(WAITING);
  expect(looks).toBe(SHOWN);
});

it("messages that went out are looked for no more", () => {
  for (let at = 0; at < WAITING; at++) type(ROOM, `new ${at}`);
  looks = 0;
  isConnected = true;
  letIn(ROOM);
  expect(waiting(ROOM)).toEqual([]);
  view.renew(ROOM);
  expect(looks).toBe(0);
});
