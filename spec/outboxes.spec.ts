import { beforeEach, describe, expect, it } from "vitest";
import { find, waitingIn } from "../src/core/outbox/outbox-state.js";
import {
  isFailed,
  type Draft,
  type Pending,
} from "../src/core/outbox/pending.js";
import { Outboxes } from "../src/outboxes.js";
import type { StanzaError } from "../src/core/events.js";
import { FakeClock } from "./fake-clock.js";

const ROOM = "garden@rooms.test";
const WAIT_MS = 60_000;
const ANSWER_MS = 10_000;

const draft = (id: string, isPrivate = false, room = ROOM): Draft => ({
  room,
  isPrivate,
  id,
  originId: null,
  target: id,
  body: id,
  xml: `<message id="${id}"/>`,
});

let clock: FakeClock;
let isKept: boolean;
let isOpen: boolean;
let isLeader: boolean;
let isConnected: boolean;
let hasArchive: boolean;
let stored: Map<string, Pending>;
/** What was handed to the server again, by id. */
let resent: string[];
let heard: string[];
/** What is shown as waiting or failed: rooms, and ids in their order. */
let waiting: (readonly [room: string, id: string])[];
/** What was written into the store, in its order. */
let written: string[];
let isLoggedIn: boolean;
/** How many stanzas the server can't be given, before it can. */
let busyFor: number;
/** How often what waits was shown. */
let shown: number;
/** How messages ended, as Converse is told. */
let ends: string[];
let outboxes: Outboxes;

beforeEach(() => {
  clock = new FakeClock();
  isKept = isOpen = isLeader = isConnected = isLoggedIn = true;
  written = [];
  hasArchive = false;
  stored = new Map();
  resent = [];
  heard = [];
  waiting = [];
  shown = busyFor = 0;
  ends = [];
  outboxes = start();
});

function start(): Outboxes {
  return new Outboxes(
    {
      clock,
      store: {
        load: () => (isLoggedIn ? [...stored.values()] : null),
        mirror: (before, after) => {
          for (const entry of after.entries) {
            if (!before.entries.includes(entry)) write(entry);
          }
          for (const { id } of before.entries) {
            if (!after.entries.some((entry) => entry.id === id)) {
              stored.delete(id);
            }
          }
        },
      },
      screen: {
        mirror: (room, outbox) => {
          const others = waiting.filter(([other]) => other !== room);
          const own = waitingIn(outbox).map(({ id }) => [room, id] as const);
          waiting = [...others, ...own];
          shown++;
        },
      },
      acts: {
        send: (xml) => {
          if (!xml.startsWith("<message")) return "never";
          if (!isConnected || busyFor-- > 0) return "not-now";
          resent.push(xml.split('"')[1] ?? "");
          return "sent";
        },
        failed: ({ id, phase }) => heard.push(`${id} ${phase.reason}`),
        revived: ({ id }) => heard.push(`${id} revived`),
        ended: (_room, id, isDelivered) => ends.push(`${id} ${isDelivered}`),
      },
      isKept: () => isKept,
      wayOf: () => (isOpen ? "open" : "closed"),
      hasArchive: () => hasArchive,
      isLeader: () => isLeader,
    },
    { messageWaitMs: WAIT_MS, answerMs: ANSWER_MS },
  );
}

function write(entry: Pending): void {
  written.push(`${entry.id} ${entry.phase.tag}`);
  stored.set(entry.id, entry);
}

const error = (condition: string) => ({ condition, type: "cancel", by: null });
const offer = (id: string, room = ROOM) =>
  outboxes.offer(draft(id, false, room), isConnected);
const reflect = (id: string, isLive = true, room = ROOM) =>
  outboxes.tell(room, { type: "echoed", ids: [id], ownBody: null, isLive });
const bounced = (ids: string[], by: StanzaError, isPrivate = false) =>
  outboxes.tell(ROOM, { type: "bounced", ids, error: by, isPrivate });
