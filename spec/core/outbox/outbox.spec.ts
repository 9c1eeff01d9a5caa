import { beforeEach, describe, expect, it } from "vitest";
import { MAX_TRIES } from "../../../src/core/outbox/outbox.js";
import { waitingIn } from "../../../src/core/outbox/outbox-state.js";
import type { Pending } from "../../../src/core/outbox/pending.js";
import { ANSWER_MS, error, OutboxLife, ROOM, WAIT_MS } from "./life.js";

const FRESH = { tries: 0, doubts: 0, breaks: 0, phase: { tag: "held" } };

let life: OutboxLife;

beforeEach(() => {
  life = new OutboxLife();
});

/** The messages that these effects send. */
const sent = (effects: string[]) =>
  effects.filter((e) => e.startsWith("send ")).map((e) => e.slice(5));

/** Brings a message into a phase. */
const bring = {
  sent: (id: string) => life.types(id),
  held: (id: string) => life.types(id, false),
  doubtful: (id: string) => {
    life.types(id);
    life.closes();
  },
  failed: (id: string) => {
    life.types(id, false);
    life.departs("banned");
  },
};
type PhaseTag = keyof typeof bring;
const PHASES: PhaseTag[] = ["sent", "doubtful", "held", "failed"];

/** Tells events of which nothing may follow: not even another state of the same content. */
function expectNothing(tell: () => string[]): void {
  const { outbox } = life;
  expect(tell()).toEqual([]);
  expect(life.outbox).toBe(outbox);
}

describe("a message that the user sends", () => {
  it("goes out when the way is open", () => {
    expect(life.types("a")).toBe(true);
    expect(life.tagOf("a")).toBe("sent");
  });

  it("waits when it is closed", () => {
    expect(life.types("a", false)).toBe(false);
    expect(life.tagOf("a")).toBe("held");
  });

  it.each([
    ["unknown", true],
    ["open", false],
  ] as const)("waits when it is %s, connected: %s", (way, isConnected) => {
    life.way = way;
    bring.sent("a");
    life.way = way;
    const [first] = life.outbox.entries;
    const draft = { ...first!, id: "b", originId: null };
    life.on({ type: "typed", draft, isConnected });
    expect([life.tagOf("a"), life.tagOf("b")]).toEqual(["doubtful", "held"]);
  });

  it("waits behind another one that waits", () => {
    bring.held("a");
    expect(life.types("b")).toBe(false);
  });

  it("does not wait behind one that has failed", () => {
    bring.failed("a");
    expect(life.types("b")).toBe(true);
  });

  it("is the same message when stream management sends it again", () => {
    bring.doubtful("a");
    life.now = 5;
    expect(life.types("a")).toBe(true);
    expect(life.ids).toEqual(["a"]);
    expect(life.find("a")).toMatchObject({ tries: 2, sentAt: 0 });
  });
});

