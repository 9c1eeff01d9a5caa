import { beforeEach, describe, expect, it } from "vitest";
import type { Draft, Pending } from "../src/core/outbox/outbox.js";
import { Deliveries } from "../src/deliveries.js";
import { FakeClock } from "./fake-clock.js";

const ROOM = "garden@rooms.test";
const WAIT_MS = 60_000;
const ANSWER_MS = 10_000;

const draft = (id: string, isPrivate = false): Draft => ({
  room: ROOM,
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
let waiting: string[];
/** How often what waits was shown. */
let shown: number;
let deliveries: Deliveries;

beforeEach(() => {
  clock = new FakeClock();
  isKept = isOpen = isLeader = isConnected = true;
  hasArchive = false;
  stored = new Map();
  resent = [];
  heard = [];
  waiting = [];
  shown = 0;
  deliveries = start();
});

function start(): Deliveries {
  return new Deliveries(
    {
      clock,
      store: {
        put: (entry) => stored.set(entry.id, entry),
        drop: ({ id }) => stored.delete(id),
        load: () => [...stored.values()],
        clear: () => stored.clear(),
      },
      way: { isKept: () => isKept, isOpen: () => isOpen },
      send: (xml) => {
        if (!xml.startsWith("<message")) return "never";
        if (!isConnected) return "not-now";
        resent.push(xml.split('"')[1] ?? "");
        return "sent";
      },
      hasArchive: () => hasArchive,
      isLeader: () => isLeader,
    },
    WAIT_MS,
    ANSWER_MS,
    {
      onWaiting: (entries) => {
        waiting = entries.map(({ id }) => id);
        shown++;
      },
      onFailed: ({ id }, reason) => heard.push(`${id} ${reason}`),
      onRevived: ({ id }) => heard.push(`${id} revived`),
    },
  );
}

const error = (condition: string) => ({ condition, type: "cancel", by: null });
const offer = (id: string) => deliveries.offer(draft(id), isConnected);
const reflect = (id: string, isLive = true) =>
  deliveries.reflected({ room: ROOM, ids: [id], ownBody: null, isLive });

describe("what the user says", () => {
  it("goes its way in a room that is not kept, and nobody follows it", () => {
    isKept = false;
    isOpen = false;
    expect(offer("a")).toBe(true);
    expect(stored.size).toBe(0);
    expect(deliveries.isWayOpen(ROOM)).toBe(true);
  });

  it("waits while there is no connection, whatever is known about the room", () => {
    isConnected = false;
    expect(offer("a")).toBe(false);
    expect(waiting).toEqual(["a"]);
  });

  it("makes what is on its way doubtful when it is found that the way is closed", () => {
    offer("a");
    isOpen = false;
    offer("b");
    expect(waiting).toEqual(["a", "b"]);
    expect(deliveries.isWayOpen(ROOM)).toBe(false);
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
    deliveries.opened(ROOM, true);
    deliveries.opened(ROOM, true);
    expect(resent).toEqual(["a", "b"]);
    expect(waiting).toEqual([]);
  });

  it("what the history has does not go out again", () => {
    reflect("a", false);
    deliveries.opened(ROOM, true);
    expect(resent).toEqual(["b"]);
  });

  it("it is known since when the archive is to be looked through", () => {
    expect(deliveries.unconfirmedSince(ROOM)).toBe(0);
    reflect("a", false);
    expect(deliveries.unconfirmedSince(ROOM)).toBeNull();
  });

  it("what may be there already waits for the history", () => {
    deliveries.opened(ROOM, false);
    expect(resent).toEqual(["b"]);
    expect(waiting).toEqual(["a"]);
  });

  it("nothing goes out from a tab that does not act", () => {
    isLeader = false;
    deliveries.opened(ROOM, true);
    expect(resent).toEqual([]);
  });

  it("what could not be handed over goes on waiting", () => {
    isConnected = false;
    deliveries.opened(ROOM, true);
    expect(waiting).toEqual(["a", "b"]);
    isConnected = true;
    deliveries.opened(ROOM, true);
    expect(resent).toEqual(["a", "b"]);
  });
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
    expect(deliveries.isOurs(ROOM, "a")).toBe(true);
  });

  it("is in a room that is lost", () => {
    deliveries.lost(ROOM, "kicked");
    deliveries.lost(ROOM, "kicked");
    expect(heard).toEqual(["a kicked"]);
  });

  it("goes out again when the user says so, at once if the way is open", () => {
    deliveries.lost(ROOM, "kicked");
    isOpen = true;
    for (const entry of deliveries.failedAt(ROOM, (id) => id === "a")) {
      deliveries.retry(entry);
    }
    expect(resent).toEqual(["a"]);
    expect(heard).toEqual(["a kicked", "a revived"]);
    expect(deliveries.failedAt(ROOM, () => true)).toEqual([]);
  });

  it("waits anew when the way is not open", async () => {
    deliveries.lost(ROOM, "kicked");
    await clock.passes(WAIT_MS);
    deliveries.failedAt(ROOM, () => true).forEach((e) => deliveries.retry(e));
    await clock.passes(WAIT_MS - 1);
    expect(heard).toEqual(["a kicked", "a revived"]);
    await clock.passes(1);
    expect(heard.pop()).toBe("a waited-too-long");
  });

  it("turns out to be there after all", () => {
    deliveries.lost(ROOM, "kicked");
    reflect("a", false);
    expect(heard).toEqual(["a kicked", "a revived"]);
    expect(waiting).toEqual([]);
  });
});

