import { beforeEach, describe, expect, it } from "vitest";
import type { RoomEvent } from "../../../src/core/events.js";
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
