import { beforeEach, describe, expect, it } from "vitest";
import type { RoomEvent, RoomState } from "../../../src/core/events.js";
import { Life } from "./life.js";

let life: Life;
beforeEach(() => {
  life = new Life();
});

const push: RoomEvent = { type: "room-spoke" };
const leave: RoomEvent = { type: "user-left", reason: "left" };

describe("joining", () => {
  it("registers after the self-presence, not before", () => {
    life.on({ type: "join-began" });
    expect([life.state.tag, life.done]).toEqual(["joining", []]);
    life.on({ type: "self-presence", nick: "alice" });
    expect([life.state.tag, life.done]).toEqual(["joined", ["enable"]]);
  });

  it("registers again after every rejoin of Converse's", () => {
    life.joined().on({ type: "join-began" });
    expect(life.state.tag).toBe("joining");
    expect(life.on({ type: "self-presence", nick: "alice" }).done).toEqual([
      "enable",
    ]);
  });

  it("does not register when the room repeats the self-presence", () => {
    life.joined().on({ type: "self-presence", nick: "alice" });
    expect([life.state.tag, life.done]).toEqual(["joined", []]);
    life.on(push).on({ type: "self-presence", nick: "alice" });
    expect([life.state.tag, life.done]).toEqual(["checking", []]);
  });

  it("registers when the room is found joined after a reload", () => {
    life.on({ type: "found-joined", nick: "alice" });
    expect([life.state.tag, life.done]).toEqual(["joined", ["enable"]]);
    expect(life.on({ type: "found-joined", nick: "alice" }).done).toEqual([]);
  });

  it("goes to the backoff when it is not confirmed in time, and is tried again there", () => {
    life.joined().on(push).answered("out");
    expect(life.state.tag).toBe("joining");
    expect(life.pause, "it waits for its turn").toBeNull();
    expect(life.on({ type: "join-began" }).pause).toBe(60_000);
    life.wakes();
    expect(life.state).toMatchObject({
      tag: "waiting",
      reason: "join-timeout",
    });
    expect(life.pause).toBe(2_000);
    expect(life.wakes().done).toEqual(["ping alice"]);
    expect(life.answered("out").done).toEqual(["checked out", "join"]);
  });

  it("that failed before any nick was confirmed is tried again without a ping", () => {
    life.on({ type: "join-began" }).wakes();
    expect(life.state.tag).toBe("waiting");
    expect(life.wakes().done).toEqual(["out unreachable", "join"]);
  });

  it("that Converse began is not joined by one of ours", () => {
    life.joined().on({ type: "join-began" });
    for (const event of [push, { type: "check-wanted" }] as const) {
      expect([life.on(event).done, life.state.tag]).toEqual([[], "joining"]);
    }
  });

  it("that is confirmed late, during the check that follows, counts", () => {
    life.joined().departed("shutdown").on({ type: "join-began" }).wakes();
    expect(life.wakes().done).toEqual(["ping alice"]);
    life.on({ type: "self-presence", nick: "alice" });
    expect([life.state.tag, life.state.outSince]).toEqual(["joined", null]);
    expect(life.done).toEqual(["enable", "back after 62000"]);
    expect(life.answered("out").done, "the ping was of before").toEqual([]);
  });

  it("after a reconnect that is confirmed late, during a check, counts", () => {
    life.joined().on({ type: "stream-down" }).on({ type: "join-began" });
    expect(life.wakes().wakes().done).toEqual(["ping alice"]);
    life.on({ type: "self-presence", nick: "alice" });
    expect([life.state.tag, life.done]).toEqual(["joined", ["enable"]]);
  });

  it("is adopted when Converse begins it while we wait", () => {
    life.joined().departed("shutdown").on({ type: "join-began" });
    expect(life.state.tag).toBe("joining");
    life.passes(700).on({ type: "self-presence", nick: "alice" });
    expect(life.done).toEqual(["enable", "back after 700"]);
  });

  it("is not disturbed by the echo of an earlier leave", () => {
    life.on({ type: "join-began" }).departed("unavailable");
    expect([life.state.tag, life.done]).toEqual(["joining", []]);
  });

  it("is put off by a shutdown in its middle", () => {
    life.on({ type: "join-began" }).departed("shutdown");
    expect([life.state.tag, life.done]).toEqual(["waiting", ["out shutdown"]]);
  });

  it.each(["full", "unreachable", "locked"] as const)(
    "is tried again after a backoff when the room is %s",
    (reason) => {
      life.on({ type: "join-began" }).on({
        type: "presence-refused",
        departure: { comesBack: true, reason },
      });
      expect(life.state).toMatchObject({ tag: "waiting", reason, attempt: 1 });
      expect(life.pause).toBe(2_000);
    },
  );

  it("is given up when only the user can solve what is in the way", () => {
    life.on({ type: "join-began" }).on({
      type: "presence-refused",
      departure: { comesBack: false, reason: "password-required" },
    });
    expect(life.state).toMatchObject({
      tag: "left",
      reason: "password-required",
    });
    expect(life.done).toEqual(["disable", "given-up password-required"]);
  });

  it("again clears an earlier end", () => {
    life.joined().on(leave).entered();
    expect([life.state.tag, life.done]).toEqual(["joined", ["enable"]]);
  });
});

