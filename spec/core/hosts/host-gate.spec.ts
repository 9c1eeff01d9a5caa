import { beforeEach, describe, expect, it } from "vitest";
import { HostGate } from "../../../src/core/hosts/host-gate.js";

const A = "a@muc.example";
const B = "b@muc.example";
const C = "c@muc.example";
const ELSEWHERE = "d@other.example";

let gate: HostGate;
beforeEach(() => {
  gate = new HostGate();
});

describe("while nothing is known against a host", () => {
  it("its rooms ping one after the other", () => {
    expect([A, B, C].map((room) => gate.request(room))).toEqual([
      "now",
      "later",
      "later",
    ]);
    expect(gate.ended(A)).toBe(B);
    expect(gate.ended(B)).toBe(C);
    expect(gate.ended(C)).toBeNull();
    expect(gate.request(B)).toBe("now");
  });

  it("a room that asks again and again has one turn", () => {
    gate.request(A);
    const answers = [A, B, B, B].map((room) => gate.request(room));
    expect(answers).toEqual(["now", "later", "later", "later"]);
    expect(gate.ended(A)).toBe(B);
    expect(gate.ended(B)).toBeNull();
  });

  it("a room that waits no longer loses its turn", () => {
    gate.request(A);
    gate.request(B);
    gate.request(C);
    expect(gate.ended(B)).toBeNull();
    expect(gate.ended(A)).toBe(C);
  });

  it("hosts do not wait for each other", () => {
    gate.request(A);
    expect(gate.request(ELSEWHERE)).toBe("now");
  });

  it("a room that never asked ends nothing", () => {
    expect(gate.ended(A)).toBeNull();
    expect(gate.forget(A)).toBeNull();
    expect(gate.back("muc.example", 0)).toEqual([]);
  });
});

describe("while a host is away", () => {
  beforeEach(() => {
    gate.request(A);
    gate.request(B);
  });

  it("the room that found out goes on asking, and those in the queue wait with it", () => {
    expect(gate.away(A)).toEqual({ held: [B], probe: A });
    expect(gate.ended(A)).toBeNull();
    expect(gate.request(C)).toBe("away");
    expect(gate.request(A)).toBe("now");
  });

  it("each asks in its turn, so that one that never answers does not speak for all", () => {
    gate.away(A);
    gate.request(C);
    expect(gate.away(A)).toEqual({ held: [A], probe: B });
    expect([gate.isProbe(A), gate.isProbe(B)]).toEqual([false, true]);
    expect(gate.request(A)).toBe("away");
    expect(gate.away(B)).toEqual({ held: [B], probe: C });
    expect(gate.away(C)).toEqual({ held: [C], probe: A });
  });

  it("a room that is alone goes on asking", () => {
    gate.forget(B);
    gate.ended(B);
    gate.away(A);
    expect(gate.away(A)).toEqual({ held: [], probe: A });
  });

  it("a room that finds out too waits with the first", () => {
    gate.away(A);
    expect(gate.away(C)).toEqual({ held: [C], probe: A });
    expect(gate.away(C)).toEqual({ held: [], probe: A });
    expect(gate.request(C)).toBe("away");
  });

  it("the host is known to have spoken since then, until the stream breaks", () => {
    expect(gate.isHeardSince("muc.example", 0)).toBe(false);
    gate.back("muc.example", 5);
    expect(gate.isHeardSince("muc.example", 5)).toBe(true);
    expect(gate.isHeardSince("muc.example", 6)).toBe(false);
    expect(gate.isHeardSince("other.example", 0)).toBe(false);
    gate.clear();
    expect(gate.isHeardSince("muc.example", 0)).toBe(false);
  });

  it("other hosts are not affected", () => {
    gate.away(A);
    expect(gate.request(ELSEWHERE)).toBe("now");
    expect(gate.back("other.example", 0)).toEqual([]);
  });

  it("all are called when it is back, once", () => {
    gate.away(A);
    gate.request(C);
    expect(gate.back("muc.example", 0)).toEqual([A, B, C]);
    expect(gate.back("muc.example", 0)).toEqual([]);
    expect(gate.request(C)).toBe("now");
  });

  it("the next in line asks when nobody wants the first room any more", () => {
    gate.away(A);
    gate.request(C);
    expect(gate.forget(A)).toBe(B);
    expect(gate.request(B)).toBe("now");
    expect(gate.request(C)).toBe("away");
    expect(gate.forget(C)).toBeNull();
    expect(gate.forget(B)).toBeNull();
    gate.ended(B);
    expect(gate.request(C)).toBe("now");
  });

  it("a broken stream makes everything unknown again", () => {
    gate.away(A);
    gate.clear();
    expect(gate.request(C)).toBe("now");
  });
});
