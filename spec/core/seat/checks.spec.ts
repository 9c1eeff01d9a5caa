import { beforeEach, describe, expect, it } from "vitest";
import type { RoomEvent } from "../../../src/core/events.js";
import type { RoomState } from "../../../src/core/seat/seat-states.js";
import { Life } from "./life.js";

let life: Life;
beforeEach(() => {
  life = new Life();
});

const push: RoomEvent = { type: "room-spoke" };
const leave: RoomEvent = { type: "user-left", reason: "left" };

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