describe("a push", () => {
  it("makes us ping the nick that the service confirmed", () => {
    life.on({ type: "join-began" });
    life.on({ type: "self-presence", nick: "alice-2" });
    expect(life.on(push).done).toEqual(["ping alice-2"]);
  });

  it("during a check is deferred to five seconds after it, not dropped", () => {
    life.joined().on(push);
    expect([life.on(push).done, life.on(push).done]).toEqual([[], []]);
    expect(life.answered("joined").done).toEqual(["checked joined"]);
    expect(life.pause).toBe(5_000);
    expect(life.wakes().done).toEqual(["ping alice"]);
    expect(life.answered("joined").pause, "the slow check").toBe(7_200_000);
  });

  it("within five seconds after a check that found us joined is deferred", () => {
    life.joined().on(push).answered("joined").passes(1_000);
    expect(life.on(push).done).toEqual([]);
    expect(life.on(push).pause).toBe(4_000);
    expect(life.wakes().done).toEqual(["ping alice"]);
  });

  it("five seconds after such a check is looked into at once", () => {
    life.joined().on(push).answered("joined").passes(5_000);
    expect(life.on(push).done).toEqual(["ping alice"]);
  });

  it("a burst of 500 costs one ping now and one deferred", () => {
    life.joined();
    const done: string[] = [];
    const burst = () => {
      for (let i = 0; i < 250; i++) done.push(...life.on(push).done);
    };
    burst();
    done.push(...life.answered("joined").done);
    burst();
    done.push(...life.wakes().done, ...life.answered("joined").done);
    expect(done.filter((word) => word.startsWith("ping"))).toHaveLength(2);
    expect(life.pause, "the slow check").toBe(7_200_000);
  });

  it.each(["shutdown", "technical-problem", "unavailable"] as const)(
    "joins at once when it is known that we are out (%s)",
    (reason) => {
      life.joined().departed(reason);
      expect(life.on(push).done).toEqual(["join"]);
    },
  );

  it("pings at once when the room could not be reached before", () => {
    life.joined().on(push).answered("unreachable");
    expect(life.state.tag).toBe("waiting");
    expect(life.on(push).done).toEqual(["ping alice"]);
  });

  it("while a join is under way changes nothing", () => {
    life.joined().on(push).answered("out");
    expect([life.on(push).done, life.state.tag]).toEqual([[], "joining"]);
  });

  it("a push while a join is under way: it had not arrived, and is given the check interval more at most", () => {
    const life = new Life().joined().departed("shutdown");
    life.on({ type: "join-began" }).passes(2_000).on(push);
    expect([life.done, life.state.tag, life.pause]).toEqual([
      [],
      "joining",
      5_000,
    ]);
    expect(life.passes(1_000).on(push).pause).toBe(4_000);
    expect(life.wakes().state.tag).toBe("waiting");
  });

  it("another hint while a join is under way hurries it as a push does", () => {
    const life = new Life().joined().departed("shutdown");
    life.on({ type: "join-began" }).passes(20_000);
    expect(life.on({ type: "check-wanted" }).pause).toBe(5_000);
  });

  it("a push while a ping is in flight: the ping may be lost, and the room is joined without its answer a check interval later", () => {
    life.joined().on(push).passes(3_000);
    expect(life.pause).toBeNull();
    expect([life.on(push).done, life.pause]).toEqual([[], 5_000]);
    expect(life.passes(1_000).on(push).pause).toBe(4_000);
    expect(life.wakes().done).toEqual(["out self-ping", "join"]);
  });

  it("another hint while a ping is in flight does not hurry it", () => {
    life.joined().on(push).on({ type: "check-wanted" });
    expect(life.pause).toBeNull();
  });

  it("a ping that is answered in time is waited for no longer", () => {
    life.joined().on(push).on(push).answered("joined");
    expect([life.state.tag, life.pause]).toEqual(["joined", 5_000]);
    expect(life.wakes().done).toEqual(["ping alice"]);
    expect(life.pause).toBeNull();
  });

  it("a push at the end of a join does not make it longer", () => {
    const life = new Life().joined().departed("shutdown");
    life.on({ type: "join-began" }).passes(58_000).on(push);
    expect(life.pause).toBe(2_000);
  });
});

