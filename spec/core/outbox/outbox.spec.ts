import { beforeEach, describe, expect, it } from "vitest";
import {
  MAX_TRIES,
  Outbox,
  type Draft,
  type Echo,
  type Pending,
} from "../../../src/core/outbox/outbox.js";
import type { StanzaError } from "../../../src/core/events.js";

const ROOM = "garden@rooms.test";
const HOUR_MS = 3_600_000;

const draft = (id: string, more: Partial<Draft> = {}): Draft => ({
  room: ROOM,
  isPrivate: false,
  id,
  originId: `origin-${id}`,
  target: id,
  body: `says ${id}`,
  xml: `<message id="${id}"/>`,
  ...more,
});

const echo = (id: string, more: Partial<Echo> = {}): Echo => ({
  room: ROOM,
  ids: [id],
  ownBody: null,
  isLive: true,
  ...more,
});

/** An error that says no more than its condition. */
const error = (condition: string): StanzaError => ({
  condition,
  type: "cancel",
  by: null,
});

let stored: Map<string, Pending>;
let outbox: Outbox;

beforeEach(() => {
  stored = new Map();
  outbox = new Outbox({
    put: (entry) => stored.set(entry.id, entry),
    drop: ({ id }) => stored.delete(id),
  });
});

const tag = (id: string) => outbox.find(ROOM, id)?.phase.tag;
/** What goes out when the way opens; there is no archive. */
const opened = (isHistoryKnown: boolean, by = outbox) =>
  by.toSend(ROOM, { isHistoryKnown, isArchive: false }).out;
const ids = (entries: Pending[]) => entries.map(({ id }) => id);

/** Brings a message into a phase. */
const bring = {
  sent: (id: string) => outbox.offer(draft(id), true, 0),
  held: (id: string) => outbox.offer(draft(id), false, 0),
  doubtful: (id: string) => {
    outbox.offer(draft(id), true, 0);
    outbox.closed(ROOM);
  },
  failed: (id: string) => {
    outbox.offer(draft(id), false, 0);
    outbox.fail(ROOM, "banned");
  },
};
type PhaseTag = keyof typeof bring;
const PHASES: PhaseTag[] = ["sent", "doubtful", "held", "failed"];

describe("a message that the user sends", () => {
  it("goes out when the way is open", () => {
    expect(outbox.offer(draft("a"), true, 0)).toBe("send");
    expect(tag("a")).toBe("sent");
  });

  it("waits when it is closed", () => {
    expect(outbox.offer(draft("a"), false, 0)).toBe("hold");
    expect(tag("a")).toBe("held");
  });

  it("waits behind another one that waits", () => {
    bring.held("a");
    expect(outbox.offer(draft("b"), true, 0)).toBe("hold");
  });

  it("does not wait behind another room's", () => {
    outbox.offer(draft("a", { room: "pond@rooms.test" }), false, 0);
    expect(outbox.offer(draft("b"), true, 0)).toBe("send");
  });

  it("does not wait behind one that has failed", () => {
    bring.failed("a");
    expect(outbox.offer(draft("b"), true, 0)).toBe("send");
  });

  it("is the same message when stream management sends it again", () => {
    bring.doubtful("a");
    expect(outbox.offer(draft("a"), true, 5)).toBe("send");
    expect(ids(outbox.all())).toEqual(["a"]);
    expect(outbox.find(ROOM, "a")?.tries).toBe(2);
  });
});

