/** What the scripts start, and how it ends. */
import { spawn } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const processes = fileURLToPath(
  new URL("../scripts/processes.mjs", import.meta.url),
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "processes-"));
});
afterEach(() => {
  for (const pid of running()) process.kill(Number(pid), "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** The processes that have the test's folder as their TMPDIR, or below it. */
const running = (): string[] =>
  readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").includes(
        `TMPDIR=${folder}`,
      );
    } catch {
      return false;
    }
  });

it.each([
  ["the shell's last command", "node script.mjs"],
  ["not the shell's last command", "node script.mjs; true"],
])(
  "when npm alone is told to end, what its script runs ends too (%s)",
  async (_where, start) => {
    const write = (name: string, text: string) =>
      writeFileSync(path.join(folder, name), text);
    write(
      "package.json",
      JSON.stringify({ version: "1.0.0", scripts: { start } }),
    );
    write(
      "script.mjs",
      `import { run } from ${JSON.stringify(processes)};
       await run("/bin/sh", ["-c", "echo running; sleep 600; true"], { show: true });`,
    );
    const npm = spawn("npm", ["start", "--silent"], {
      cwd: folder,
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = new Promise((resolve) => npm.once("close", resolve));
    await new Promise((resolve) => npm.stdout.once("data", resolve));
    expect(running().length).toBeGreaterThan(2);
    npm.kill("SIGTERM");
    // Their output is closed when all of them have ended.
    await closed;
    expect(readdirSync(folder).sort()).toEqual(["package.json", "script.mjs"]);
  },
  20_000,
);