describe("what follows from a verdict", () => {
  const rows = [
    { verdict: "joined", believedIn: "joined", believedOut: "joining" },
    { verdict: "gone", believedIn: "joining", believedOut: "joining" },
    { verdict: "out", believedIn: "joining", believedOut: "joining" },
    { verdict: "unreachable", believedIn: "waiting", believedOut: "waiting" },
  ] as const satisfies {
    verdict: string;
    believedIn: RoomState["tag"];
    believedOut: RoomState["tag"];
  }[];

  it.each(rows)(
    "$verdict: $believedIn where Converse believes it is in, else $believedOut",
    ({ verdict, believedIn, believedOut }) => {
      const effects = {
        joined: [`checked ${verdict}`],
        joining: [`checked ${verdict}`, "out self-ping", "join"],
        waiting: [`checked ${verdict}`],
      };
      life.joined().on(push).answered(verdict, true);
      expect([life.state.tag, life.done]).toEqual([
        believedIn,
        effects[believedIn],
      ]);
      life = new Life();
      life.joined().on(push).answered(verdict, false);
      expect([life.state.tag, life.done]).toEqual([
        believedOut,
        effects[believedOut],
      ]);
    },
  );

  it("waits longer with each time that the room is unreachable, and short again after a success", () => {
    life.random = 1;
    life.joined().on(push).answered("unreachable");
    const pauses = [life.pause];
    for (let i = 0; i < 9; i++) {
      pauses.push(life.wakes().answered("unreachable").pause);
    }
    expect(pauses).toEqual([
      4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000,
      300_000,
    ]);
    life.wakes().answered("joined").passes(5_000);
    expect(life.on(push).answered("unreachable").pause).toBe(4_000);
  });

  it("tells how long we were out when we are back", () => {
    life.joined().on(push).answered("out").passes(2_500);
    life.on({ type: "self-presence", nick: "alice" });
    expect(life.done).toEqual(["enable", "back after 2500"]);
    expect(life.state.outSince).toBeNull();
  });

  it("tells once that we are out", () => {
    life.joined().departed("shutdown");
    expect(life.done).toEqual(["out shutdown"]);
    expect(life.departed("shutdown").done).toEqual([]);
    expect(life.wakes().answered("out").done).toEqual(["checked out", "join"]);
  });

  it("that is late is dropped: after a leave", () => {
    life.joined().on(push);
    const { epoch } = life.state;
    life.on(leave).on({
      type: "ping-answered",
      epoch,
      verdict: "out",
      isBelievedIn: false,
      isHostAway: false,
    });
    expect([life.state.tag, life.done]).toEqual(["left", []]);
  });

  it("that is late is dropped: in the membership after the next", () => {
    life.joined().on(push);
    const { epoch } = life.state;
    life.on(leave).joined().on(push);
    life.on({
      type: "ping-answered",
      epoch,
      verdict: "out",
      isBelievedIn: true,
      isHostAway: false,
    });
    expect([life.state.tag, life.done]).toEqual(["checking", []]);
  });
});