describe.each(PHASES)("a message that is %s", (phase) => {
  beforeEach(() => bring[phase]("a"));

  it("is done with when it is reflected", () => {
    expect(outbox.reflected(echo("a"))?.id).toBe("a");
    expect(outbox.all()).toEqual([]);
    expect(stored.size).toBe(0);
  });

  it("is done with when an archive has it", () => {
    expect(outbox.reflected(echo("a", { isLive: false }))?.id).toBe("a");
    expect(outbox.all()).toEqual([]);
  });

  it("is found by its origin-id", () => {
    const other = echo("other", { ids: ["other", "origin-a"] });
    expect(outbox.reflected(other)?.id).toBe("a");
  });

  it("is not done with by another room, or another message", () => {
    outbox.reflected(echo("a", { room: "pond@rooms.test" }));
    outbox.reflected(echo("b"));
    expect(tag("a")).toBe(phase);
  });

  it.each([
    ["not-acceptable", true],
    ["remote-server-not-found", true],
    ["remote-server-timeout", true],
    ["item-not-found", true],
    ["gone", true],
    ["forbidden", false],
    ["undefined-condition", false],
  ] as const)("bounced with %s", (condition, isKept) => {
    const isFailed = phase === "failed";
    expect(outbox.bounced(ROOM, "a", error(condition))).toBe(
      isKept && !isFailed,
    );
    expect(tag("a")).toBe(isFailed ? "failed" : isKept ? "held" : undefined);
  });

  it("when the way closes", () => {
    outbox.closed(ROOM);
    expect(tag("a")).toBe(phase === "sent" ? "doubtful" : phase);
  });

  it.each([false, true])("when the way opens, history known: %s", (isKnown) => {
    const goes = phase === "held" || (phase === "doubtful" && isKnown);
    expect(ids(opened(isKnown))).toEqual(goes ? ["a"] : []);
    expect(tag("a")).toBe(goes ? "sent" : phase);
  });

  it("when it has waited too long", () => {
    const fails = phase === "held" || phase === "doubtful";
    expect(outbox.expire(HOUR_MS - 1, HOUR_MS)).toEqual([]);
    expect(ids(outbox.expire(HOUR_MS, HOUR_MS))).toEqual(fails ? ["a"] : []);
    expect(tag("a")).toBe(phase === "sent" ? undefined : "failed");
    expect(outbox.nextExpiry(HOUR_MS)).toBeNull();
  });

  it("when there is no way back into the room", () => {
    const failed = outbox.fail(ROOM, "kicked");
    expect(ids(failed)).toEqual(phase === "failed" ? [] : ["a"]);
    const reason = phase === "failed" ? "banned" : "kicked";
    expect(outbox.find(ROOM, "a")?.phase).toEqual({ tag: "failed", reason });
  });

  it("when the user wants it to be sent again", () => {
    const entry = outbox.retry(ROOM, "a", 99);
    expect(entry?.sentAt).toBe(phase === "failed" ? 99 : undefined);
    expect(tag("a")).toBe(phase === "failed" ? "held" : phase);
  });

  it("when the user has left the room", () => {
    outbox.forget(ROOM);
    expect(outbox.all()).toEqual([]);
    expect(stored.size).toBe(0);
  });

  it("after a reload", () => {
    const reloaded = new Outbox({ put: () => {}, drop: () => {} });
    reloaded.restore([...stored.values()], 99);
    const now = reloaded.find(ROOM, "a");
    expect(now?.phase.tag).toBe(phase === "sent" ? "doubtful" : phase);
  });

  it("is shown unless it is on its way", () => {
    expect(ids(outbox.waiting())).toEqual(phase === "sent" ? [] : ["a"]);
  });
});

describe("the user's order", () => {
  it("is kept by what waits, whenever it began to wait", () => {
    bring.sent("a");
    bring.sent("b");
    bring.sent("c");
    outbox.bounced(ROOM, "c", error("not-acceptable"));
    outbox.bounced(ROOM, "a", error("not-acceptable"));
    outbox.closed(ROOM);
    bring.held("d");
    expect(ids(opened(true))).toEqual(["a", "b", "c", "d"]);
  });

  it("is kept when the clock stands still, and across a reload", () => {
    for (const id of ["z", "y", "x"]) bring.held(id);
    const reloaded = new Outbox({ put: () => {}, drop: () => {} });
    reloaded.restore([...stored.values()].reverse(), 99);
    expect(ids(opened(true, reloaded))).toEqual(["z", "y", "x"]);
  });

  it("has a message that was tried again at its end", () => {
    bring.failed("a");
    bring.held("b");
    outbox.retry(ROOM, "a", 0);
    expect(ids(opened(true))).toEqual(["b", "a"]);
  });
});

