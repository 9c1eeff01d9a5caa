import { beforeEach, describe, expect, it } from "vitest";
import type { FinalReason } from "../../src/core/events.js";
import {
  isKept,
  isUnheard,
  isWanted,
  UNKNOWN,
} from "../../src/core/membership.js";
import type { RoomEvent } from "../../src/core/room-events.js";
import { failed, page } from "./catch-up/life.js";
import {
  forGood,
  forNow,
  MembershipLife,
  ROOM,
  stored,
  WAIT_MS,
} from "./membership-life.js";

let room: MembershipLife;
beforeEach(() => {
  room = new MembershipLife().current();
});

/** A message that may have arrived, and one that waits, in a room that is out of reach. */
function withDoubt(hasArchive = true): MembershipLife {
  const life = new MembershipLife();
  life.hasArchive = hasArchive;
  life.current().types("one");
  life.waits().types("two");
  expect(life.messages).toEqual(["one doubtful", "two held"]);
  return life;
}

/** The same on the way back: the screen is behind. */
const returning = (hasArchive = true) => withDoubt(hasArchive).joins();

describe("the way into a room", () => {
  it.each<[string, string, (life: MembershipLife) => unknown]>([
    ["closed", "left, absent", () => {}],
    ["closed", "joining, first", (life) => life.joins({ isShownIn: false })],
    ["open", "joined, first", (life) => life.first()],
    ["open", "joined, current", (life) => life.current()],
    ["open", "checking, current", (life) => life.current().checks()],
    [
      "open",
      "renaming, current",
      (life) => life.current().on({ type: "nick-asked", nick: "al" }),
    ],
    ["closed", "waiting, current", (life) => life.current().waits()],
    ["closed", "checking, current", (life) => life.current().waits().wakes()],
    ["closed", "joining, behind: asking", (life) => life.current().joins()],
    [
      "unknown",
      "joined, behind: asking",
      (life) => life.current().joins().enters(),
    ],
    [
      "closed",
      "suspended, current",
      (life) => life.current().on({ type: "stream-down" }),
    ],
    [
      "closed",
      "left, absent",
      (life) => life.current().departs(forGood("kicked")),
    ],
    [
      "open",
      "joined, absent",
      (life) => life.on({ type: "join-began" }).enters(),
    ],
  ])("is %s: %s", (way, tags, live) => {
    const life = new MembershipLife();
    live(life);
    expect([life.way, life.tags]).toEqual([way, tags]);
  });
});

describe("the way closes: messages on their way are doubtful, and those that are typed wait", () => {
  it.each<[string, (life: MembershipLife) => unknown]>([
    ["the host is away", (life) => life.waits()],
    [
      "the room waits with another one",
      (life) =>
        life.checks().on({ type: "host-away", until: null, attempt: 1 }),
    ],
    ["the room puts us out", (life) => life.departs(forNow("shutdown"))],
    ["a join begins", (life) => life.on({ type: "join-began" })],
  ])("when %s", (_when, loses) => {
    expect(room.types("one")).toBe(true);
    loses(room);
    expect(room.way).toBe("closed");
    expect(room.messages).toEqual(["one doubtful"]);
    expect(room.types("two")).toBe(false);
  });

  it("when a check begins that began outside", () => {
    room.waits().wakes();
    expect(room.which("ping")).toEqual(["ping alice"]);
    expect(room.way).toBe("closed");
    expect(room.types("one")).toBe(false);
  });

  it("and of another tab's message as well", () => {
    room.types("one");
    const [entry] = room.is.outbox.entries;
    room.waits().on({ type: "absorbed", id: "one", entry: entry! });
    expect(room.messages).toEqual(["one doubtful"]);
  });

  it("but not while a room in its seat is checked", () => {
    room.types("one");
    room.checks();
    expect(room.messages).toEqual(["one sent"]);
    expect(room.way).toBe("open");
    expect(room.types("two")).toBe(true);
  });
});