describe("being put out", () => {
  it("by a shutdown or a technical problem is followed by a ping after the backoff", () => {
    life.joined().departed("shutdown");
    expect(life.pause).toBe(2_000);
    expect(life.wakes().done).toEqual(["ping alice"]);
  });

  it("by a bare unavailable is followed by a ping at once", () => {
    life.joined().departed("unavailable");
    expect(life.pause).toBe(0);
    expect(life.wakes().done).toEqual(["ping alice"]);
  });

  it("first bare, then with 332, waits as after a shutdown", () => {
    life.joined().departed("unavailable").departed("shutdown");
    expect(life.pause).toBe(2_000);
  });

  it.each([
    "kicked",
    "banned",
    "affiliation-lost",
    "members-only",
    "destroyed",
  ] as const)("for good (%s) disables and stays away", (reason) => {
    life.joined().on({
      type: "departed",
      departure: { comesBack: false, reason },
    });
    expect(life.state).toMatchObject({ tag: "left", reason });
    expect(life.done).toEqual(["disable", `given-up ${reason}`]);
    for (const event of [
      push,
      { type: "check-wanted" },
      { type: "stream-down" },
      { type: "stream-up" },
      { type: "wake" },
      { type: "self-presence", nick: "alice" },
    ] as const) {
      expect([life.on(event).done, life.state.tag]).toEqual([[], "left"]);
    }
  });
});

describe("the user's own leave", () => {
  const before: Record<string, () => Life> = {
    joined: () => life.joined(),
    joining: () => life.on({ type: "join-began" }),
    checking: () => life.joined().on(push),
    waiting: () => life.joined().departed("shutdown"),
    suspended: () => life.joined().on({ type: "stream-down" }),
    renaming: () => life.joined().on({ type: "nick-asked", nick: "alicia" }),
  };

  it.each(Object.keys(before))("beats everything: %s", (tag) => {
    before[tag]?.();
    expect(life.state.tag).toBe(tag);
    expect(life.on(leave).done).toEqual(["disable"]);
    expect(life.pause).toBeNull();
    expect(life.on(push).done).toEqual([]);
    expect(life.departed("unavailable").done).toEqual([]);
    expect(life.state.tag).toBe("left");
  });

  it("is said once", () => {
    life.joined().on(leave);
    expect(life.on(leave).done).toEqual([]);
  });
});

describe("a new nick", () => {
  beforeEach(() => {
    life.joined().on({ type: "nick-asked", nick: "alicia" });
  });

  it("is not pinged, nor the old one, until the room has answered", () => {
    expect([life.on(push).done, life.state.tag]).toEqual([[], "renaming"]);
    life.on({ type: "self-presence", nick: "alicia" });
    expect(life.done).toEqual(["ping alicia"]);
  });

  it("is not taken for granted when the room repeats the old one", () => {
    life.on(push).on({ type: "self-presence", nick: "alice" });
    expect([life.done, life.state.tag]).toEqual([[], "renaming"]);
  });

  it("that is refused leaves the old one", () => {
    const departure = { comesBack: false, reason: "nick-conflict" } as const;
    life.on({ type: "presence-refused", departure });
    expect(life.state).toMatchObject({ tag: "joined", nick: "alice" });
    expect(life.on(push).done).toEqual(["ping alice"]);
  });

  it("that is never answered holds a check up no longer than an answer may take", () => {
    life.on(push);
    expect(life.pause).toBe(15_000);
    expect(life.wakes().done).toEqual(["ping alice"]);
  });

  it("makes the answer to an earlier ping stale", () => {
    life = new Life();
    life.joined().on(push);
    const { epoch } = life.state;
    life.on({ type: "nick-asked", nick: "alicia" }).on({
      type: "ping-answered",
      epoch,
      verdict: "out",
      isBelievedIn: true,
      isHostAway: false,
    });
    expect([life.state.tag, life.done]).toEqual(["renaming", []]);
    life.on({ type: "self-presence", nick: "alicia" });
    expect(life.done).toEqual(["ping alicia"]);
  });

  it("given by the service is the one that is pinged", () => {
    life = new Life();
    life.joined().on({ type: "self-presence", nick: "guest17" });
    expect(life.on(push).done).toEqual(["ping guest17"]);
  });
});

