import { defineConfig } from "vitest/config";

// Tests wait for events; these limits only end a run that hangs.
const slow = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
};
/** Before projects that play the built plugin. */
const fresh = { globalSetup: "./scripts/fresh-dist.mjs" };
/** Each file has its own browser, servers and addresses; one of two pages usually waits for something. */
const twoAtATime = { maxWorkers: 2 };

/** Played without a browser, or in one where CONVERSE names a release of Converse. */
const WITHOUT_VIEW = "spec/headless/**/*.spec.ts";
const isInBrowser = Boolean(process.env["CONVERSE"]);

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
          name: "headless",
          ...fresh,
          include: isInBrowser ? [] : [WITHOUT_VIEW],
          // A window is a page of its own; what makes windows is loaded once.
          isolate: false,
          ...slow,
          ...twoAtATime,
        },
      },
      {
        test: {
          name: "plugin",
          ...fresh,
          include: [
            "spec/plugin/**/*.spec.ts",
            ...(isInBrowser ? [WITHOUT_VIEW] : []),
          ],
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
          ...fresh,
          include: ["spec/e2e/**/*.spec.ts"],
          ...slow,
          ...twoAtATime,
        },
      },
    ],
  },
});