describe("the room says that we are in", () => {
  it.each<[string, (life: MembershipLife) => unknown]>([
    ["after a wait", (life) => life.waits()],
    ["after a check from outside", (life) => life.waits().wakes()],
  ])("%s: messages that wait go out", (_when, loses) => {
    loses(room);
    room.types("one");
    room.enters();
    expect(room.which("send")).toEqual(["send one"]);
    expect(room.way).toBe("open");
  });

  it("after a check in the seat: messages that wait go out", () => {
    room.types("one");
    room.on({ type: "unsent", ids: ["one"] }).checks();
    expect(room.messages).toEqual(["one held"]);
    room.answers("joined");
    expect(room.which("send")).toEqual(["send one"]);
  });

  it("nobody was called by name where a ping says so", () => {
    room.waits().types("one");
    room.wakes().answers("joined");
    expect(room.done).toEqual([
      "forget-roll-call",
      "send one",
      "checked joined",
    ]);
  });

  it("everybody is called by name after a join", () => {
    room.waits().joins().enters();
    expect(room.done).not.toContain("forget-roll-call");
  });

  it("a screen that is behind is caught up with first", () => {
    const life = returning().pageComes(failed("error"));
    expect(life.tags).toBe("joining, behind: waiting");
    life.enters();
    expect(life.tags).toBe("joined, behind: asking");
    expect(life.which("send", "ask")).toEqual(["ask after last"]);
    expect(life.way).toBe("unknown");
  });

  it("a screen that is behind is caught up with first where a ping says so, too", () => {
    const life = returning().pageComes(failed("error"));
    // The join is lost, and the room asked.
    life.wakes().wakes();
    expect(life.tags).toBe("checking, behind: waiting");
    life.answers("joined");
    expect(life.which("send", "ask")).toEqual(["ask after last"]);
    expect(life.tags).toBe("joined, behind: asking");
  });

  it("the archive is asked where something is doubtful", () => {
    const life = withDoubt().wakes().answers("joined");
    expect(life.which("send", "ask")).toEqual(["ask after last"]);
    expect(life.tags).toBe("joined, behind: asking");
    expect(life.messages).toEqual(["one doubtful", "two held"]);
  });

  it("a message to one occupant is no reason to ask the archive", () => {
    room.types("one", true);
    room.waits().wakes().answers("joined");
    expect(room.tags).toBe("joined, current");
    expect(room.which("failed")).toEqual(["failed one unconfirmed"]);
  });

  it("messages in doubt stay so where there is no archive", () => {
    const life = withDoubt(false).wakes().answers("joined");
    expect(life.which("send")).toEqual(["send two"]);
    expect(life.messages).toEqual(["one doubtful", "two sent"]);
  });

  it("messages in doubt stay so where Converse still fetches what it shows first", () => {
    const life = new MembershipLife().first();
    life.types("one");
    life.waits().types("two");
    life.wakes().answers("joined");
    expect(life.tags).toBe("joined, first");
    expect(life.which("send", "ask")).toEqual(["send two"]);
    expect(life.messages).toEqual(["one doubtful", "two sent"]);
  });

  it("a room that is found joined after a reload is the catch-up's", () => {
    const life = new MembershipLife();
    const entries = [stored("one", 1), stored("two")];
    life.on({ type: "restored", entries });
    life.on({ type: "found-in", nick: "alice", facts: life.facts() });
    expect(life.tags).toBe("joined, behind: finding");
    expect(life.done).toEqual(["enable", "count", "store null", "find"]);
    expect(life.messages).toEqual(["one doubtful", "two held"]);
  });

  it("a room that is found joined after a reload sends what waits where nothing is to be caught up with", () => {
    const life = new MembershipLife();
    life.on({ type: "restored", entries: [stored("two")] });
    life.on({ type: "found-in", nick: "alice", facts: life.facts() });
    expect(life.tags).toBe("joined, current");
    expect(life.done).toEqual(["enable", "store nothing", "send two"]);
  });

  it.each<[string, RoomEvent]>([
    ["the room's word once more", { type: "self-presence", nick: "alice" }],
    ["another status of ours", { type: "presence-sent" }],
    ["a guard", { type: "guarded", guard: "push" }],
    ["a stream that is up", { type: "stream-up" }],
  ])(
    "an event that changes nothing about the seat opens nothing: %s",
    (...of) => {
      room.types("one");
      room.on({ type: "unsent", ids: ["one"] }).on(of[1]);
      expect(room.done).toEqual([]);
      expect(room.messages).toEqual(["one held"]);
    },
  );
});

describe("another tab's join becomes known when it is over", () => {
  it("the archive is asked from the room's last word that we are in", () => {
    room.enters().on({ type: "late-news", hasArchive: true });
    expect(room.tags).toBe("joined, behind: asking");
    expect(room.which("ask")).toEqual(["ask after last"]);
  });

  it("nothing is asked where Converse has fetched everything since that word", () => {
    room.on({ type: "late-news", hasArchive: true });
    expect(room.done).toEqual([]);
  });
});