describe("while the stream is down", () => {
  beforeEach(() => {
    life.joined().on({ type: "stream-down" });
  });

  it("nothing is asked", () => {
    for (const event of [
      push,
      { type: "check-wanted" },
      { type: "wake" },
      { type: "stream-down" },
    ] as const) {
      expect([life.on(event).done, life.state.tag]).toEqual([[], "suspended"]);
    }
    expect(life.pause).toBeNull();
  });

  it("a removal that is replayed does not start anything", () => {
    life.departed("shutdown");
    expect([life.done, life.state.tag]).toEqual([[], "suspended"]);
  });

  it("the way to a check stays open: one, after it is back", () => {
    life.on({ type: "stream-up" });
    expect([life.done, life.pause]).toEqual([[], 2_000]);
    expect(life.wakes().done).toEqual(["ping alice"]);
    expect(life.answered("joined").state.tag).toBe("joined");
  });

  it("Converse's own rejoin afterwards is adopted", () => {
    life.on({ type: "stream-up" }).on({ type: "join-began" });
    expect(life.on({ type: "self-presence", nick: "alice" }).done).toEqual([
      "enable",
    ]);
  });

  it("an answer that is replayed is dropped", () => {
    life = new Life();
    life.joined().on(push);
    const { epoch } = life.state;
    life.on({ type: "stream-down" }).on({
      type: "ping-answered",
      epoch,
      verdict: "out",
      isBelievedIn: true,
      isHostAway: false,
    });
    expect([life.state.tag, life.done]).toEqual(["suspended", []]);
  });
});

describe("a room that is believed joined and has been quiet", () => {
  it("is checked when the user comes back after half a minute without a word from it", () => {
    life.joined().heardAt = life.now;
    expect(life.passes(29_999).on({ type: "glance" }).done).toEqual([]);
    expect(life.passes(1).on({ type: "glance" }).done).toEqual(["ping alice"]);
  });

  it("is asked at once when it is being waited for", () => {
    life.joined().departed("shutdown");
    expect(life.on({ type: "glance" }).done).toEqual(["ping alice"]);
  });

  it("is not asked again while something is under way", () => {
    life.joined().on(push);
    expect(life.on({ type: "glance" }).done).toEqual([]);
    expect(life.answered("joined").pause, "no second check").toBe(7_200_000);
    life.on({ type: "join-began" });
    expect(life.on({ type: "glance" }).done).toEqual([]);
  });

  it("is checked by itself after a quarter of an hour when nothing else would tell", () => {
    life.entered();
    expect(life.pause).toBe(900_000);
    expect(life.wakes().done).toEqual(["ping alice"]);
    expect(life.answered("joined").pause).toBe(900_000);
  });

  it("is checked by itself a quarter of an hour after its last word", () => {
    life.entered().passes(600_000).heardAt = life.now;
    expect(life.pause).toBe(900_000);
    expect(life.passes(899_999).on({ type: "wake" }).done).toEqual([]);
    expect(life.passes(1).on({ type: "wake" }).done).toEqual(["ping alice"]);
  });

  it("has a deferred check before that", () => {
    life.entered().on(push).answered("joined").passes(1_000).on(push);
    expect(life.pause).toBe(4_000);
  });

  it.each(["push", "ready"] as const)(
    "is left alone where there is %s",
    (guard) => {
      life.entered().on({ type: "guarded", guard });
      expect(life.pause, "the slow check").toBe(7_200_000);
      life.limits = { ...life.limits, slowCheckMs: 0 };
      expect(life.pause).toBeNull();
    },
  );

  it("is left alone where the setting says so", () => {
    life.limits = { ...life.limits, silenceMs: 0 };
    expect(life.entered().pause).toBeNull();
  });

  it("is not less well guarded because its service says that it is ready", () => {
    life.joined().on({ type: "guarded", guard: "ready" });
    expect(life.state.guard).toBe("push");
  });

  it("has to register anew after each join, while a service that says when it is ready goes on doing so", () => {
    life.joined().on({ type: "join-began" });
    expect(life.on({ type: "self-presence", nick: "alice" }).state.guard).toBe(
      "silence",
    );
    life.on({ type: "guarded", guard: "ready" }).on({ type: "join-began" });
    expect(life.on({ type: "self-presence", nick: "alice" }).state.guard).toBe(
      "ready",
    );
  });
});