describe("an error", () => {
  it("that passes keeps the message, found by either id", () => {
    offer("a");
    deliveries.bounced(ROOM, ["x", "a"], error("not-acceptable"));
    expect(waiting).toEqual(["a"]);
    expect(deliveries.isOurs(ROOM, "a")).toBe(true);
  });

  it("that does not pass is Converse's", async () => {
    offer("a");
    const ended = deliveries.whenEnded(ROOM, "a");
    deliveries.bounced(ROOM, ["a"], error("forbidden"));
    expect(deliveries.isOurs(ROOM, "a")).toBe(false);
    expect(await ended).toBe(false);
  });

  it("is asked about: one that passes is ours, however often", () => {
    offer("a");
    deliveries.bounced(ROOM, ["a"], error("not-acceptable"));
    deliveries.opened(ROOM, true);
    expect(deliveries.isErrorOurs(ROOM, "a", error("not-acceptable"))).toBe(
      true,
    );
    expect(waiting).toEqual([]);
  });

  it("is asked about: the room's last word is not, even if it is heard before its message went out", () => {
    deliveries.bounced(ROOM, ["a"], error("forbidden"));
    offer("a");
    expect(deliveries.isErrorOurs(ROOM, "a", error("forbidden"))).toBe(false);
    expect(deliveries.isOurs(ROOM, "a")).toBe(false);
  });
});

describe("the user's own stream", () => {
  it("breaks twice with a message on its way: it has failed, and goes out no more", () => {
    offer("a");
    deliveries.streamBroke();
    deliveries.opened(ROOM, true);
    deliveries.streamBroke();
    deliveries.opened(ROOM, true);
    expect(resent).toEqual(["a"]);
    expect(heard).toEqual(["a breaks-streams"]);
  });
});

describe("what may have arrived", () => {
  it("goes out twice at most in a room that tells nothing", () => {
    offer("a");
    for (let crashes = 0; crashes < 3; crashes++) {
      deliveries.closed(ROOM);
      deliveries.opened(ROOM, true);
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
      deliveries.closed(ROOM);
      deliveries.opened(ROOM, true);
    }
    expect(resent).toEqual(["a", "a", "a"]);
  });

  it("has arrived when the room answers a later request", async () => {
    offer("a");
    const ended = deliveries.whenEnded(ROOM, "a");
    deliveries.asked(ROOM)();
    expect(await ended).toBe(true);
    deliveries.closed(ROOM);
    deliveries.opened(ROOM, true);
    expect(resent).toEqual([]);
  });

  it("has not by an answer of before the session of now", () => {
    offer("a");
    const onResult = deliveries.asked(ROOM);
    deliveries.restore();
    onResult();
    expect(waiting).toEqual(["a"]);
  });
});

describe("a private message", () => {
  const whisper = (id: string) =>
    deliveries.offer(draft(id, true), isConnected);

  it("goes its way at once where the address is no room's, and nobody follows it", () => {
    isKept = false;
    isOpen = false;
    expect(whisper("a")).toBe(true);
    expect([stored.size, clock.pending]).toEqual([0, 0]);
  });

  it("has arrived when no error came within the answer time", async () => {
    expect(whisper("a")).toBe(true);
    const ended = deliveries.whenEnded(ROOM, "a");
    await clock.passes(ANSWER_MS - 1);
    expect(stored.size).toBe(1);
    clock.step(-3_600_000);
    await clock.passes(1);
    expect(await ended).toBe(true);
    expect(clock.pending).toBe(0);
    deliveries.closed(ROOM);
    deliveries.opened(ROOM, true);
    expect([resent, heard]).toEqual([[], []]);
  });

  it("that bounces waits, goes out once more, and has its answer time anew", async () => {
    whisper("a");
    deliveries.bounced(ROOM, ["a"], error("not-acceptable"), true);
    expect(waiting).toEqual(["a"]);
    await clock.passes(ANSWER_MS);
    deliveries.opened(ROOM, false);
    expect(resent).toEqual(["a"]);
    await clock.passes(ANSWER_MS - 1);
    expect(stored.size).toBe(1);
    await clock.passes(1);
    expect(stored.size).toBe(0);
  });

  it("on its way when the room was lost has failed after the return: it may have arrived", async () => {
    whisper("a");
    deliveries.closed(ROOM);
    expect(deliveries.isDoubtful(ROOM)).toBe(false);
    expect(deliveries.unconfirmedSince(ROOM)).toBeNull();
    await clock.passes(ANSWER_MS);
    deliveries.opened(ROOM, false);
    expect(resent).toEqual([]);
    expect(heard).toEqual(["a unconfirmed"]);
  });

  it("is known by an error that comes from its occupant; a message to all is not", () => {
    whisper("a");
    offer("b");
    deliveries.bounced(ROOM, ["b"], error("not-acceptable"), true);
    expect(waiting).toEqual([]);
    deliveries.bounced(ROOM, ["a"], error("item-not-found"), true);
    expect(deliveries.isOurs(ROOM, "a")).toBe(false);
  });

  it("leaves no timer behind", () => {
    whisper("a");
    deliveries.stop();
    expect(clock.pending).toBe(0);
  });
});