describe("the room has taken a presence for a join", () => {
  const isForgotten = (life: MembershipLife) =>
    life.on({ type: "presence-sent" }).on({ type: "subject-told" });

  it("the archive is asked", () => {
    isForgotten(room);
    expect(room.tags).toBe("joined, behind: asking");
    expect(room.which("enable", "ask")).toEqual(["enable", "ask after last"]);
  });

  it("nothing is asked where there is no archive", () => {
    room.hasArchive = false;
    isForgotten(room);
    expect(room.tags).toBe("joined, current");
    expect(room.done).toEqual(["enable"]);
  });
});

describe("the screen is current", () => {
  it.each([
    [true, ["send one", "send two"]],
    [false, ["send two"]],
  ])("and the seat is there (%s)", (isComplete, sent) => {
    const end = isComplete ? page("p1", true, "p1") : page(null, false, "p1");
    const life = returning().enters().pageComes(end).reads();
    expect(life.tags).toBe("joined, current");
    expect(life.which("send")).toEqual(sent);
    // The screen is released before anything is said after it.
    expect(life.done.indexOf("release")).toBeLessThan(
      life.done.indexOf("send two"),
    );
  });

  it("a room's own history opens the way at its end", () => {
    const life = returning(false).enters();
    expect(life.tags).toBe("joined, behind: history");
    expect(life.which("send")).toEqual([]);
    life.on({ type: "subject-told" });
    expect(life.which("send")).toEqual(["send one", "send two"]);
  });

  it("after the first fetch nothing waits any more", () => {
    const life = new MembershipLife().joins({ isShownIn: false });
    life.types("one");
    life.enters();
    expect(life.which("send")).toEqual(["send one"]);
  });

  it("nothing goes out without a seat", () => {
    // The room's own history never comes: neither is there a join.
    const life = returning(false);
    const done: string[] = [];
    while (life.is.catchUp.tag === "behind") {
      done.push(...life.wakes().which("release", "send"));
      if (life.is.seat.tag === "checking") life.answers("unreachable");
    }
    expect(life.is.catchUp.tag).toBe("current");
    expect(life.way).toBe("closed");
    expect(done).toEqual(["release"]);
    expect(life.messages).toEqual(["one doubtful", "two held"]);
  });
});

describe("a message bounced", () => {
  beforeEach(() => void room.types("one"));

  it("for now: the seat is checked, and the message waits for that", () => {
    room.bounces("one", { condition: "not-acceptable" });
    expect(room.done).toEqual(["ping alice"]);
    expect(room.messages).toEqual(["one held"]);
    room.answers("joined");
    expect(room.which("send")).toEqual(["send one"]);
  });

  it("for good: nothing follows for the seat", () => {
    room.bounces("one", { condition: "forbidden" });
    expect(room.done).toEqual(["ended one false"]);
    expect(room.tags).toBe("joined, current");
  });

  it("because its one reader has gone: nothing follows for the seat", () => {
    room.types("two", true);
    room.bounces("two", { condition: "item-not-found", by: ROOM }, true);
    expect(room.done).toEqual(["ended two false"]);
    room.bounces("one", { condition: "item-not-found", by: ROOM });
    expect(room.done).toEqual(["ping alice"]);
  });
});

describe("an archive is silent", () => {
  it("in the room: the seat is checked", () => {
    room.joins().enters().passes(10_000).pageComes(failed("no-answer"));
    expect(room.done).toEqual(["ping alice"]);
    expect(room.tags).toBe("checking, behind: paused");
    room.answers("joined");
    expect(room.which("ask")).toEqual(["ask after last"]);
  });

  it("during the join: the join is hurried", () => {
    room.joins().pageComes(failed("no-answer"));
    expect(room.tags).toBe("joining, behind: waiting");
    expect(room.wakesAt).toBe(room.now + room.limits.checkIntervalMs);
  });

  it("and one that refuses is there: the seat is not checked", () => {
    room.joins().enters().passes(10_000).pageComes(failed("error"));
    expect(room.which("ping", "ask")).toEqual(["ask after last"]);
  });
});