describe("where another room asks after the host", () => {
  it("a check waits until the host is back, however long that takes", () => {
    life.joined().on(push).on({ type: "host-away", until: null, attempt: 0 });
    expect(life.state).toMatchObject({ tag: "waiting", reason: "unreachable" });
    expect(life.pause).toBeNull();
    expect(life.on({ type: "host-back", isHeard: false }).done).toEqual([
      "ping alice",
    ]);
  });

  it("a room that was put out keeps its reason", () => {
    life
      .joined()
      .departed("shutdown")
      .on({ type: "host-away", until: null, attempt: 0 });
    expect(life.state).toMatchObject({ tag: "waiting", reason: "shutdown" });
  });

  it("a room in its seat is not disturbed", () => {
    life.joined();
    const events: RoomEvent[] = [
      { type: "host-away", until: null, attempt: 0 },
      { type: "host-back", isHeard: false },
    ];
    for (const event of events) {
      expect([life.on(event).done, life.state.tag]).toEqual([[], "joined"]);
    }
  });

  it("the host's return cuts a backoff short", () => {
    life.joined().on(push).answered("unreachable");
    expect(life.on({ type: "host-back", isHeard: false }).done).toEqual([
      "ping alice",
    ]);
  });
});

describe("a room that is not there", () => {
  it("is tried as often as the setting says", () => {
    life.limits = { ...life.limits, missingTries: 1 };
    life.on({ type: "join-began" }).on({
      type: "presence-refused",
      departure: { comesBack: true, reason: "locked" },
    });
    expect(life.done).toEqual(["disable", "given-up not-found"]);
  });

  it("is tried five times, in case somebody is just setting it up, and then given up", () => {
    const departure = { comesBack: true, reason: "locked" } as const;
    life.on({ type: "join-began" });
    for (let tries = 1; tries < 5; tries++) {
      life.on({ type: "presence-refused", departure });
      expect(life.state.tag, `after ${tries}`).toBe("waiting");
      expect(life.wakes().done).toContain("join");
    }
    life.on({ type: "presence-refused", departure });
    expect(life.state).toMatchObject({ tag: "left", reason: "not-found" });
  });
});

it("a state knows since when it is", () => {
  life.joined();
  const since = life.now;
  expect(
    life.passes(500).on({ type: "self-presence", nick: "a" }).state.since,
  ).toBe(since);
  expect(life.on(push).state.since).toBe(since + 500);
});

describe("a seat that lasts for moments only", () => {
  const isOut = () => life.on({ type: "check-wanted" }).answered("out");

  it("is taken again at once twice, and then waited for", () => {
    life.joined();
    for (const stay of [1, 2]) {
      expect(isOut().done, `stay ${stay}`).toContain("join");
      life.on({ type: "join-began" }).entered();
    }
    expect(isOut().done).not.toContain("join");
    expect(life.state.tag).toBe("waiting");
    expect(life.pause).toBeGreaterThanOrEqual(2_000);
    expect(life.wakes().done, "the room has said so").toEqual(["join"]);
  });

  it("makes the wait grow each time that the room says it has technical problems", () => {
    life.random = 0.99;
    const pauses = [1, 2, 3, 4].map(() => {
      life.entered().departed("technical-problem");
      return life.pause ?? 0;
    });
    expect(pauses[1]).toBe(pauses[0]);
    expect(pauses[2]).toBeGreaterThan(pauses[1] ?? 0);
    expect(pauses[3]).toBeGreaterThan(pauses[2] ?? 0);
  });

  it("counts no more after one that has lasted", () => {
    for (const stay of [1, 2, 3, 4]) {
      life.joined().passes(10_000);
      expect(isOut().done, `stay ${stay}`).toContain("join");
      life.on({ type: "join-began" });
    }
  });
});

describe("a wait", () => {
  it("is cut short by the first that speaks for it, and then less and less often", () => {
    life.random = 0.99;
    life.joined().on(push).answered("unreachable");
    expect(life.on({ type: "check-wanted" }).done).toEqual(["ping alice"]);
    life.answered("unreachable");
    for (let i = 0; i < 100; i++) {
      expect(life.on({ type: "check-wanted" }).done).toEqual([]);
    }
    const first = life.pause ?? 0;
    expect(first).toBeGreaterThanOrEqual(2_000);
    expect(life.wakes().done).toEqual(["ping alice"]);
    life.answered("unreachable").on({ type: "check-wanted" });
    expect(life.pause).toBeGreaterThan(first);
  });

  it("is cut short at once again after an answer that found us in", () => {
    life.joined().on(push).answered("unreachable").on(push);
    life.answered("joined").passes(5_000).on(push).answered("unreachable");
    expect(life.on(push).done).toEqual(["ping alice"]);
  });

  it("that is known to be outside is not joined at the speed of its room's pushes", () => {
    life.joined().departed("shutdown");
    expect(life.on(push).done).toEqual(["join"]);
    life.on({ type: "join-began" }).wakes();
    expect(life.on(push).done).toEqual([]);
  });
});