describe.each(PHASES)("a message that is %s", (phase) => {
  const isFailed = phase === "failed";

  beforeEach(() => void bring[phase]("a"));

  it("is done with when it is reflected", () => {
    const end = isFailed ? "revived a" : "ended a true";
    expect(life.echo("a")).toEqual([end]);
    expect(life.ids).toEqual([]);
  });

  it("is done with when an archive has it", () => {
    const end = isFailed ? "revived a" : "ended a true";
    expect(life.echo("a", { isLive: false })).toEqual([end]);
    expect(life.ids).toEqual([]);
  });

  it("is found by its origin-id", () => {
    life.echo("other", { ids: ["other", "origin-a"] });
    expect(life.ids).toEqual([]);
  });

  it("is not done with by another message", () => {
    expectNothing(() => life.echo("b"));
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
    const effects = life.bounces("a", error(condition));
    expect(effects).toEqual(isKept || isFailed ? [] : ["ended a false"]);
    expect(life.tagOf("a")).toBe(
      isFailed ? "failed" : isKept ? "held" : undefined,
    );
  });

  it("when a later request is answered", () => {
    const isDone = phase === "sent";
    expect(life.answers()).toEqual(isDone ? ["ended a true"] : []);
    expect(life.ids).toEqual(isDone ? [] : ["a"]);
  });

  it("when the way closes", () => {
    if (phase !== "sent") return expectNothing(() => life.closes());
    expect(life.closes()).toEqual([]);
    expect(life.tagOf("a")).toBe("doubtful");
  });

  it.each([false, true])("when the way opens, history known: %s", (isKnown) => {
    const goes = phase === "held" || (phase === "doubtful" && isKnown);
    if (!goes) return expectNothing(() => life.opens(isKnown));
    expect(life.opens(isKnown)).toEqual(["send a"]);
    expect(life.tagOf("a")).toBe("sent");
  });

  it("when the user's own stream breaks", () => {
    if (phase !== "sent") {
      return expectNothing(() => life.on({ type: "stream-broke" }));
    }
    expect(life.on({ type: "stream-broke" })).toEqual([]);
    const doubt = { breaks: 1, doubts: 1, phase: { tag: "doubtful" } };
    expect(life.find("a")).toMatchObject(doubt);
  });

  it("when it has waited too long", () => {
    expectNothing(() => life.wakes(WAIT_MS - 1));
    const fails = phase === "held" || phase === "doubtful";
    const told = fails ? ["failed a waited-too-long", "ended a false"] : [];
    expect(life.wakes(WAIT_MS)).toEqual(
      isFailed || fails ? told : ["ended a false"],
    );
    expect(life.tagOf("a")).toBe(phase === "sent" ? undefined : "failed");
  });

  it("when there is no way back into the room", () => {
    const told = ["failed a kicked", "ended a false"];
    expect(life.departs("kicked")).toEqual(isFailed ? [] : told);
    const reason = isFailed ? "banned" : "kicked";
    expect(life.find("a")?.phase).toEqual({ tag: "failed", reason });
  });

  it("when the user wants it to be sent again", () => {
    life.now = 99;
    const again = () => life.on({ type: "send-again", id: "a" });
    if (!isFailed) return expectNothing(again);
    expect(again()).toEqual(["revived a"]);
    expect(life.find("a")).toMatchObject({ ...FRESH, sentAt: 99 });
  });

  it("when the user has left the room", () => {
    const told = ["failed a left", "ended a false"];
    expect(life.departs("left")).toEqual(isFailed ? [] : told);
    expect(life.ids).toEqual([]);
  });

  it("when the user has logged out", () => {
    expect(life.departs("logged-out")).toEqual(
      isFailed ? [] : ["ended a false"],
    );
    expect(life.ids).toEqual([]);
  });

  it("when it can't be given to the server", () => {
    const isOut = phase === "sent";
    const { tries } = life.find("a")!;
    expect(life.on({ type: "unsent", ids: ["a"] })).toEqual([]);
    const now = { tries: tries - (isOut ? 1 : 0) };
    expect(life.find("a")).toMatchObject(now);
    expect(life.tagOf("a")).toBe(isOut ? "held" : phase);
  });

  it("when it is no stanza", () => {
    const told = ["failed a unreadable", "ended a false"];
    const effects = life.on({ type: "unreadable", id: "a" });
    expect(effects).toEqual(isFailed ? [] : told);
    expect(life.tagOf("a")).toBe("failed");
  });

  it("after a reload", () => {
    const now = life.reloaded().tagOf("a");
    expect(now).toBe(phase === "sent" ? "doubtful" : phase);
  });

  it("when another tab is done with it", () => {
    const effects = life.on({ type: "absorbed", id: "a", entry: null });
    expect(effects).toEqual(isFailed ? [] : ["ended a false"]);
    expect(life.ids).toEqual([]);
  });

  it.each(["open", "unknown", "closed"] as const)(
    "when another tab has it, the way %s here",
    (way) => {
      const other = new OutboxLife();
      other.way = way;
      const entry = life.find("a")!;
      expect(other.on({ type: "absorbed", id: "a", entry })).toEqual([]);
      const isDoubtful = phase === "sent" && way !== "open";
      expect(other.tagOf("a")).toBe(isDoubtful ? "doubtful" : phase);
    },
  );

  it("is shown unless it is on its way", () => {
    const shown = waitingIn(life.outbox).map(({ id }) => id);
    expect(shown).toEqual(phase === "sent" ? [] : ["a"]);
  });
});

describe("an event about no message", () => {
  it.each([
    { type: "echoed", ids: ["x"], ownBody: "x", isLive: true },
    {
      type: "bounced",
      ids: ["x"],
      error: error("forbidden"),
      isPrivate: false,
    },
    { type: "answered", turn: 0 },
    { type: "send-again", id: "x" },
    { type: "unsent", ids: ["x"] },
    { type: "unreadable", id: "x" },
    { type: "absorbed", id: "x", entry: null },
    { type: "wake" },
  ] as const)("does nothing: $type", (event) => {
    for (const phase of PHASES) bring[phase](phase);
    life.way = "open";
    bring.sent("last");
    expectNothing(() => life.on(event));
  });
});

