import { beforeEach, describe, expect, it } from "vitest";
import type { RoomEvent } from "../../../src/core/events.js";
import { Life } from "./life.js";

let life: Life;
beforeEach(() => {
  life = new Life();
});

const push: RoomEvent = { type: "room-spoke" };

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