describe("a room that pushes and was found lost without a push", () => {
  const findLost = () =>
    life
      .joined()
      .on({ type: "check-wanted" })
      .answered("out")
      .on({ type: "join-began" })
      .joined();

  it("is watched by its silence, until a push comes", () => {
    findLost();
    expect(life.pause).toBe(900_000);
    life.on(push).answered("joined").wakes().answered("joined");
    expect(life.pause).toBe(7_200_000);
  });

  it("counts as told where the push came while it was asked", () => {
    life.joined().on({ type: "check-wanted" }).on(push).answered("out");
    life.on({ type: "join-began" }).joined();
    expect(life.pause).toBe(7_200_000);
  });
});

describe("a presence with another status", () => {
  const status: RoomEvent = { type: "presence-sent" };
  const subject: RoomEvent = { type: "subject-told" };

  it("that the room refuses is a reason to ask", () => {
    life.joined().on({
      type: "presence-refused",
      departure: { comesBack: true, reason: "locked" },
    });
    expect(life.done).toEqual(["ping alice"]);
  });

  it("that the room takes for a join makes us register and look for what is missing", () => {
    life.joined().on(status).on({ type: "self-presence", nick: "alice" });
    expect(life.on(subject).done).toEqual(["enable", "look-up"]);
    expect(life.on(subject).done).toEqual([]);
  });

  it("is not needed for a new subject, which then means nothing", () => {
    expect(life.joined().on(subject).done).toEqual([]);
    expect(life.on(status).passes(15_001).on(subject).done).toEqual([]);
  });
});

describe("a refusal that may mean that the room is not there yet", () => {
  const refused = (mayBeMissing: "surely-not" | "if-known" | "if-gone") =>
    life.on({
      type: "presence-refused",
      departure: { comesBack: false, reason: "not-allowed" },
      mayBeMissing,
    });

  it.each(["if-known", "if-gone"] as const)(
    "is tried again after a ping that found no room (%s)",
    (mayBeMissing) => {
      life.joined().on(push).answered("gone").on({ type: "join-began" });
      refused(mayBeMissing);
      expect(life.state).toMatchObject({ tag: "waiting", reason: "locked" });
    },
  );

  it("is tried again in a room that we were in a moment ago", () => {
    life.joined().departed("shutdown").on({ type: "join-began" });
    refused("if-known");
    expect(life.state.tag).toBe("waiting");
  });

  it.each([
    ["that was lost long ago", 61_000, "if-known"],
    ["that says no more than forbidden", 0, "if-gone"],
    ["that speaks of a ban", 0, "surely-not"],
  ] as const)("is final in a room %s", (_what, ms, mayBeMissing) => {
    life.joined().departed("shutdown").passes(ms).on({ type: "join-began" });
    refused(mayBeMissing);
    expect(life.state).toMatchObject({ tag: "left", reason: "not-allowed" });
  });

  it("is final where a ping has just found the room", () => {
    life.joined().on(push).answered("out").on({ type: "join-began" });
    refused("if-known");
    expect(life.state.tag).toBe("left");
  });

  it("is final in a room that was never joined", () => {
    life.on({ type: "join-began" });
    refused("if-known");
    expect(life.state.tag).toBe("left");
  });

  it("comes to an end after as many tries as the setting says, whatever else went wrong", () => {
    life.joined().on(push).answered("unreachable");
    for (let i = 0; i < 6; i++) life.wakes().answered("unreachable");
    life.wakes();
    for (let tries = 1; tries < 5; tries++) {
      life.answered("gone").on({ type: "join-began" });
      refused("if-gone");
      expect(life.state.tag, `after ${tries}`).toBe("waiting");
      life.wakes();
    }
    life.answered("gone").on({ type: "join-began" });
    refused("if-gone");
    expect(life.state).toMatchObject({ tag: "left", reason: "not-found" });
  });
});
