/** The examples, built with the packed plugin, in a browser: a site owner who copies one has what works. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { BrowserHarness } from "./browser-harness";

/** Only ends a build that hangs: webpack compresses all of Converse. */
const BUILD_LIMIT_MS = 600_000;

let harness: BrowserHarness;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "muc-examples-"));
  harness = await BrowserHarness.start();
});

afterEach(() => harness.endTest());

afterAll(async () => {
  await harness.stop();
  rmSync(folder, { recursive: true });
});

/** @returns the folder with the built site */
async function build(example: string): Promise<string> {
  const script = path.resolve("scripts/package/build-example.mjs");
  const args = [script, example, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout.trim().split("\n").at(-1) ?? "";
}

test.each(["vite", "webpack"])(
  "the example for %s registers the plugin, and keeps its user in a room",
  async (example) => {
    const chat = await harness.openSite(await build(example), {
      settings: {
        assets_path: "/converse",
        whitelisted_plugins: ["rig", "converse-muc-push"],
      },
      prepare: (server) => {
        server.room("garden").hasArchive = true;
      },
    });
    const room = chat.room();
    await chat.heard("mucPushEnabled", room);
    room.forgetSeats();
    room.say("juliet", "Good morrow");
    chat.server.push({ from: room.jid });
    await chat.heard("mucPushBack", room);
    expect(await chat.messages(room)).toContain("Good morrow");
    expect(chat.warnings).toEqual([]);
  },
  BUILD_LIMIT_MS,
);