describe("the user's order", () => {
  it("is kept by what waits, whenever it began to wait", () => {
    bring.sent("a");
    bring.sent("b");
    bring.sent("c");
    life.bounces("c");
    life.bounces("a");
    life.closes();
    bring.held("d");
    expect(sent(life.opens(true))).toEqual(["a", "b", "c", "d"]);
  });

  it("is kept when the clock stands still, and across a reload", () => {
    for (const id of ["z", "y", "x"]) bring.held(id);
    const stored = [...life.outbox.entries].reverse();
    const reloaded = new OutboxLife(stored);
    expect(sent(reloaded.opens(true))).toEqual(["z", "y", "x"]);
  });

  it("has a message that was tried again at its end", () => {
    bring.failed("a");
    bring.held("b");
    life.on({ type: "send-again", id: "a" });
    expect(sent(life.opens(true))).toEqual(["b", "a"]);
  });

  it("is kept by a message of another tab", () => {
    for (const id of ["a", "b", "c"]) bring.held(id);
    const { outbox } = life;
    const entry = life.find("b")!;
    life.on({ type: "absorbed", id: "b", entry: null });
    life.on({ type: "absorbed", id: "b", entry });
    expect(life.outbox).toEqual(outbox);
  });
});

describe("a message that the room passes over", () => {
  it("is dropped when a later one is reflected", () => {
    for (const id of ["a", "b", "c"]) bring.sent(id);
    expect(life.echo("b")).toEqual(["ended b true", "ended a false"]);
    expect(life.ids).toEqual(["c"]);
  });

  it("is not dropped by what an archive has", () => {
    for (const id of ["a", "b"]) bring.sent(id);
    life.echo("b", { isLive: false });
    expect(life.ids).toEqual(["a"]);
  });

  it("is not dropped when it went out after that one, though said before", () => {
    bring.sent("a");
    bring.sent("b");
    life.bounces("a", error("remote-server-timeout"));
    life.opens(false);
    life.echo("b");
    expect(life.tagOf("a")).toBe("sent");
  });

  it("is not dropped when the way was closed in between: it may be lost", () => {
    bring.doubtful("a");
    bring.sent("b");
    life.echo("b");
    expect(life.tagOf("a")).toBe("doubtful");
  });

  it("is dropped by the turns in which another tab sent", () => {
    bring.sent("a");
    const other = new OutboxLife();
    other.types("b");
    const entry = other.find("b")!;
    life.on({ type: "absorbed", id: "b", entry });
    life.echo("b");
    expect(life.ids).toEqual([]);
  });
});

describe("a room that gives messages ids of its own", () => {
  const renamed = () => life.echo("x", { ownBody: "says a" });

  it("is understood by the text of what was sent", () => {
    bring.sent("a");
    expect(renamed()).toEqual(["ended a true"]);
  });

  it("confirms the first of two that are alike", () => {
    for (const id of ["a", "b"]) life.types(id, true, { body: "says a" });
    renamed();
    expect(life.ids).toEqual(["b"]);
  });

  it("confirms nothing that is not on its way, and nothing without a text", () => {
    bring.held("a");
    life.types("b", true, { body: null });
    renamed();
    life.echo("x");
    expect(life.ids).toEqual(["a", "b"]);
  });

  it("confirms nothing by an empty text", () => {
    life.types("a", true, { body: "" });
    life.echo("x", { ownBody: "" });
    expect(life.ids).toEqual(["a"]);
  });
});

describe("limits", () => {
  it("a message that bounces again and again has failed", () => {
    bring.sent("a");
    for (let tries = 1; tries < MAX_TRIES; tries++) {
      expect(life.bounces("a")).toEqual([]);
      expect(life.opens(false)).toEqual(["send a"]);
    }
    const told = ["failed a bounced-too-often", "ended a false"];
    expect(life.bounces("a")).toEqual(told);
    const phase = { tag: "failed", reason: "bounced-too-often" };
    expect(life.find("a")?.phase).toEqual(phase);
    life.on({ type: "send-again", id: "a" });
    expect(life.find("a")?.tries).toBe(0);
  });

  it("a message of before a reload that went out too often has failed", () => {
    bring.held("a");
    const worn = { ...life.find("a")!, tries: MAX_TRIES };
    const reloaded = new OutboxLife([worn]);
    const told = ["failed a bounced-too-often", "ended a false"];
    expect(reloaded.opens(false)).toEqual(told);
  });

  it("what could not be handed over waits on, and is no try", () => {
    bring.held("a");
    life.opens(true);
    life.on({ type: "unsent", ids: ["a"] });
    expect(life.find("a")).toMatchObject({ tries: 0, phase: { tag: "held" } });
  });
});