describe("a message that the room passes over", () => {
  it("is dropped when a later one is reflected", () => {
    for (const id of ["a", "b", "c"]) bring.sent(id);
    outbox.reflected(echo("b"));
    expect(ids(outbox.all())).toEqual(["c"]);
  });

  it("is not dropped by what an archive has", () => {
    for (const id of ["a", "b"]) bring.sent(id);
    outbox.reflected(echo("b", { isLive: false }));
    expect(ids(outbox.all())).toEqual(["a"]);
  });

  it("is not dropped when it went out after that one, though said before", () => {
    bring.sent("a");
    bring.sent("b");
    outbox.bounced(ROOM, "a", error("remote-server-timeout"));
    opened(false);
    outbox.reflected(echo("b"));
    expect(tag("a")).toBe("sent");
  });

  it("is not dropped when the way was closed in between: it may be lost", () => {
    bring.doubtful("a");
    bring.sent("b");
    outbox.reflected(echo("b"));
    expect(tag("a")).toBe("doubtful");
  });
});

describe("a room that gives messages ids of its own", () => {
  const renamed = echo("x", { ownBody: "says a" });

  it("is understood by the text of what was sent", () => {
    bring.sent("a");
    expect(outbox.reflected(renamed)?.id).toBe("a");
  });

  it("confirms the first of two that are alike", () => {
    for (const id of ["a", "b"]) {
      outbox.offer(draft(id, { body: "says a" }), true, 0);
    }
    outbox.reflected(renamed);
    expect(ids(outbox.all())).toEqual(["b"]);
  });

  it("confirms nothing that is not on its way, and nothing without a text", () => {
    bring.held("a");
    outbox.offer(draft("b", { body: null }), true, 0);
    outbox.reflected(renamed);
    outbox.reflected(echo("x"));
    expect(ids(outbox.all())).toEqual(["a", "b"]);
  });
});

describe("limits", () => {
  it("a message that bounces again and again has failed", () => {
    bring.sent("a");
    for (let tries = 1; tries < MAX_TRIES; tries++) {
      expect(outbox.bounced(ROOM, "a", error("not-acceptable"))).toBe(true);
      expect(ids(opened(false))).toEqual(["a"]);
    }
    expect(outbox.bounced(ROOM, "a", error("not-acceptable"))).toBe(true);
    const phase = { tag: "failed", reason: "bounced-too-often" };
    expect(outbox.find(ROOM, "a")?.phase).toEqual(phase);
    expect(outbox.retry(ROOM, "a", 0)?.tries).toBe(0);
  });

  it("what could not be handed over waits on, and is no try", () => {
    bring.held("a");
    for (const entry of opened(true)) outbox.unsent(entry);
    expect(outbox.find(ROOM, "a")).toMatchObject({
      tries: 0,
      phase: { tag: "held" },
    });
  });

  it("the next one to expire is the oldest", () => {
    outbox.offer(draft("a"), false, 100);
    outbox.offer(draft("b"), false, 200);
    expect(outbox.nextExpiry(HOUR_MS)).toBe(HOUR_MS + 100);
    outbox.reflected(echo("a"));
    expect(outbox.nextExpiry(HOUR_MS)).toBe(HOUR_MS + 200);
  });
});

