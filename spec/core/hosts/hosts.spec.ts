import { beforeEach, describe, expect, it } from "vitest";
import { Hosts, type HostEffect } from "../../../src/core/hosts/hosts.js";
import type {
  RoomEvent as SeatEvent,
  RoomJid,
} from "../../../src/core/events.js";
import type { RoomEvent } from "../../../src/core/room-events.js";
import { waiting } from "../../../src/core/seat/seat-moves.js";
import { INITIAL, type RoomState } from "../../../src/core/seat/seat-states.js";
import { Life, LIMITS } from "../seat/life.js";

const A = "a@one";
const B = "b@one";
const C = "c@one";
const X = "x@two";

let hosts: Hosts;
let lives: Map<RoomJid, Life>;
let visible: RoomJid | null;
beforeEach(() => {
  visible = null;
  hosts = new Hosts(2, (room) => room === visible);
  lives = new Map([A, B, C, X].map((room) => [room, new Life().joined()]));
});

const lifeOf = (room: RoomJid): Life => {
  const life = lives.get(room);
  if (!life) throw new Error(`no ${room}`);
  return life;
};

/** What follows at the hosts from an event of a room. */
function takes(room: RoomJid, event: SeatEvent): string[] {
  const life = lifeOf(room);
  const before = life.state;
  life.on(event);
  const { state } = life;
  return words(hosts.stepped({ room, before, state, event }));
}

const words = (effects: readonly HostEffect[]): string[] =>
  effects.map((effect) =>
    effect.type === "tell"
      ? `${effect.event.type} ${effect.room}${detail(effect.event)}`
      : `${effect.type} ${effect.room}`,
  );

const detail = (event: RoomEvent): string =>
  event.type === "host-away" && event.until !== null
    ? ` asks after attempt ${event.attempt}`
    : event.type === "host-back" && event.isHeard
      ? " heard"
      : "";

/** A room begins a check. */
function checks(room: RoomJid): string[] {
  takes(room, { type: "check-wanted" });
  return words(hosts.wantsPing(room, false, 0));
}

/** The ping of a room ends. */
function answers(
  room: RoomJid,
  verdict: "joined" | "unreachable",
  isHostAway = verdict === "unreachable",
): string[] {
  const { epoch } = lifeOf(room).state;
  return takes(room, {
    type: "ping-answered",
    epoch,
    verdict,
    isBelievedIn: true,
    isHostAway,
  });
}

describe("pings", () => {
  it("of one host follow each other; another host has its own turn", () => {
    expect(checks(A)).toEqual([`ping ${A}`]);
    expect(checks(B)).toEqual([]);
    expect(checks(X)).toEqual([`ping ${X}`]);
    expect(answers(A, "joined")).toEqual([`ping ${B}`]);
    expect(answers(B, "joined")).toEqual([]);
  });

  it("of a room that has just spoken do not wait, and those who waited for its host are told", () => {
    checks(A);
    checks(B);
    answers(A, "unreachable");
    takes(C, { type: "check-wanted" });
    expect(words(hosts.wantsPing(C, true, 0))).toEqual([
      `host-back ${A}`,
      `host-back ${B}`,
      `ping ${C}`,
    ]);
  });

  it("of a room that was heard while it waited for its turn go out, once", () => {
    checks(A);
    checks(B);
    expect(words(hosts.heard(B, lifeOf(B).state, 0))).toEqual([`ping ${B}`]);
    expect(words(hosts.heard(B, lifeOf(B).state, 0))).toEqual([]);
    expect(answers(A, "joined")).toEqual([]);
  });

  it("wait while the host is away", () => {
    checks(A);
    answers(A, "unreachable");
    expect(checks(B)).toEqual([`host-away ${B}`]);
  });
});

