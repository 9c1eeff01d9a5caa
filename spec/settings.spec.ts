import { describe, expect, it } from "vitest";
import {
  NUMBER_SETTINGS,
  SWITCH_SETTINGS,
  defaultSettings,
  readSettings,
  type NumberSetting,
} from "../src/settings.js";

function read(changed: Record<string, unknown> = {}) {
  const values: Record<string, unknown> = { ...defaultSettings(), ...changed };
  const complaints: string[] = [];
  const settings = readSettings(
    (name) => values[name],
    (sentence) => complaints.push(sentence),
  );
  return { settings, complaints };
}

describe("settings", () => {
  it("are valid as they come", () => {
    expect(read().complaints).toEqual([]);
    expect(read().settings).toEqual({
      isOn: true,
      messageWaitMs: 3_600_000,
      limits: {
        checkIntervalMs: 5_000,
        answerTimeoutMs: 15_000,
        joinTimeoutMs: 60_000,
        quietMs: 30_000,
        silenceMs: 900_000,
        slowCheckMs: 7_200_000,
        concurrentJoins: 3,
        missingTries: 5,
        backoff: { minMs: 2_000, maxMs: 300_000 },
      },
    });
  });

  it.each(Object.entries<NumberSetting>(NUMBER_SETTINGS))(
    "%s takes its bounds, and nothing else but numbers between",
    (name, { min, max, default: fallback, unit, isOffAtZero }) => {
      const isRefused = expect.stringContaining(`${name} must be`) as unknown;
      for (const value of [min, max, ...(isOffAtZero ? [0] : [])]) {
        expect(read({ [name]: value }).complaints).not.toContainEqual(
          isRefused,
        );
      }
      const units = { ms: "milliseconds", joins: "joins", tries: "tries" }[
        unit
      ];
      const off = isOffAtZero ? ", or 0 for off" : "";
      const below = isOffAtZero ? min / 2 : min - 1;
      const bad = [below, max + 1, NaN, Infinity, "5000", null, undefined, {}];
      for (const value of bad) {
        const { settings, complaints } = read({ [name]: value });
        expect(settings).toEqual(read().settings);
        expect(complaints).toEqual([
          `${name} must be a number from ${min} to ${max} (${units})${off}; using the default, ${fallback}.`,
        ]);
      }
    },
  );

  it.each(Object.keys(SWITCH_SETTINGS))("%s is true or false", (name) => {
    expect(read({ [name]: "false" }).complaints).toEqual([
      `${name} must be true or false; using the default, true.`,
    ]);
  });

  it("muc_push turns everything off", () => {
    expect(read({ muc_push: false }).settings.isOn).toBe(false);
  });

  it("a longest wait below the shortest becomes the shortest", () => {
    const { settings, complaints } = read({
      muc_push_backoff_min_ms: 9_000,
      muc_push_backoff_max_ms: 8_000,
    });
    expect(settings.limits.backoff).toEqual({ minMs: 9_000, maxMs: 9_000 });
    expect(complaints).toEqual([
      "muc_push_backoff_max_ms is below muc_push_backoff_min_ms; using 9000 for both.",
    ]);
  });
});