describe("a message that may have arrived", () => {
  const archive = { isHistoryKnown: true, isArchive: true };
  /** The way closes and opens again, and nothing is heard of it. */
  const comeBack = (opening = { ...archive, isArchive: false }) => {
    outbox.closed(ROOM);
    return outbox.toSend(ROOM, opening);
  };

  beforeEach(() => bring.sent("a"));

  it("goes out a second time, and never a third: then it has failed", () => {
    expect(ids(comeBack().out)).toEqual(["a"]);
    const { out, failed } = comeBack();
    expect(out).toEqual([]);
    expect(ids(failed)).toEqual(["a"]);
    const phase = { tag: "failed", reason: "unconfirmed" };
    expect(outbox.find(ROOM, "a")?.phase).toEqual(phase);
  });

  it("goes out no third time across reloads", () => {
    comeBack();
    const reloaded = new Outbox({ put: () => {}, drop: () => {} });
    reloaded.restore([...stored.values()], 0);
    const { out, failed } = reloaded.toSend(ROOM, archive);
    expect([out, ids(failed)]).toEqual([[], ["a"]]);
  });

  it("is lost for certain where the archive has not got it and keeps our ids: five times at most", () => {
    bring.sent("other");
    outbox.reflected(echo("other", { isLive: false }));
    for (let tries = 1; tries < MAX_TRIES; tries++) {
      expect(ids(comeBack(archive).out)).toEqual(["a"]);
    }
    const { out, failed } = comeBack(archive);
    expect([out, ids(failed)]).toEqual([[], ["a"]]);
  });

  it("is not lost for certain where the archive gives ids of its own", () => {
    outbox.offer(draft("other", { body: "hi" }), true, 0);
    outbox.reflected(echo("x", { ownBody: "hi" }));
    bring.sent("b");
    comeBack(archive);
    expect(comeBack(archive).out).toEqual([]);
  });

  it("is not doubtful where it bounced: that sending has not arrived", () => {
    comeBack();
    outbox.closed(ROOM);
    outbox.bounced(ROOM, "a", error("not-acceptable"));
    expect(ids(opened(true))).toEqual(["a"]);
  });

  it("stays doubtful when stream management says it again before the way is open", () => {
    outbox.closed(ROOM);
    expect(outbox.offer(draft("a"), false, 1)).toBe("hold");
    expect(opened(false)).toEqual([]);
    expect(tag("a")).toBe("doubtful");
  });

  it("goes out no third time when stream management says it again", () => {
    comeBack();
    outbox.closed(ROOM);
    expect(outbox.offer(draft("a"), true, 1)).toBe("hold");
  });

  it("has arrived when the room answers a later request, with the way open all along", () => {
    const { lastSent } = outbox;
    bring.sent("b");
    expect(ids(outbox.proven(ROOM, lastSent))).toEqual(["a"]);
    expect(ids(outbox.all())).toEqual(["b"]);
  });

  it("has not when the way was closed in between, or it went out again since, or in another room", () => {
    const { lastSent } = outbox;
    outbox.offer(draft("b", { room: "pond@rooms.test" }), true, 0);
    comeBack();
    expect(outbox.proven(ROOM, lastSent)).toEqual([]);
    outbox.closed(ROOM);
    expect(outbox.proven(ROOM, outbox.lastSent)).toEqual([]);
    expect(ids(outbox.all())).toEqual(["a", "b"]);
  });
});

describe("a message that makes the server end the stream", () => {
  const proof = { isHistoryKnown: true, isArchive: true };

  it("has failed when the second stream broke, though no archive has it", () => {
    bring.sent("other");
    outbox.reflected(echo("other"));
    bring.sent("a");
    expect(outbox.streamBroke()).toEqual([]);
    // Converse says it in several ways.
    expect(outbox.streamBroke()).toEqual([]);
    expect(ids(outbox.toSend(ROOM, proof).out)).toEqual(["a"]);
    expect(ids(outbox.streamBroke())).toEqual(["a"]);
    const phase = { tag: "failed", reason: "breaks-streams" };
    expect(outbox.find(ROOM, "a")?.phase).toEqual(phase);
  });

  it("is counted across a reload, which is no break itself", () => {
    bring.sent("a");
    outbox.streamBroke();
    const reload = (entries: Iterable<Pending>) => {
      const next = new Outbox({
        put: (entry) => stored.set(entry.id, entry),
        drop: ({ id }) => stored.delete(id),
      });
      next.restore([...entries], 0);
      return next;
    };
    const second = reload(stored.values());
    expect(ids(second.toSend(ROOM, proof).out)).toEqual(["a"]);
    const third = reload(stored.values());
    expect(third.find(ROOM, "a")?.breaks).toBe(1);
    expect(ids(second.streamBroke())).toEqual(["a"]);
  });

  it("is not what waited while they broke", () => {
    bring.held("a");
    for (let streams = 0; streams < 3; streams++) outbox.streamBroke();
    expect(tag("a")).toBe("held");
  });

  it("goes out again when the user says so, and not when stream management does", () => {
    bring.failed("a");
    expect(outbox.offer(draft("a"), true, 0)).toBe("hold");
    expect(tag("a")).toBe("failed");
    const fresh = { tries: 0, doubts: 0, breaks: 0, phase: { tag: "held" } };
    expect(outbox.retry(ROOM, "a", 0)).toMatchObject(fresh);
  });
});

