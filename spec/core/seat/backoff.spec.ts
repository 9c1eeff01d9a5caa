import { describe, expect, it } from "vitest";
import { backoffMs } from "../../../src/core/seat/backoff.js";

const limits = { minMs: 2_000, maxMs: 300_000 };
const ALMOST_ONE = 1 - Number.EPSILON;

describe("the backoff", () => {
  it.each([
    [0, 2_000, 4_000],
    [1, 2_000, 8_000],
    [2, 2_000, 16_000],
    [6, 2_000, 256_000],
    [7, 2_000, 300_000],
    [50, 2_000, 300_000],
    [5_000, 2_000, 300_000],
  ])("waits after %i failures from %i to %i ms", (attempt, least, most) => {
    expect(backoffMs(attempt, limits, 0)).toBe(least);
    expect(backoffMs(attempt, limits, ALMOST_ONE)).toBe(most);
    expect(backoffMs(attempt, limits, 0.5)).toBe((least + most) / 2);
  });

  it("never waits less than the least, not even where both bounds are equal", () => {
    expect(backoffMs(3, { minMs: 500, maxMs: 500 }, 0.7)).toBe(500);
  });
});
