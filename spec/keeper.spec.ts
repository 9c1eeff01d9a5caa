import { beforeEach, describe, expect, it } from "vitest";
import { LIMITS } from "./core/seat/life.js";
import { settled } from "./fake-clock.js";
import { OUT, ROOM, World } from "./keeper-world.js";
import { noFacts } from "./acts.js";
import { isWanted } from "../src/core/membership.js";

let world: World;
beforeEach(async () => {
  world = new World();
  world.enter();
  expect(await world.done()).toEqual(["enable", "enabled"]);
});

describe("the keeper", () => {
  it("pings on a push, joins when the room says we are out, and registers again", async () => {
    world.push();
    expect(await world.done()).toEqual(["ping alice"]);
    await world.answer(OUT);
    expect(await world.done()).toEqual(["checked", "out", "join"]);
    world.keeper.tell(ROOM, { type: "self-presence", nick: "alice" });
    expect(await world.done()).toEqual(["enable", "back", "enabled"]);
  });

  it("tells that a registration failed, and carries on", async () => {
    world.enableOutcome = "failed";
    world.keeper.tell(ROOM, { type: "join-began" });
    world.keeper.tell(ROOM, { type: "self-presence", nick: "alice" });
    expect(await world.done()).toEqual(["enable"]);
    expect(world.keeper.ask(ROOM).seat.tag).toBe("joined");
  });

  it("does not tell of a registration that was confirmed after the user left", async () => {
    world.keeper.tell(ROOM, { type: "join-began" });
    world.keeper.tell(ROOM, { type: "self-presence", nick: "alice" });
    world.keeper.tell(ROOM, { type: "user-left", reason: "left" });
    expect(await world.done()).toEqual(["enable", "disable"]);
  });

  it("never sends a ping while an earlier one is in flight, not even one of an earlier membership", async () => {
    world.push();
    await settled();
    world.keeper.tell(ROOM, { type: "user-left", reason: "left" });
    world.enter();
    world.push();
    const done = await world.done();
    expect(done.filter((word) => word === "ping alice")).toHaveLength(1);
    await world.answer(OUT);
    expect(await world.done()).toEqual(["ping alice"]);
    await world.answer({ kind: "result" });
    expect(await world.done()).toEqual(["checked"]);
  });

  it("does not send a ping that nobody waits for any more when its turn comes", async () => {
    world.push();
    await settled();
    world.keeper.tell(ROOM, { type: "user-left", reason: "left" });
    world.enter();
    world.push();
    world.keeper.tell(ROOM, { type: "user-left", reason: "left" });
    await world.done();
    await world.answer(OUT);
    expect(await world.done()).toEqual([]);
  });

  it("takes a join that could not be tried to the backoff", async () => {
    world.canRejoin = false;
    world.push();
    await settled();
    await world.answer(OUT);
    expect(world.keeper.ask(ROOM).seat).toMatchObject({
      tag: "waiting",
      reason: "join-failed",
    });
  });

  it("takes a room that answers self-pings itself at its word", async () => {
    world.features.add("http://jabber.org/protocol/muc#self-ping-optimization");
    world.push();
    await settled();
    await world.answer({
      kind: "error",
      error: { condition: "item-not-found", type: "cancel", by: null },
    });
    expect((await world.done()).at(-1)).toBe("join");
  });

  it("joins where Converse believes it is out although the room says it is in", async () => {
    world.isBelievedIn = false;
    world.push();
    await settled();
    await world.answer({ kind: "result" });
    expect((await world.done()).at(-1)).toBe("join");
  });

  it("wakes a room when its time has come, and only then", async () => {
    world.push();
    await settled();
    await world.answer({ kind: "no-answer" });
    await world.done();
    await world.clock.passes(1_999);
    expect(await world.done()).toEqual([]);
    await world.clock.passes(1);
    expect(await world.done()).toEqual(["ping alice"]);
  });

  it("looks into what a room said before it was found joined", async () => {
    const other = "other@muc.example";
    world.push(other);
    expect(await world.done()).toEqual([]);
    expect(isWanted(world.keeper.ask(other))).toBe(true);
    world.keeper.tell(other, {
      type: "found-in",
      nick: "alice",
      facts: noFacts,
    });
    expect(await world.done()).toEqual(
      ["enable", "enabled", "ping alice"].map((what) => `${what} ${other}`),
    );
  });

  it("needs no look at what a room said before a join", async () => {
    const other = "other@muc.example";
    world.push(other);
    world.enter(other);
    expect(await world.done()).toEqual([`enable ${other}`, `enabled ${other}`]);
  });

  it("sets no timer but that of the slow check while nothing is wrong", async () => {
    expect(world.clock.pending).toBe(1);
    await world.clock.passes(7_199_000);
    expect(await world.asked()).toEqual([]);
    await world.clock.passes(1_000);
    expect(await world.asked()).toEqual(["ping alice"]);
  });

  it("keeps rooms apart", async () => {
    world.enter("other@muc.example");
    await world.done();
    world.push();
    expect(world.keeper.ask(ROOM).seat.tag).toBe("checking");
    expect(world.keeper.ask("other@muc.example").seat.tag).toBe("joined");
    expect(world.keeper.ask("third@muc.example").seat.tag).toBe("left");
  });

  it("tells all rooms of a broken stream", () => {
    world.enter("other@muc.example");
    world.keeper.tellAll({ type: "stream-down" });
    const tags = world.keeper
      .rooms()
      .map((room) => world.keeper.ask(room).seat.tag);
    expect(tags).toEqual(["suspended", "suspended"]);
  });

  it("forgets everything when it is stopped: timers, and answers under way", async () => {
    world.push();
    await settled();
    world.keeper.tell("other@muc.example", { type: "join-began" });
    expect(world.clock.pending).toBe(1);
    await world.done();
    world.keeper.forgetAll();
    expect(world.clock.pending).toBe(0);
    await world.answer(OUT);
    expect(await world.done()).toEqual([]);
    world.keeper.forgetAll();
  });

  it("asks again for a room that was told to wait for its host while its own ping was on the way", async () => {
    const other = "other@muc.example";
    world.enter(other);
    await world.done();
    world.keeper.tell(ROOM, { type: "check-wanted" });
    await settled();
    world.keeper.tell(other, { type: "join-began" });
    world.keeper.tell(other, {
      type: "presence-refused",
      departure: { comesBack: true, reason: "unreachable" },
    });
    expect(world.keeper.ask(ROOM).seat.tag).toBe("waiting");
    await world.done();
    await world.answer(OUT);
    const asked = await world.asked();
    expect(asked.sort()).toEqual(["ping alice", `ping alice ${other}`]);
  });
});

