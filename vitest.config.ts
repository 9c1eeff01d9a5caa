import { defineConfig } from "vitest/config";

// Tests wait for events; these limits only end a run that hangs.
const slow = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
};
/** Each file has its own browser, servers and addresses; one of two pages usually waits for something. */
const twoAtATime = { maxWorkers: 2 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "spec/*.spec.ts",
            "spec/{core,converse,types}/**/*.spec.ts",
          ],
        },
      },
      {
        test: {
          name: "plugin",
          include: ["spec/plugin/**/*.spec.ts"],
          ...slow,
          ...twoAtATime,
        },
      },
      {
        test: {
          name: "conformance",
          include: ["server/conformance/**/*.spec.ts"],
          ...slow,
          // Mostly waiting.
          maxWorkers: 4,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["spec/e2e/**/*.spec.ts"],
          ...slow,
          ...twoAtATime,
        },
      },
    ],
  },
});