describe("a message that may have arrived", () => {
  /** The way closes and opens again, and nothing is heard of it. */
  const comeBack = (hasArchive = false, by = life) => {
    by.hasArchive = hasArchive;
    by.closes();
    return by.opens(true);
  };
  const unconfirmed = ["failed a unconfirmed", "ended a false"];

  beforeEach(() => void bring.sent("a"));

  it("goes out a second time, and never a third: then it has failed", () => {
    expect(comeBack()).toEqual(["send a"]);
    expect(comeBack()).toEqual(unconfirmed);
    const phase = { tag: "failed", reason: "unconfirmed" };
    expect(life.find("a")?.phase).toEqual(phase);
  });

  it("goes out no third time across reloads", () => {
    comeBack();
    expect(comeBack(true, life.reloaded())).toEqual(unconfirmed);
  });

  it("is lost for certain where the archive has not got it and keeps our ids: five times at most", () => {
    bring.sent("other");
    life.echo("other", { isLive: false });
    for (let tries = 1; tries < MAX_TRIES; tries++) {
      expect(comeBack(true)).toEqual(["send a"]);
    }
    const told = ["failed a bounced-too-often", "ended a false"];
    expect(comeBack(true)).toEqual(told);
  });

  it("is not lost for certain where the archive gives ids of its own", () => {
    life.types("other", true, { body: "hi" });
    life.echo("x", { ownBody: "hi" });
    bring.sent("b");
    comeBack(true);
    expect(sent(comeBack(true))).toEqual([]);
  });

  it("is not doubtful where it bounced: that sending has not arrived", () => {
    comeBack();
    life.closes();
    life.bounces("a");
    expect(life.opens(true)).toEqual(["send a"]);
  });

  it("stays doubtful when stream management says it again before the way is open", () => {
    life.closes();
    expect(life.types("a", false)).toBe(false);
    expect(life.opens(false)).toEqual([]);
    expect(life.tagOf("a")).toBe("doubtful");
  });

  it("goes out no third time when stream management says it again", () => {
    comeBack();
    life.closes();
    expect(life.types("a")).toBe(false);
  });

  it("has arrived when the room answers a later request, with the way open all along", () => {
    const { lastTurn } = life.outbox;
    bring.sent("b");
    expect(life.answers(lastTurn)).toEqual(["ended a true"]);
    expect(life.ids).toEqual(["b"]);
  });

  it("has arrived by no request that went out before it, though all of before is done", () => {
    life.echo("a");
    const { lastTurn } = life.outbox;
    bring.sent("b");
    expectNothing(() => life.answers(lastTurn));
  });

  it("has not when the way was closed in between, or it went out again since", () => {
    const { lastTurn } = life.outbox;
    comeBack();
    expectNothing(() => life.answers(lastTurn));
    life.closes();
    expectNothing(() => life.answers());
    expect(life.ids).toEqual(["a"]);
  });
});

describe("a message that makes the server end the stream", () => {
  const breaks = (by = life) => by.on({ type: "stream-broke" });
  const told = ["failed a breaks-streams", "ended a false"];

  beforeEach(() => {
    life.hasArchive = true;
  });

  it("has failed when the second stream broke, though no archive has it", () => {
    bring.sent("other");
    life.echo("other");
    bring.sent("a");
    expect(breaks()).toEqual([]);
    // Converse says it in several ways.
    expect(breaks()).toEqual([]);
    expect(life.opens(true)).toEqual(["send a"]);
    expect(breaks()).toEqual(told);
    const phase = { tag: "failed", reason: "breaks-streams" };
    expect(life.find("a")?.phase).toEqual(phase);
  });

  it("is counted across a reload, which is no break itself", () => {
    bring.sent("a");
    breaks();
    const second = life.reloaded();
    expect(second.opens(true)).toEqual(["send a"]);
    const third = second.reloaded();
    expect(third.find("a")?.breaks).toBe(1);
    second.hasArchive = true;
    expect(breaks(second)).toEqual(told);
  });

  it("is not what waited while they broke", () => {
    bring.held("a");
    for (let streams = 0; streams < 3; streams++) breaks();
    expect(life.tagOf("a")).toBe("held");
  });

  it("goes out again when the user says so, and not when stream management does", () => {
    bring.failed("a");
    expect(life.types("a")).toBe(false);
    expect(life.tagOf("a")).toBe("failed");
    life.on({ type: "send-again", id: "a" });
    expect(life.find("a")).toMatchObject(FRESH);
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
    expect(life.departs(reason)).toEqual([]);
    expect([life.tagOf("a"), life.tagOf("b")]).toEqual(["doubtful", "held"]);
    expect(sent(life.opens(true))).toEqual(["a", "b"]);
  });
});