const isOurs = (id: string) => find(outboxes.of(ROOM), id) !== undefined;
const waits = () => waiting.map(([, id]) => id);
const failedIds = () =>
  outboxes
    .of(ROOM)
    .entries.filter(isFailed)
    .map(({ id }) => id);

describe("what the user says", () => {
  it("goes its way in a room that is not kept, and nobody follows it", () => {
    isKept = false;
    isOpen = false;
    expect(offer("a")).toBe(true);
    expect(stored.size).toBe(0);
    expect(outboxes.isWayOpen(ROOM)).toBe(true);
  });

  it("waits while there is no connection, whatever is known about the room", () => {
    isConnected = false;
    expect(offer("a")).toBe(false);
    expect(waits()).toEqual(["a"]);
  });

  it("makes what is on its way doubtful when it is found that the way is closed", () => {
    offer("a");
    isOpen = false;
    offer("b");
    expect(waits()).toEqual(["a", "b"]);
    expect(outboxes.isWayOpen(ROOM)).toBe(false);
  });
});

describe("rooms", () => {
  const POND = "pond@rooms.test";

  it("do not wait for each other", () => {
    isOpen = false;
    offer("a", POND);
    isOpen = true;
    expect(offer("b")).toBe(true);
  });

  it("do not confirm each other's messages", () => {
    offer("a");
    reflect("a", true, POND);
    expect(isOurs("a")).toBe(true);
  });

  it("do not answer for each other", () => {
    offer("a");
    offer("b", POND);
    outboxes.asked(POND)();
    expect(ends).toEqual(["b true"]);
  });

  it("keep an order, and a timer, each", async () => {
    isOpen = false;
    offer("a");
    offer("a", POND);
    expect(clock.pending).toBe(2);
    outboxes.departed(POND, "left");
    expect(clock.pending).toBe(1);
    await clock.passes(WAIT_MS);
    expect(heard).toEqual(["a left", "a waited-too-long"]);
  });
});

describe("when the way opens", () => {
  beforeEach(() => {
    offer("a");
    isOpen = false;
    offer("b");
    isOpen = true;
  });

  it("everything goes out in order, once the room's history is known", () => {
    outboxes.opened(ROOM, true);
    outboxes.opened(ROOM, true);
    expect(resent).toEqual(["a", "b"]);
    expect(waits()).toEqual([]);
  });

  it("what the history has does not go out again", () => {
    reflect("a", false);
    outboxes.opened(ROOM, true);
    expect(resent).toEqual(["b"]);
  });

  it("it is known since when the archive is to be looked through", () => {
    expect(outboxes.unconfirmedSince(ROOM)).toBe(0);
    reflect("a", false);
    expect(outboxes.unconfirmedSince(ROOM)).toBeNull();
  });

  it("what may be there already waits for the history", () => {
    outboxes.opened(ROOM, false);
    expect(resent).toEqual(["b"]);
    expect(waits()).toEqual(["a"]);
  });

  it("nothing goes out from a tab that does not act", () => {
    isLeader = false;
    outboxes.opened(ROOM, true);
    expect(resent).toEqual([]);
  });

  it("what could not be handed over goes on waiting", () => {
    isConnected = false;
    outboxes.opened(ROOM, true);
    expect(waits()).toEqual(["a", "b"]);
    isConnected = true;
    outboxes.opened(ROOM, true);
    expect(resent).toEqual(["a", "b"]);
  });
});

it("no message overtakes one that could not be handed over", () => {
  isOpen = false;
  offer("a");
  offer("b");
  isOpen = true;
  busyFor = 1;
  outboxes.opened(ROOM, true);
  expect([resent, waits()]).toEqual([[], ["a", "b"]]);
  outboxes.opened(ROOM, true);
  expect(resent).toEqual(["a", "b"]);
});