describe("what is stored and is no stanza", () => {
  it("has failed, and holds nothing up", () => {
    isOpen = false;
    deliveries.offer({ ...draft("a"), xml: "<parsererror/>" }, true);
    offer("b");
    isOpen = true;
    deliveries.opened(ROOM, true);
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
    deliveries.stop();
    deliveries = start();
    deliveries.restore();
    expect(waiting).toEqual(["a", "b"]);
    await clock.passes(WAIT_MS);
    expect(heard).toEqual(["a waited-too-long", "b waited-too-long"]);
  });

  it("an archive is asked by the clock of now", () => {
    isOpen = true;
    deliveries.opened(ROOM, true);
    clock.step(3_600_000);
    expect(deliveries.unconfirmedSince(ROOM)).toBe(3_600_000);
  });
});

describe("what does not change", () => {
  it("is not shown anew", () => {
    isOpen = false;
    offer("a");
    const before = shown;
    for (let events = 0; events < 4; events++) {
      deliveries.closed(ROOM);
      deliveries.closed("pond@rooms.test");
    }
    expect(shown).toBe(before);
  });
});

describe("the end of a message", () => {
  it.each([
    [true, () => reflect("a")],
    [false, () => deliveries.lost(ROOM, "banned")],
    [false, () => deliveries.forget(ROOM)],
    [false, () => deliveries.clear()],
  ])("is told: delivered %s", async (isDelivered, happens) => {
    isOpen = false;
    offer("a");
    const ended = deliveries.whenEnded(ROOM, "a");
    happens();
    expect(await ended).toBe(isDelivered);
  });
});

describe("across pages", () => {
  it("what was left over is taken up, and expires when it would have", async () => {
    offer("a");
    isOpen = false;
    offer("b");
    await clock.passes(WAIT_MS / 2);
    deliveries.stop();
    expect(clock.pending).toBe(0);
    deliveries = start();
    deliveries.restore();
    expect(waiting).toEqual(["a", "b"]);
    await clock.passes(WAIT_MS / 2 + 1);
    expect(heard).toEqual(["a waited-too-long", "b waited-too-long"]);
  });

  it("what another tab does is followed", () => {
    isOpen = false;
    offer("a");
    const [entry] = [...stored.values()];
    if (!entry) throw new Error("nothing was stored");
    deliveries.absorb({ ...entry, id: "b", sentAt: 9 }, ROOM, "b");
    expect(waiting).toEqual(["a", "b"]);
    deliveries.absorb(null, ROOM, "a");
    expect(waiting).toEqual(["b"]);
  });

  it("what another tab could not send yet goes out at once when the way is open here", () => {
    isOpen = false;
    offer("a");
    const [entry] = [...stored.values()];
    if (!entry) throw new Error("nothing was stored");
    isOpen = true;
    const xml = '<message id="b"/>';
    deliveries.absorb({ ...entry, id: "b", xml, sentAt: 9 }, ROOM, "b");
    expect(resent).toEqual(["a", "b"]);
  });

  it("what another tab has just sent is on its way here too: it does not go out twice", () => {
    offer("a");
    const [entry] = [...stored.values()];
    if (!entry) throw new Error("nothing was stored");
    deliveries.absorb({ ...entry, id: "b", sentAt: 9 }, ROOM, "b");
    expect(waiting).toEqual([]);
    deliveries.opened(ROOM, true);
    expect(resent).toEqual([]);
    deliveries.closed(ROOM);
    expect(waiting).toEqual(["a", "b"]);
  });

  it("what another tab has sent while the room is lost here is doubtful", () => {
    offer("a");
    const [entry] = [...stored.values()];
    if (!entry) throw new Error("nothing was stored");
    isOpen = false;
    deliveries.absorb({ ...entry, id: "b", sentAt: 9 }, ROOM, "b");
    expect(waiting).toEqual(["b"]);
  });

  it("nothing is left after a logout", () => {
    isOpen = false;
    offer("a");
    deliveries.clear();
    expect(stored.size).toBe(0);
    expect(waiting).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