describe("a tab for which another one acts", () => {
  beforeEach(() => {
    world.isActing = false;
  });

  it.each([
    { type: "room-spoke" },
    { type: "check-wanted" },
    { type: "glance" },
    { type: "departed", departure: { comesBack: true, reason: "shutdown" } },
  ] as const)("does nothing about $type", async (event) => {
    world.keeper.tell(ROOM, event);
    expect(await world.done()).toEqual([]);
    expect(world.keeper.ask(ROOM).seat.tag).toBe("joined");
  });

  it("does not ask a room that has been silent", async () => {
    await world.clock.passes(LIMITS.silenceMs * 2);
    expect(await world.done()).toEqual([]);
  });

  it("follows a join of the other's, and hears of a kick", async () => {
    world.keeper.tell(ROOM, { type: "join-began" });
    expect(world.keeper.ask(ROOM).seat.tag).toBe("joining");
    world.keeper.tell(ROOM, { type: "self-presence", nick: "alice" });
    expect(world.keeper.ask(ROOM).seat.tag).toBe("joined");
    const departure = { comesBack: false, reason: "kicked" } as const;
    world.keeper.tell(ROOM, { type: "departed", departure });
    expect(world.keeper.ask(ROOM).seat.tag).toBe("left");
  });

  it("asks every room when it is its turn to act", async () => {
    world.isActing = true;
    world.keeper.tellAll({ type: "check-wanted" });
    expect(await world.done()).toEqual(["ping alice"]);
  });
});