describe("what fails", () => {
  beforeEach(() => {
    isOpen = false;
    offer("a");
  });

  it("has waited too long", async () => {
    await clock.passes(WAIT_MS - 1);
    expect(heard).toEqual([]);
    await clock.passes(1);
    expect(heard).toEqual(["a waited-too-long"]);
    expect(clock.pending).toBe(0);
    expect(isOurs("a")).toBe(true);
  });

  it("is in a room that is lost", () => {
    outboxes.departed(ROOM, "kicked");
    outboxes.departed(ROOM, "kicked");
    expect(heard).toEqual(["a kicked"]);
  });

  it("goes out again when the user says so, at once if the way is open", () => {
    outboxes.departed(ROOM, "kicked");
    isOpen = true;
    outboxes.sendAgain(ROOM, "a");
    expect(resent).toEqual(["a"]);
    expect(heard).toEqual(["a kicked", "a revived"]);
    expect(failedIds()).toEqual([]);
  });

  it("waits anew when the way is not open", async () => {
    outboxes.departed(ROOM, "kicked");
    await clock.passes(WAIT_MS);
    for (const id of failedIds()) outboxes.sendAgain(ROOM, id);
    await clock.passes(WAIT_MS - 1);
    expect(heard).toEqual(["a kicked", "a revived"]);
    await clock.passes(1);
    expect(heard.pop()).toBe("a waited-too-long");
  });

  it("turns out to be there after all", () => {
    outboxes.departed(ROOM, "kicked");
    reflect("a", false);
    expect(heard).toEqual(["a kicked", "a revived"]);
    expect(waits()).toEqual([]);
  });
});

describe("an error", () => {
  it("that passes keeps the message, found by either id", () => {
    offer("a");
    bounced(["x", "a"], error("not-acceptable"));
    expect(waits()).toEqual(["a"]);
    expect(isOurs("a")).toBe(true);
  });

  it("that does not pass is Converse's", async () => {
    offer("a");
    bounced(["a"], error("forbidden"));
    expect(isOurs("a")).toBe(false);
    expect(ends).toEqual(["a false"]);
  });
});

describe("the user's own stream", () => {
  it("breaks twice with a message on its way: it has failed, and goes out no more", () => {
    offer("a");
    outboxes.streamBroke();
    outboxes.opened(ROOM, true);
    outboxes.streamBroke();
    outboxes.opened(ROOM, true);
    expect(resent).toEqual(["a"]);
    expect(heard).toEqual(["a breaks-streams"]);
  });
});

describe("what may have arrived", () => {
  it("goes out twice at most in a room that tells nothing", () => {
    offer("a");
    for (let crashes = 0; crashes < 3; crashes++) {
      outboxes.closed(ROOM);
      outboxes.opened(ROOM, true);
    }
    expect(resent).toEqual(["a"]);
    expect(heard).toEqual(["a unconfirmed"]);
  });

  it("goes out again where the archive tells that it did not", () => {
    hasArchive = true;
    offer("known");
    reflect("known");
    offer("a");
    for (let crashes = 0; crashes < 3; crashes++) {
      outboxes.closed(ROOM);
      outboxes.opened(ROOM, true);
    }
    expect(resent).toEqual(["a", "a", "a"]);
  });

  it("has arrived when the room answers a later request", async () => {
    offer("a");
    outboxes.asked(ROOM)();
    expect(ends).toEqual(["a true"]);
    outboxes.closed(ROOM);
    outboxes.opened(ROOM, true);
    expect(resent).toEqual([]);
  });

  it("has not by an answer of before the session of now", () => {
    offer("a");
    const onResult = outboxes.asked(ROOM);
    outboxes.restore();
    offer("b");
    onResult();
    expect([waits(), ends]).toEqual([["a"], ["a false"]]);
    expect(isOurs("b")).toBe(true);
  });
});

