import { beforeEach, describe, expect, it } from "vitest";
import { left } from "../src/core/seat/seat-moves.js";
import { INITIAL } from "../src/core/seat/seat-states.js";
import { Rules } from "../src/rules.js";
import type { FinalReason, RoomEvent } from "../src/core/events.js";
import type { RoomState } from "../src/core/seat/seat-states.js";
import { Life } from "./core/seat/life.js";

const ROOM = "room@muc.example";
const NOTHING: RoomEvent = { type: "wake" };

let screen: "none" | "first" | "behind" | "current";
let hasArchive: boolean;
let isDoubtful: boolean;
let state: RoomState;
let done: string[];
let rules: Rules;

beforeEach(() => {
  screen = "current";
  hasArchive = true;
  isDoubtful = false;
  state = new Life().joined().state;
  done = [];
  rules = new Rules(
    () => state,
    {
      isBehind: () => screen === "behind",
      isFirst: () => screen === "first",
      onEntered: () => void done.push("catch up"),
      lookUp: () => hasArchive && done.push("look up") > 0,
      pause: () => void done.push("pause"),
      drop: (_room, isOwnWish) => void done.push(`drop ${isOwnWish}`),
    },
    {
      isDoubtful: () => isDoubtful,
      opened: (_room, isKnown) => void done.push(`opened ${isKnown}`),
      closed: () => void done.push("closed"),
      departed: (_room, reason) => void done.push(`departed ${reason}`),
    },
    { cancel: () => void done.push("no roll call") },
  );
});

/** A room takes an event that leads from one state to another. */
function changes(
  before: RoomState,
  after: RoomState,
  event: RoomEvent = NOTHING,
): string[] {
  state = after;
  rules.onChange(ROOM, before, after, event);
  return done.splice(0);
}

const seated = () => new Life().joined().state;
const waiting = () =>
  new Life().joined().on({ type: "check-wanted" }).answered("unreachable")
    .state;
const checkingSeated = () =>
  new Life().joined().on({ type: "check-wanted" }).state;
const checkingOut = () =>
  new Life()
    .joined()
    .on({ type: "check-wanted" })
    .answered("unreachable")
    .wakes().state;

describe("the way closes: what is on its way is doubtful, and what is typed waits", () => {
  it.each([
    ["the host is away", checkingSeated, waiting],
    ["the room waits with another one", waiting, waiting],
    ["a check begins that began outside", waiting, checkingOut],
  ])("when %s", (_when, before, after) => {
    expect(changes(before(), after())).toEqual(["closed"]);
    expect(rules.isOpen(ROOM)).toBe(false);
  });

  it("but not while a room in its seat is checked", () => {
    expect(changes(seated(), checkingSeated())).toEqual([]);
    expect(rules.isOpen(ROOM)).toBe(true);
  });
});

describe("the room says that we are in", () => {
  it.each([
    ["after a wait", waiting],
    ["after a check from outside", checkingOut],
    ["after a check in the seat", checkingSeated],
  ])("%s: what waits goes out", (_when, before) => {
    expect(changes(before(), seated())).toEqual(["opened false"]);
  });

  it("nobody was called by name where a ping says so", () => {
    const epoch = 1;
    const answer = { verdict: "joined", isBelievedIn: true } as const;
    const event = { type: "ping-answered", epoch, ...answer } as const;
    expect(
      changes(waiting(), seated(), { ...event, isHostAway: false }),
    ).toEqual(["no roll call", "opened false"]);
  });

  it("a screen that is behind is caught up with first", () => {
    screen = "behind";
    expect(changes(waiting(), seated())).toEqual(["catch up"]);
    expect(rules.isOpen(ROOM)).toBe(false);
  });

  it("the archive is asked where something is doubtful", () => {
    isDoubtful = true;
    expect(changes(waiting(), seated())).toEqual(["look up"]);
  });

  it.each([
    ["there is no archive", () => (hasArchive = false)],
    ["Converse still fetches what it shows first", () => (screen = "first")],
  ])("what is doubtful stays so where %s", (_where, set) => {
    isDoubtful = true;
    set();
    expect(changes(waiting(), seated())).toEqual(["opened false"]);
  });

  it("a room that is found joined after a reload is the catch-up's", () => {
    const event = { type: "found-joined", nick: "alice" } as const;
    expect(changes(INITIAL, seated(), event)).toEqual([]);
  });

  it("what changes nothing about the seat opens nothing", () => {
    expect(changes(seated(), seated())).toEqual([]);
  });
});

describe("the screen is current", () => {
  it.each([true, false])("and the seat is there (%s)", (isComplete) => {
    rules.onCurrent(ROOM, isComplete);
    expect(done).toEqual([`opened ${isComplete}`]);
  });

  it("nothing goes out without a seat", () => {
    state = waiting();
    rules.onCurrent(ROOM, true);
    expect(done).toEqual([]);
  });
});

describe("the room is left", () => {
  const leaves = (reason: FinalReason) => {
    const [first, ...rest] = changes(seated(), left(seated(), reason));
    expect(first).toBe("no roll call");
    return rest;
  };

  it.each(["left", "logged-out"] as const)(
    "by the user (%s): nothing is kept",
    (reason) => {
      expect(leaves(reason)).toEqual(["drop true", `departed ${reason}`]);
    },
  );

  it.each([
    "kicked",
    "banned",
    "affiliation-lost",
    "members-only",
    "destroyed",
    "not-allowed",
    "not-found",
    "refused",
  ] as const)("for good (%s): what waits has failed", (reason) => {
    expect(leaves(reason)).toEqual(["drop false", `departed ${reason}`]);
  });

  it.each([
    "nick-conflict",
    "nick-required",
    "nick-refused",
    "password-required",
  ] as const)(
    "with a question to the user (%s): the catch-up goes on where it was",
    (reason) => {
      expect(leaves(reason)).toEqual(["pause", `departed ${reason}`]);
    },
  );

  it("by Converse, for activity indicators: what waits goes on waiting", () => {
    expect(leaves("parked")).toEqual(["pause", "closed"]);
  });

  it("and closed by the user: what still waited is forgotten", () => {
    const asked = left(seated(), "password-required");
    const closed = left(asked, "left");
    expect(changes(asked, closed)).toEqual([
      "no roll call",
      "drop true",
      "departed left",
    ]);
  });

  it("once", () => {
    const out = left(seated(), "kicked");
    expect(changes(out, out)).toEqual([]);
  });
});
