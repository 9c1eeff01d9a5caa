import { describe, expect, it } from "vitest";
import type { Guard } from "../../../src/core/events.js";
import {
  INITIAL,
  isSeated,
  wakeAt,
  type RoomState,
} from "../../../src/core/seat/seat-states.js";
import { LIMITS } from "./life.js";

const base = { ...INITIAL, nick: "alice", since: 1_000 };
const joined = {
  ...base,
  tag: "joined",
  nick: "alice",
  checkedAt: -Infinity,
  recheckAt: null,
  presenceSentAt: -Infinity,
} as const;
const checking = {
  ...base,
  tag: "checking",
  nick: "alice",
  isSeated: true,
  hasRoomSpoken: false,
  isRecheckDue: false,
  until: null,
} as const;
const states = {
  left: INITIAL,
  suspended: { ...base, tag: "suspended" },
  joining: { ...base, tag: "joining", until: 7, isGone: null, lostAt: 0 },
  joined,
  checking,
  renaming: {
    ...base,
    tag: "renaming",
    nick: "alice",
    asked: "ally",
    until: 8,
    isRecheckDue: false,
  },
  waiting: {
    ...base,
    tag: "waiting",
    until: 9,
    promptableAt: 0,
    isJoinDue: false,
    reason: "shutdown",
  },
} satisfies Record<RoomState["tag"], RoomState>;

describe("a seat", () => {
  it.each([
    ["left", false],
    ["suspended", false],
    ["joining", false],
    ["joined", true],
    ["checking", true],
    ["renaming", true],
    ["waiting", false],
  ] as const)("in the state %s is ours: %s", (tag, isOurs) => {
    expect(isSeated(states[tag])).toBe(isOurs);
  });

  it("in a check that began without one is not ours", () => {
    expect(isSeated({ ...checking, isSeated: false })).toBe(false);
  });
});

describe("the time to be woken", () => {
  const at = { heardAt: -Infinity, limits: LIMITS };

  it.each([
    ["left", null],
    ["suspended", null],
    ["joining", 7],
    ["checking", null],
    ["renaming", 8],
    ["waiting", 9],
  ] as const)("of the state %s is %s", (tag, time) => {
    expect(wakeAt(states[tag], at)).toBe(time);
  });

  it.each<[Guard, boolean, number]>([
    ["silence", false, LIMITS.silenceMs],
    ["push", false, LIMITS.slowCheckMs],
    ["push", true, LIMITS.silenceMs],
    ["ready", false, LIMITS.slowCheckMs],
    ["ready", true, LIMITS.slowCheckMs],
  ])(
    "of a room guarded by %s (a push was missed: %s) is so long after its last word",
    (guard, hasMissedPush, patience) => {
      const state = { ...joined, guard, hasMissedPush };
      expect(wakeAt(state, at)).toBe(1_000 + patience);
      expect(wakeAt(state, { ...at, heardAt: 5_000 })).toBe(5_000 + patience);
      const checked = { ...state, checkedAt: 6_000 };
      expect(wakeAt(checked, at)).toBe(6_000 + patience);
      expect(wakeAt({ ...state, recheckAt: 2_000 }, at)).toBe(2_000);
    },
  );

  it("of a room whose silence says nothing is that of a deferred check", () => {
    const limits = { ...LIMITS, silenceMs: 0 };
    expect(wakeAt(joined, { ...at, limits })).toBeNull();
    const due = { ...joined, recheckAt: 2_000 };
    expect(wakeAt(due, { ...at, limits })).toBe(2_000);
  });
});
