import { defineConfig } from "vitest/config";

// Tests wait for events; these limits only end a run that hangs.
const slow = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  fileParallelism: false,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["spec/*.spec.ts", "spec/{core,converse}/**/*.spec.ts"],
        },
      },
      {
        test: {
          name: "plugin",
          include: ["spec/plugin/**/*.spec.ts"],
          ...slow,
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "conformance",
          include: ["server/conformance/**/*.spec.ts"],
          ...slow,
          // Mostly waiting, and each file has servers and addresses of its own.
          fileParallelism: true,
          maxWorkers: 4,
        },
      },
      { test: { name: "e2e", include: ["spec/e2e/**/*.spec.ts"], ...slow } },
    ],
  },
});