describe("a private message", () => {
  const whisper = (id = "a", isOpen = true) =>
    life.types(id, isOpen, { isPrivate: true });

  it("waits while the way is closed, and goes out when it opens", () => {
    expect(whisper("a", false)).toBe(false);
    expect(life.opens(false)).toEqual(["send a"]);
    expect(life.tagOf("a")).toBe("sent");
  });

  it.each([false, true])(
    "on its way when the way closed has failed when it opens, and does not go out again, history known: %s",
    (isHistoryKnown) => {
      bring.sent("known");
      life.echo("known");
      whisper();
      life.closes();
      life.hasArchive = true;
      const told = ["failed a unconfirmed", "ended a false"];
      expect(life.opens(isHistoryKnown)).toEqual(told);
      const phase = { tag: "failed", reason: "unconfirmed" };
      expect(life.find("a")?.phase).toEqual(phase);
    },
  );

  it("that bounces for now is held, also when the way has closed meanwhile", () => {
    whisper();
    life.closes();
    expect(life.bounces("a")).toEqual([]);
    expect(life.opens(true)).toEqual(["send a"]);
  });

  it("that bounces because the occupant has gone is Converse's", () => {
    whisper();
    expect(life.bounces("a", error("item-not-found"))).toEqual([
      "ended a false",
    ]);
    expect(life.ids).toEqual([]);
  });

  it("that bounces because the room has gone is held", () => {
    whisper();
    const gone = { ...error("item-not-found"), by: ROOM.replace(/.*@/, "") };
    expect(life.bounces("a", gone)).toEqual([]);
    expect(life.tagOf("a")).toBe("held");
  });

  it("is the only one of which an occupant's error speaks", () => {
    bring.sent("b");
    whisper();
    const ids = ["b", "a"];
    const by = error("not-acceptable");
    life.on({ type: "bounced", ids, error: by, isPrivate: true });
    expect([life.tagOf("b"), life.tagOf("a")]).toEqual(["sent", "held"]);
  });

  it("is not what a room gives back, by its id or by its text", () => {
    whisper();
    expectNothing(() => life.echo("a"));
    expectNothing(() => life.echo("x", { ownBody: "says a" }));
    expect(life.tagOf("a")).toBe("sent");
  });

  it("has arrived when a later message is reflected, or a later request answered", () => {
    whisper();
    bring.sent("b");
    life.echo("b");
    expect(life.ids).toEqual([]);
    whisper();
    expect(life.answers()).toEqual(["ended a true"]);
  });

  it("has arrived when no error came in time; that says nothing of others, and nothing of one that is in doubt", () => {
    whisper();
    bring.sent("b");
    life.now = 1;
    whisper("c");
    expectNothing(() => life.wakes(ANSWER_MS - 1));
    expect(life.wakes(ANSWER_MS)).toEqual(["ended a true"]);
    expect(life.ids).toEqual(["b", "c"]);
    life.closes();
    expectNothing(() => life.wakes(2 * ANSWER_MS));
  });
});

it("no event changes an outbox: it makes another", () => {
  const freeze = (entries: readonly Pending[]) =>
    entries.forEach((entry) => Object.freeze(entry));
  for (const phase of PHASES) bring[phase](phase);
  freeze(life.outbox.entries);
  Object.freeze(life.outbox.entries);
  Object.freeze(life.outbox);
  life.bounces("held");
  life.on({ type: "send-again", id: "failed" });
  life.opens(true);
  life.echo("sent");
  life.departs("left");
  expect(life.ids).toEqual([]);
});