describe("a request that only occupants may make is answered", () => {
  it("messages that went out before it have arrived, later ones may have", () => {
    room.types("one");
    const turn = room.is.outbox.lastTurn;
    room.types("two");
    room.on({ type: "answered", turn });
    expect(room.done).toEqual(["ended one true"]);
    expect(room.messages).toEqual(["two sent"]);
  });
});

describe("back in the seat", () => {
  it("is told when the screen is current, once", () => {
    room.departs(forNow("shutdown")).passes(2_000);
    room.joins().enters();
    expect(room.which("back")).toEqual([]);
    room.pageComes().reads();
    expect(room.which("back")).toEqual([]);
    const { epoch } = room.is.catchUp;
    room.releases(3);
    expect(room.done).toEqual(["notify", "back after 2000 with 3"]);
    room.releases(3, epoch);
    expect(room.which("back")).toEqual([]);
  });

  it("is told with the last return", () => {
    room.departs(forNow("shutdown")).passes(2_000);
    room.joins().enters();
    room.departs(forNow("shutdown")).passes(7_000);
    room.joins().enters().pageComes().reads().releases(1);
    expect(room.which("back")).toEqual(["back after 7000 with 1"]);
  });

  it("is told once for two returns at a time when Converse reads slowly", () => {
    room.departs(forNow("shutdown")).passes(2_000);
    room.joins().enters().pageComes().reads();
    const { epoch } = room.is.catchUp;
    room.departs(forNow("shutdown")).passes(7_000);
    room.joins().enters().releases(5, epoch);
    expect(room.which("back")).toEqual([]);
    room.pageComes().reads().releases(6);
    expect(room.which("back")).toEqual(["back after 7000 with 6"]);
  });

  it("without a join is told at once where nothing was missed", () => {
    room.departs(forNow("shutdown")).passes(2_000);
    // The room takes us back by itself.
    room.enters();
    expect(room.done).toEqual(["enable", "back after 2000 with 0"]);
  });
});

describe("the stream breaks", () => {
  beforeEach(() => {
    room.joins().enters().on({ type: "stream-down" });
  });

  it("the catch-up pauses, and goes on with the next join", () => {
    expect(room.tags).toBe("suspended, behind: paused");
    // The page comes too late.
    expect(room.pageComes().done).toEqual([]);
    room.joins();
    expect(room.which("ask")).toEqual(["ask after last"]);
  });

  it("the catch-up does not go on while the stream is down and no time has passed", () => {
    expect(room.done).toEqual([]);
    expect(room.wakesAt).toBeGreaterThan(room.now);
  });

  it("messages on their way are doubtful, or have failed the second time", () => {
    const life = new MembershipLife();
    life.hasArchive = false;
    life.current().types("one");
    life.on({ type: "stream-down" });
    expect(life.messages).toEqual(["one doubtful"]);
    life.joins().enters().on({ type: "subject-told" });
    expect(life.which("send")).toEqual(["send one"]);
    life.on({ type: "stream-down" });
    expect(life.done).toEqual(["failed one breaks-streams", "ended one false"]);
  });
});

