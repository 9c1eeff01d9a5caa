import { describe, expect, it } from "vitest";
import {
  REFUSALS,
  isOutage,
  isOwn,
  mayBeMissing,
  readRefusal,
  readRemoval,
} from "../../../src/core/seat/leave-reason.js";
import type { PresenceView } from "../../../src/core/events.js";

const unavailable = (
  codes: number[],
  more: Partial<PresenceView> = {},
): PresenceView => ({
  type: "unavailable",
  nick: "alice",
  codes: new Set(codes),
  destruction: null,
  error: null,
  ...more,
});

describe("an unavailable self-presence", () => {
  it.each([
    { codes: [110, 332], comesBack: true, reason: "shutdown" },
    { codes: [110, 333], comesBack: true, reason: "technical-problem" },
    { codes: [110, 307, 333], comesBack: true, reason: "technical-problem" },
    { codes: [110], comesBack: true, reason: "unavailable" },
    { codes: [], comesBack: true, reason: "unavailable" },
    { codes: [110, 999], comesBack: true, reason: "unavailable" },
    { codes: [110, 307], comesBack: false, reason: "kicked" },
    { codes: [110, 301], comesBack: false, reason: "banned" },
    { codes: [110, 301, 307], comesBack: false, reason: "banned" },
    { codes: [110, 301, 333], comesBack: false, reason: "banned" },
    { codes: [110, 321], comesBack: false, reason: "affiliation-lost" },
    { codes: [110, 322], comesBack: false, reason: "members-only" },
    { codes: [110, 322, 332], comesBack: false, reason: "members-only" },
  ])("$codes: $reason, comes back: $comesBack", ({ codes, ...departure }) => {
    expect(readRemoval(unavailable(codes))).toEqual(departure);
  });

  it("from the room itself, without a code: a shutdown", () => {
    expect(readRemoval(unavailable([], { nick: null }))).toEqual({
      comesBack: true,
      reason: "shutdown",
    });
  });

  it("of a destroyed room: destroyed, whatever the codes", () => {
    const presence = unavailable([110, 332], {
      destruction: { alternative: null, reason: null },
    });
    expect(readRemoval(presence)).toEqual({
      comesBack: false,
      reason: "destroyed",
    });
  });

  it("with 303 ends nothing: the nick was changed", () => {
    expect(readRemoval(unavailable([110, 303]))).toBeNull();
  });
});

describe("an error to a join", () => {
  const rows = [
    ["conflict", "cancel", false, "nick-conflict"],
    ["not-acceptable", "cancel", false, "nick-refused"],
    ["not-authorized", "auth", false, "password-required"],
    ["registration-required", "auth", false, "members-only"],
    ["forbidden", "auth", false, "banned"],
    ["not-allowed", "cancel", false, "not-allowed"],
    ["gone", "cancel", false, "destroyed"],
    ["item-not-found", "cancel", true, "locked"],
    ["service-unavailable", "wait", true, "full"],
    ["service-unavailable", "cancel", true, "full"],
    ["remote-server-not-found", "cancel", true, "unreachable"],
    ["remote-server-timeout", "wait", true, "unreachable"],
    ["resource-constraint", "wait", true, "busy"],
    ["internal-server-error", "wait", true, "busy"],
    ["internal-server-error", "cancel", false, "refused"],
    ["jid-malformed", "modify", false, "refused"],
    ["undefined-condition", "", false, "refused"],
  ] as const;

  it.each(rows)(
    "%s, type '%s': comes back %s, %s",
    (condition, type, comesBack, reason) => {
      expect(readRefusal({ condition, type, by: null })).toEqual({
        comesBack,
        reason,
      });
    },
  );

  it("has a row here for each condition of the table", () => {
    const conditions = new Set<string>(rows.map(([condition]) => condition));
    expect(
      Object.keys(REFUSALS).filter((name) => !conditions.has(name)),
    ).toEqual([]);
  });
});

describe("whose presence it is", () => {
  it.each([
    { what: "the nick that the room confirmed", presence: {}, isOurs: true },
    { what: "another nick", presence: { nick: "bob" }, isOurs: false },
    {
      what: "another nick, with 110",
      presence: { nick: "bob", codes: new Set([110]) },
      isOurs: true,
    },
    { what: "the room itself", presence: { nick: null }, isOurs: true },
  ])("$what: ours: $isOurs", ({ presence, isOurs }) => {
    expect(isOwn(unavailable([], presence), "alice")).toBe(isOurs);
  });
});

describe("an outage", () => {
  it.each([
    { what: "our 332", codes: [110, 332], nick: "alice", is: true },
    { what: "our 333", codes: [110, 333], nick: "alice", is: true },
    { what: "our bare one", codes: [110], nick: "alice", is: true },
    { what: "the room's own", codes: [], nick: null, is: true },
    { what: "our kick", codes: [110, 307], nick: "alice", is: false },
    { what: "our ban", codes: [110, 301], nick: "alice", is: false },
    { what: "our new nick", codes: [110, 303], nick: "alice", is: false },
    { what: "another's 332", codes: [332], nick: "bob", is: true },
    { what: "another's leave", codes: [], nick: "bob", is: false },
    { what: "another's kick", codes: [307], nick: "bob", is: false },
    { what: "another's 333", codes: [333], nick: "bob", is: false },
  ])("is $what: $is", ({ codes, nick, is }) => {
    expect(isOutage(unavailable(codes, { nick }), "alice")).toBe(is);
  });
});

it.each(["constructor", "__proto__", "toString"])(
  "a refusal that calls itself %s is one that is not known",
  (condition) => {
    const refusal = (type: string) =>
      readRefusal({ condition, type, by: null, text: null });
    expect(refusal("cancel")).toEqual({ comesBack: false, reason: "refused" });
    expect(refusal("wait")).toEqual({ comesBack: true, reason: "busy" });
  },
);

describe("a refusal may mean that nobody has made the room again yet", () => {
  it.each([
    [
      "Prosody, creation restricted",
      "not-allowed",
      "Room creation is restricted",
      "if-known",
    ],
    ["without a word", "not-allowed", null, "if-known"],
    [
      "ejabberd, creation restricted",
      "forbidden",
      "Room creation is denied by service policy",
      "if-known",
    ],
    [
      "ejabberd, banned",
      "forbidden",
      "You have been banned from this room",
      "surely-not",
    ],
    ["Prosody, banned", "forbidden", null, "if-gone"],
    ["a room for members", "registration-required", null, "surely-not"],
    ["anything else", "conflict", "created", "surely-not"],
  ])("%s", (_who, condition, text, expected) => {
    const error = { condition, type: "cancel", by: null, text };
    expect(mayBeMissing(error)).toBe(expected);
  });
});