describe("a private message", () => {
  const whisper = (id: string) => outboxes.offer(draft(id, true), isConnected);

  it("goes its way at once where the address is no room's, and nobody follows it", () => {
    isKept = false;
    isOpen = false;
    expect(whisper("a")).toBe(true);
    expect([stored.size, clock.pending]).toEqual([0, 0]);
  });

  it("has arrived when no error came within the answer time", async () => {
    expect(whisper("a")).toBe(true);
    await clock.passes(ANSWER_MS - 1);
    expect(stored.size).toBe(1);
    clock.step(-3_600_000);
    await clock.passes(1);
    expect(ends).toEqual(["a true"]);
    expect(clock.pending).toBe(0);
    outboxes.closed(ROOM);
    outboxes.opened(ROOM, true);
    expect([resent, heard]).toEqual([[], []]);
  });

  it("that bounces waits, goes out once more, and has its answer time anew", async () => {
    whisper("a");
    bounced(["a"], error("not-acceptable"), true);
    expect(waits()).toEqual(["a"]);
    await clock.passes(ANSWER_MS);
    outboxes.opened(ROOM, false);
    expect(resent).toEqual(["a"]);
    await clock.passes(ANSWER_MS - 1);
    expect(stored.size).toBe(1);
    await clock.passes(1);
    expect(stored.size).toBe(0);
  });

  it("on its way when the room was lost has failed after the return: it may have arrived", async () => {
    whisper("a");
    outboxes.closed(ROOM);
    expect(outboxes.isDoubtful(ROOM)).toBe(false);
    expect(outboxes.unconfirmedSince(ROOM)).toBeNull();
    await clock.passes(ANSWER_MS);
    outboxes.opened(ROOM, false);
    expect(resent).toEqual([]);
    expect(heard).toEqual(["a unconfirmed"]);
  });

  it("is known by an error that comes from its occupant; a message to all is not", () => {
    whisper("a");
    offer("b");
    bounced(["b"], error("not-acceptable"), true);
    expect(waits()).toEqual([]);
    bounced(["a"], error("item-not-found"), true);
    expect(isOurs("a")).toBe(false);
  });

  it("leaves no timer behind", () => {
    whisper("a");
    outboxes.stop();
    expect(clock.pending).toBe(0);
  });
});

describe("what is stored and is no stanza", () => {
  it("has failed, and holds nothing up", () => {
    isOpen = false;
    outboxes.offer({ ...draft("a"), xml: "<parsererror/>" }, true);
    offer("b");
    isOpen = true;
    outboxes.opened(ROOM, true);
    expect(heard).toEqual(["a unreadable"]);
    expect(resent).toEqual(["b"]);
  });
});

describe("when somebody sets the clock", () => {
  beforeEach(() => {
    isOpen = false;
    offer("a");
  });

  it("back, what waits fails in its time all the same", async () => {
    clock.step(-3_600_000);
    await clock.passes(WAIT_MS);
    expect(heard).toEqual(["a waited-too-long"]);
  });

  it("forward, nothing has waited too long by that", async () => {
    clock.step(3_600_000);
    offer("b");
    await clock.passes(WAIT_MS - 1);
    expect(heard).toEqual([]);
    await clock.passes(1);
    expect(heard).toEqual(["a waited-too-long"]);
  });

  it("back before a reload, what waits waits no longer than it may", async () => {
    await clock.passes(10);
    offer("b");
    clock.step(-3_600_000);
    outboxes.stop();
    outboxes = start();
    outboxes.restore();
    expect(waits()).toEqual(["a", "b"]);
    await clock.passes(WAIT_MS);
    expect(heard).toEqual(["a waited-too-long", "b waited-too-long"]);
  });

  it("an archive is asked by the clock of now", () => {
    isOpen = true;
    outboxes.opened(ROOM, true);
    clock.step(3_600_000);
    expect(outboxes.unconfirmedSince(ROOM)).toBe(3_600_000);
  });
});

describe("what does not change", () => {
  it("is not shown anew", () => {
    isOpen = false;
    offer("a");
    const before = shown;
    for (let events = 0; events < 4; events++) {
      outboxes.closed(ROOM);
      outboxes.closed("pond@rooms.test");
    }
    expect(shown).toBe(before);
  });
});

