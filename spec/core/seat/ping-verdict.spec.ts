import { describe, expect, it } from "vitest";
import { isHostAway, judgePing } from "../../../src/core/seat/ping-verdict.js";
import type { Verdict } from "../../../src/core/events.js";

const ROOM = "room@muc.example";
const NICK = "alice";

interface Row {
  condition: string;
  type?: string;
  by?: string;
  isOptimized?: boolean;
  verdict: Verdict;
}

const OUT = [
  "not-acceptable",
  "not-allowed",
  "bad-request",
  "forbidden",
  "registration-required",
  "gone",
];
const TYPES = ["auth", "cancel", "continue", "modify", "wait", ""];
/** The defined conditions of RFC 6120 §8.3.3 that have no row of their own. */
const OTHERS = [
  "conflict",
  "internal-server-error",
  "jid-malformed",
  "not-authorized",
  "policy-violation",
  "recipient-unavailable",
  "redirect",
  "resource-constraint",
  "subscription-required",
  "undefined-condition",
  "unexpected-request",
];

const rows: Row[] = [
  // The pinged client has no ping.
  ...["service-unavailable", "feature-not-implemented"].flatMap(
    (condition): Row[] => [
      { condition, type: "cancel", verdict: "joined" },
      { condition, type: "", verdict: "joined" },
      { condition, type: "cancel", by: ROOM, verdict: "joined" },
      { condition, type: "cancel", by: `${ROOM}/${NICK}`, verdict: "joined" },
      { condition, type: "wait", verdict: "unreachable" },
      { condition, type: "wait", by: ROOM, verdict: "unreachable" },
      { condition, type: "cancel", by: "muc.example", verdict: "unreachable" },
      { condition, type: "cancel", by: "example.org", verdict: "unreachable" },
      { condition, type: "cancel", by: `${ROOM}/bob`, verdict: "unreachable" },
      { condition, type: "cancel", isOptimized: true, verdict: "unreachable" },
    ],
  ),
  // The nick is not there.
  ...["cancel", "wait"].flatMap((type): Row[] => [
    { condition: "item-not-found", type, verdict: "joined" },
    { condition: "item-not-found", type, by: ROOM, verdict: "joined" },
    { condition: "item-not-found", type, by: "muc.example", verdict: "gone" },
    { condition: "item-not-found", type, isOptimized: true, verdict: "gone" },
  ]),
  // The host is not there.
  ...["remote-server-not-found", "remote-server-timeout"].flatMap((condition) =>
    TYPES.map((type): Row => ({ condition, type, verdict: "unreachable" })),
  ),
  // The room does not know us, whatever the type.
  ...OUT.flatMap((condition) =>
    TYPES.map((type): Row => ({ condition, type, verdict: "out" })),
  ),
  // The rest: passing trouble, or out.
  ...OTHERS.flatMap((condition) =>
    TYPES.map((type): Row => ({
      condition,
      type,
      verdict: type === "wait" ? "unreachable" : "out",
    })),
  ),
  { condition: "made-up", type: "cancel", verdict: "out" },
];

describe("the answer to a self-ping", () => {
  const context = { room: ROOM, nick: NICK, isOptimized: false };

  it("result: joined", () => {
    expect(judgePing({ kind: "result" }, context)).toBe("joined");
  });

  it("none: unreachable", () => {
    expect(judgePing({ kind: "no-answer" }, context)).toBe("unreachable");
  });

  it.each(rows)(
    "$condition, type '$type', by $by, optimized $isOptimized: $verdict",
    ({
      condition,
      type = "cancel",
      by = null,
      isOptimized = false,
      verdict,
    }) => {
      const answer = {
        kind: "error",
        error: { condition, type, by },
      } as const;
      expect(judgePing(answer, { ...context, isOptimized })).toBe(verdict);
    },
  );
});

describe("an answer speaks of the host", () => {
  const room = "room@muc.example";
  const context = { room, nick: "alice", isOptimized: false };
  const error = (condition: string, type: string, by: string | null) =>
    ({ kind: "error", error: { condition, type, by } }) as const;

  it.each([
    [true, "silence", { kind: "no-answer" } as const],
    [false, "a result", { kind: "result" } as const],
    [true, "no such server", error("remote-server-not-found", "cancel", null)],
    [
      true,
      "no answer of a server",
      error("remote-server-timeout", "wait", null),
    ],
    [
      true,
      "a component that is down",
      error("service-unavailable", "wait", "muc.example"),
    ],
    [
      false,
      "the room has no such service",
      error("service-unavailable", "wait", room),
    ],
    [false, "the room is busy", error("resource-constraint", "wait", room)],
    [false, "somebody is busy", error("internal-server-error", "wait", null)],
    [false, "we are out", error("not-acceptable", "cancel", room)],
  ])("%s: %s", (expected, _what, answer) => {
    expect(isHostAway(answer, context)).toBe(expected);
  });
});