describe("the room is left", () => {
  const leaves = (reason: FinalReason, life = withDoubt()) =>
    reason === "left" || reason === "logged-out" || reason === "parked"
      ? life.userLeaves(reason)
      : life.departs(forGood(reason));

  it("by the user (left): nothing is kept", () => {
    const life = leaves("left");
    expect(life.done).toEqual([
      "forget-roll-call",
      "store nothing",
      "unmute",
      "forget held",
      "failed one left",
      "ended one false",
      "failed two left",
      "ended two false",
      "disable",
    ]);
    expect(life.tags).toBe("left, absent");
    expect(life.messages).toEqual([]);
  });

  it("by the user (logged-out): nothing is kept", () => {
    const life = leaves("logged-out");
    expect(life.done).toEqual([
      "forget-roll-call",
      "store nothing",
      "unmute",
      "forget held",
      "ended one false",
      "ended two false",
      "disable",
    ]);
    expect(life.tags).toBe("left, absent");
    expect(life.messages).toEqual([]);
  });

  it.each([
    "kicked",
    "banned",
    "affiliation-lost",
    "members-only",
    "destroyed",
    "not-allowed",
    "not-found",
    "refused",
  ] as const)("for good (%s): messages that wait have failed", (reason) => {
    const life = leaves(reason);
    expect(life.done).toEqual([
      "forget-roll-call",
      "store nothing",
      "unmute",
      "show held",
      `failed one ${reason}`,
      "ended one false",
      `failed two ${reason}`,
      "ended two false",
      "disable",
      `given-up ${reason}`,
    ]);
    expect(life.tags).toBe("left, absent");
    expect(life.messages).toEqual(["one failed", "two failed"]);
  });

  it.each([
    "nick-conflict",
    "nick-required",
    "nick-refused",
    "password-required",
  ] as const)(
    "with a question to the user (%s): the catch-up goes on where it was",
    (reason) => {
      const life = returning();
      life.on({ type: "presence-refused", departure: forGood(reason) });
      expect(life.done).toEqual([
        "forget-roll-call",
        "disable",
        `given-up ${reason}`,
      ]);
      expect(life.tags).toBe("left, behind: paused");
      expect(life.messages).toEqual(["one doubtful", "two held"]);
      // The page that was asked for comes too late.
      expect(life.pageComes().done).toEqual([]);
      life.joins();
      expect(life.which("ask")).toEqual(["ask after last"]);
      life.enters().pageComes().reads();
      expect(life.which("send")).toEqual(["send one", "send two"]);
    },
  );

  it("with a question to the user: a late word that we are in changes nothing", () => {
    const life = returning();
    life.on({
      type: "presence-refused",
      departure: forGood("password-required"),
    });
    life.enters();
    expect(life.done).toEqual([]);
    expect(life.tags).toBe("left, behind: paused");
  });

  it("with a question to the user: messages on their way are doubtful", () => {
    room.types("one");
    room.departs(forGood("password-required"));
    expect(room.messages).toEqual(["one doubtful"]);
  });

  it("by Converse, for activity indicators: all that waits goes on waiting", () => {
    const life = leaves("parked", returning().enters());
    expect(life.done).toEqual(["forget-roll-call", "disable"]);
    expect(life.tags).toBe("left, behind: paused");
    expect(life.messages).toEqual(["one doubtful", "two held"]);
    expect(life.joins().which("ask")).toEqual(["ask after last"]);
  });

  it("by Converse, for activity indicators: messages on their way are doubtful", () => {
    room.types("one");
    room.userLeaves("parked");
    expect(room.messages).toEqual(["one doubtful"]);
  });

  it.each(["password-required", "kicked"] as const)(
    "and closed by the user (%s): messages that still wait are forgotten",
    (reason) => {
      const life = leaves(reason).userLeaves();
      expect(life.which("forget-roll-call")).toEqual(["forget-roll-call"]);
      expect(life.which("disable")).toEqual([]);
      expect(life.tags).toBe("left, absent");
      expect(life.messages).toEqual([]);
    },
  );

  it("and closed by the user before it was joined in this page: messages of before are forgotten", () => {
    const life = new MembershipLife();
    life.on({ type: "restored", entries: [stored("one", 1), stored("two")] });
    life.userLeaves();
    expect(life.messages).toEqual([]);
  });

  it("once", () => {
    const life = leaves("kicked");
    expect(life.departs(forGood("kicked")).done).toEqual([]);
  });
});

describe("time", () => {
  it("reaches the seat, the screen and the outbox", () => {
    const life = new MembershipLife();
    life.hasArchive = false;
    life.current().joins();
    life.types("one");
    expect(life.tags).toBe("joining, behind: joining");
    life.passes(WAIT_MS).on({ type: "wake" });
    // The join has timed out, and so have the history and the message.
    expect(life.tags).toBe("waiting, current");
    expect(life.done).toEqual([
      "release",
      "failed one waited-too-long",
      "ended one false",
    ]);
  });

  it("moves no screen to the present while the stream is down", () => {
    const life = new MembershipLife();
    life.hasArchive = false;
    life.current().joins().on({ type: "stream-down" });
    life.passes(WAIT_MS).on({ type: "wake" });
    expect(life.tags).toBe("suspended, behind: joining");
  });

  it("is waited for until the earliest of the three", () => {
    const life = new MembershipLife();
    const due = () => life.wakesAt! - life.now;
    const { joinTimeoutMs, silenceMs } = life.limits;
    life.current();
    expect(due()).toBe(silenceMs - 60_000);
    life.limits = { ...life.limits, silenceMs: 0, slowCheckMs: 0 };
    expect(life.wakesAt).toBeNull();
    life.types("one");
    expect(due()).toBe(WAIT_MS);
    life.joins();
    expect(due()).toBe(joinTimeoutMs);
    life.enters();
    expect(due()).toBe(WAIT_MS);
    // The archive is asked again in a while, and the ping has no end of its own.
    life.pageComes(failed("no-answer"));
    expect(life.tags).toBe("checking, behind: paused");
    expect(due()).toBe(5_000);
  });

  it("is not waited for by a room that was never heard of, or was left", () => {
    expect(new MembershipLife().wakesAt).toBeNull();
    expect(room.departs(forGood("kicked")).wakesAt).toBeNull();
  });
});