describe("the end of a message", () => {
  it.each([
    [true, () => reflect("a")],
    [false, () => outboxes.departed(ROOM, "banned")],
    [false, () => outboxes.departed(ROOM, "left")],
    [false, () => outboxes.departed(ROOM, "logged-out")],
    [false, () => outboxes.stop()],
  ])("is told: delivered %s", (isDelivered, happens) => {
    isOpen = false;
    offer("a");
    happens();
    expect(ends).toEqual([`a ${isDelivered}`]);
  });
});

describe("across pages", () => {
  it("what was left over is taken up, and expires when it would have", async () => {
    offer("a");
    isOpen = false;
    offer("b");
    await clock.passes(WAIT_MS / 2);
    outboxes.stop();
    expect(clock.pending).toBe(0);
    outboxes = start();
    outboxes.restore();
    expect(waits()).toEqual(["a", "b"]);
    await clock.passes(WAIT_MS / 2 + 1);
    expect(heard).toEqual(["a waited-too-long", "b waited-too-long"]);
  });

  it("what was left over is taken up once a session, when it is known whose", () => {
    isOpen = false;
    offer("a");
    outboxes.stop();
    isLoggedIn = false;
    outboxes.restore();
    expect(waits()).toEqual([]);
    isLoggedIn = true;
    outboxes.restore();
    offer("b");
    stored.clear();
    outboxes.restore();
    expect(waits()).toEqual(["a", "b"]);
  });

  it("what came out of the store is not written again, and what follows is", () => {
    offer("a");
    isOpen = false;
    offer("b");
    const [a, b] = [...stored.values()];
    outboxes.stop();
    outboxes.restore();
    written = [];
    outboxes.absorb(a!, ROOM, "a");
    outboxes.absorb({ ...b!, id: "c", sentAt: 9 }, ROOM, "c");
    outboxes.absorb(null, ROOM, "c");
    expect(written).toEqual([]);
    isOpen = true;
    outboxes.absorb(b!, ROOM, "b");
    expect(written).toEqual(["b sent"]);
  });

  it("what another tab does is followed", () => {
    isOpen = false;
    offer("a");
    const [entry] = [...stored.values()];
    if (!entry) throw new Error("nothing was stored");
    outboxes.absorb({ ...entry, id: "b", sentAt: 9 }, ROOM, "b");
    expect(waits()).toEqual(["a", "b"]);
    outboxes.absorb(null, ROOM, "a");
    expect(waits()).toEqual(["b"]);
  });

  it("what another tab could not send yet goes out at once when the way is open here", () => {
    isOpen = false;
    offer("a");
    const [entry] = [...stored.values()];
    if (!entry) throw new Error("nothing was stored");
    isOpen = true;
    const xml = '<message id="b"/>';
    outboxes.absorb({ ...entry, id: "b", xml, sentAt: 9 }, ROOM, "b");
    expect(resent).toEqual(["a", "b"]);
  });

  it("what another tab has just sent is on its way here too: it does not go out twice", () => {
    offer("a");
    const [entry] = [...stored.values()];
    if (!entry) throw new Error("nothing was stored");
    outboxes.absorb({ ...entry, id: "b", sentAt: 9 }, ROOM, "b");
    expect(waits()).toEqual([]);
    outboxes.opened(ROOM, true);
    expect(resent).toEqual([]);
    outboxes.closed(ROOM);
    expect(waits()).toEqual(["a", "b"]);
  });

  it("what another tab has sent while the room is lost here is doubtful", () => {
    offer("a");
    const [entry] = [...stored.values()];
    if (!entry) throw new Error("nothing was stored");
    isOpen = false;
    outboxes.absorb({ ...entry, id: "b", sentAt: 9 }, ROOM, "b");
    expect(waits()).toEqual(["b"]);
  });

  it("nothing is left in the page after a logout", () => {
    isOpen = false;
    offer("a");
    stored.clear();
    outboxes.stop();
    expect(waits()).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