describe("a host that is away", () => {
  it("has its other rooms wait", () => {
    checks(A);
    checks(B);
    checks(C);
    expect(answers(A, "unreachable")).toEqual([
      `host-away ${B}`,
      `host-away ${C}`,
    ]);
  });

  it("is asked after by another room each time", () => {
    checks(A);
    checks(B);
    answers(A, "unreachable");
    takes(B, { type: "host-away", until: null, attempt: 0 });
    takes(A, { type: "host-back", isHeard: false });
    hosts.wantsPing(A, false, 0);
    expect(answers(A, "unreachable")).toEqual([
      `host-away ${A}`,
      `host-away ${B} asks after attempt 2`,
    ]);
  });

  it("is asked after by the next room when the user leaves the probe", () => {
    checks(A);
    checks(B);
    answers(A, "unreachable");
    expect(takes(A, { type: "user-left", reason: "left" })).toEqual([
      `host-back ${B}`,
    ]);
  });

  it("shows by an error to a join, too", () => {
    checks(B);
    const departure = { comesBack: true, reason: "unreachable" } as const;
    takes(A, { type: "join-began" });
    expect(takes(A, { type: "presence-refused", departure })).toEqual([
      `host-away ${B}`,
    ]);
  });

  it("does not show by a room's own trouble", () => {
    checks(A);
    checks(B);
    expect(answers(A, "unreachable", false)).toEqual([`ping ${B}`]);
  });

  it("shows by a join that is never answered only where it was the probe's", () => {
    checks(B);
    takes(A, { type: "join-began" });
    lifeOf(A).passes(LIMITS.joinTimeoutMs);
    expect(takes(A, { type: "wake" })).toEqual([]);
    answers(B, "unreachable");
    takes(B, { type: "join-began" });
    checks(C);
    lifeOf(B).passes(LIMITS.joinTimeoutMs);
    expect(takes(B, { type: "wake" })).toEqual([
      `host-away ${B}`,
      `host-away ${C} asks after attempt 2`,
    ]);
  });

  it("is there as soon as one of its rooms is heard", () => {
    checks(A);
    checks(B);
    answers(A, "unreachable");
    expect(words(hosts.heard(C, lifeOf(C).state, 5))).toEqual([
      `host-back ${A}`,
      `host-back ${B}`,
    ]);
    expect(words(hosts.back(C, 6))).toEqual([]);
  });

  it("was heard since a time, or not", () => {
    expect(hosts.isHeardSince(A, 0)).toBe(false);
    checks(A);
    hosts.heard(B, lifeOf(B).state, 5);
    expect(hosts.isHeardSince(A, 5)).toBe(true);
    expect(hosts.isHeardSince(A, 6)).toBe(false);
    expect(hosts.isHeardSince(X, 0)).toBe(false);
  });

  it("is forgotten with the stream", () => {
    checks(A);
    answers(A, "unreachable");
    hosts.clear();
    expect(checks(B)).toEqual([`ping ${B}`]);
  });
});

describe("a room that waits", () => {
  it("and is heard is told so", () => {
    const { limits, random, now } = lifeOf(A);
    const at = { limits, random, now, heardAt: 0 };
    const state: RoomState = waiting(INITIAL, 0, 0, "shutdown", at);
    expect(words(hosts.heard(A, state, 0))).toEqual([`host-back ${A} heard`]);
  });
});

describe("joins", () => {
  /** A room is put out and wants to come back. */
  function wants(room: RoomJid): string[] {
    takes(room, { type: "check-wanted" });
    const { epoch } = lifeOf(room).state;
    takes(room, {
      type: "ping-answered",
      epoch,
      verdict: "out",
      isBelievedIn: true,
      isHostAway: false,
    });
    return words(hosts.wantsJoin(room));
  }

  it("are as many at a time as is allowed; a free place is the next room's", () => {
    expect([A, B, C].map(wants)).toEqual([[`join ${A}`], [`join ${B}`], []]);
    expect(takes(A, { type: "self-presence", nick: "alice" })).toEqual([
      `join ${C}`,
    ]);
  });

  it("begin with the room that the user looks at", () => {
    for (const room of [A, B, C, X]) wants(room);
    visible = X;
    expect(takes(A, { type: "user-left", reason: "left" })).toEqual([
      `join ${X}`,
    ]);
  });

  it("of Converse's own need no place", () => {
    for (const room of [A, B, C]) wants(room);
    takes(C, { type: "join-began" });
    expect(takes(A, { type: "self-presence", nick: "alice" })).toEqual([]);
  });

  it("end with the stream", () => {
    for (const room of [A, B, C]) wants(room);
    hosts.clear();
    expect(takes(A, { type: "self-presence", nick: "alice" })).toEqual([]);
  });
});