describe("a tab for which another one acts", () => {
  it("sends nothing when the way opens", () => {
    room.waits().types("one");
    room.isActing = false;
    room.enters();
    expect(room.way).toBe("open");
    expect(room.which("send")).toEqual([]);
    expect(room.messages).toEqual(["one held"]);
  });

  it("sends nothing when the screen is current", () => {
    const life = returning().enters();
    life.isActing = false;
    life.pageComes().reads();
    expect(life.tags).toBe("joined, current");
    expect(life.messages).toEqual(["one doubtful", "two held"]);
  });

  it("sends nothing that the user sends again: the other one does", () => {
    room.isActing = false;
    room.types("one");
    room.on({ type: "unreadable", id: "one" });
    room.on({ type: "send-again", id: "one" });
    expect(room.done).toEqual(["revived one"]);
    expect(room.messages).toEqual(["one held"]);
  });
});

describe("a message waits again while the way is open", () => {
  it("sent again by the user: it goes out", () => {
    room.types("one");
    room.on({ type: "unreadable", id: "one" });
    room.on({ type: "send-again", id: "one" });
    expect(room.done).toEqual(["revived one", "send one"]);
  });

  it("given up by another tab: it goes out", () => {
    room.on({ type: "absorbed", id: "one", entry: stored("one") });
    expect(room.done).toEqual(["send one"]);
  });

  it("in doubt in another tab: it stays so", () => {
    room.on({ type: "absorbed", id: "one", entry: stored("one", 1) });
    expect(room.done).toEqual([]);
    expect(room.messages).toEqual(["one doubtful"]);
  });

  it("another tab is done with another one: that sends nothing", () => {
    room.types("one");
    room.on({ type: "unsent", ids: ["one"] });
    room.on({ type: "absorbed", id: "two", entry: null });
    expect(room.done).toEqual([]);
    expect(room.messages).toEqual(["one held"]);
  });

  it("sent again while the way is closed: it waits", () => {
    room.types("one");
    room.on({ type: "unreadable", id: "one" }).waits();
    room.on({ type: "send-again", id: "one" });
    expect(room.done).toEqual(["revived one"]);
  });
});

describe("whether a room is wanted", () => {
  const kinds = ({ is }: MembershipLife) => ({
    isUnheard: isUnheard(is),
    isKept: isKept(is),
    isWanted: isWanted(is),
  });
  const unheard = { isUnheard: true, isKept: false, isWanted: true };

  it("is not known of one that was never heard of", () => {
    expect(new MembershipLife().is).toBe(UNKNOWN);
    expect(kinds(new MembershipLife())).toEqual(unheard);
  });

  it.each<[string, (life: MembershipLife) => unknown]>([
    ["is joined", (life) => life.on({ type: "join-began" })],
    ["is current", (life) => life.current()],
    ["is waited for", (life) => life.current().waits()],
    ["has no stream", (life) => life.current().on({ type: "stream-down" })],
  ])("is certain of one that %s", (_which, live) => {
    const life = new MembershipLife();
    live(life);
    const is = { isUnheard: false, isKept: true, isWanted: true };
    expect(kinds(life)).toEqual(is);
  });

  it.each(["left", "kicked", "password-required"] as const)(
    "ends when it is left (%s)",
    (reason) => {
      if (reason === "left") room.userLeaves();
      else room.departs(forGood(reason));
      const is = { isUnheard: false, isKept: false, isWanted: false };
      expect(kinds(room)).toEqual(is);
    },
  );

  it.each<RoomEvent>([
    { type: "stream-up" },
    { type: "stream-down" },
    { type: "check-wanted" },
    { type: "glance" },
    { type: "wake" },
  ])(
    "is not known either where messages of the page before are all there is: $type",
    (event) => {
      const life = new MembershipLife();
      life.on({ type: "restored", entries: [stored("one")] }).on(event);
      expect(kinds(life)).toEqual(unheard);
      expect(life.messages).toEqual(["one held"]);
    },
  );
});