describe.each([
  "nick-conflict",
  "nick-required",
  "nick-refused",
  "password-required",
] as const)("a room that asks the user something: %s", (reason) => {
  it("keeps what waits until the user has answered", () => {
    bring.sent("a");
    bring.held("b");
    expect(outbox.fail(ROOM, reason)).toEqual([]);
    expect([tag("a"), tag("b")]).toEqual(["doubtful", "held"]);
    expect(ids(opened(true))).toEqual(["a", "b"]);
  });
});

describe("a private message", () => {
  const priv = (isOpen: boolean) =>
    outbox.offer(draft("a", { isPrivate: true }), isOpen, 0);
  const failure = { tag: "failed", reason: "unconfirmed" };

  it("waits while the way is closed, and goes out when it opens", () => {
    expect(priv(false)).toBe("hold");
    expect(ids(opened(false))).toEqual(["a"]);
    expect(tag("a")).toBe("sent");
  });

  it.each([false, true])(
    "on its way when the way closed has failed when it opens, and does not go out again, history known: %s",
    (isHistoryKnown) => {
      outbox.offer(draft("known"), true, 0);
      outbox.reflected(echo("known"));
      priv(true);
      outbox.closed(ROOM);
      const opening = { isHistoryKnown, isArchive: true };
      const { out, failed } = outbox.toSend(ROOM, opening);
      expect([out, ids(failed)]).toEqual([[], ["a"]]);
      expect(outbox.find(ROOM, "a")?.phase).toEqual(failure);
    },
  );

  it("that bounces for now is held, also when the way has closed meanwhile", () => {
    priv(true);
    outbox.closed(ROOM);
    expect(outbox.bounced(ROOM, "a", error("not-acceptable"))).toBe(true);
    expect(ids(opened(true))).toEqual(["a"]);
  });

  it("that bounces because the occupant has gone is Converse's", () => {
    priv(true);
    expect(outbox.bounced(ROOM, "a", error("item-not-found"))).toBe(false);
    expect(outbox.all()).toEqual([]);
  });

  it("that bounces because the room has gone is held", () => {
    priv(true);
    const gone = { ...error("item-not-found"), by: ROOM.replace(/.*@/, "") };
    expect(outbox.bounced(ROOM, "a", gone)).toBe(true);
    expect(tag("a")).toBe("held");
  });

  it("is not what a room gives back, by its id or by its text", () => {
    priv(true);
    expect(outbox.reflected(echo("a"))).toBeNull();
    expect(outbox.reflected(echo("x", { ownBody: "says a" }))).toBeNull();
    expect(tag("a")).toBe("sent");
  });

  it("has arrived when a later message is reflected, or a later request answered", () => {
    priv(true);
    bring.sent("b");
    outbox.reflected(echo("b"));
    expect(outbox.all()).toEqual([]);
    priv(true);
    expect(ids(outbox.proven(ROOM, outbox.lastSent))).toEqual(["a"]);
  });

  it("has arrived when no error came in time; that says nothing of others, and nothing of one that is in doubt", () => {
    priv(true);
    bring.sent("b");
    const { lastSent } = outbox;
    outbox.offer(draft("c", { isPrivate: true }), true, 0);
    expect(ids(outbox.unrefused(ROOM, lastSent))).toEqual(["a"]);
    expect(ids(outbox.all())).toEqual(["b", "c"]);
    outbox.closed(ROOM);
    expect(outbox.unrefused(ROOM, outbox.lastSent)).toEqual([]);
  });
});
