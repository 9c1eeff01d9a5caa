/** How much a page loads: each file after gzip, held below a limit so that growth is a decision. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { temporaryFolder } from "../processes.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const KB = 1000;

/**
 * In kB, the size of the day rounded up to the next half. The aim is 10 kB for all of it, 7 kB without what
 * people see.
 */
const LIMITS_KB = {
  "converse-muc-push.js": 32.5,
  "converse-muc-push.esm.js": 32.4,
};
const WITHOUT_UI = { name: "without what people see", limit: 30.8 };
/** What people see: marks and sentences at messages, and their menu. */
const UI = String.raw`/(outbox-view|waiting-marks|kept-words|failure-text|send-again)\.js$/`;

const sizeKb = (text) => gzipSync(text, { level: 9 }).length / KB;

/** In kB, of the module as it would be if a page had those parts from elsewhere. */
function sizeWithoutUi() {
  const folder = mkdtempSync(path.join(temporaryFolder(), "size-"));
  const webpack = path.join(root, "node_modules/.bin/webpack");
  const args = ["--config-name", "module", "--externals", UI];
  execFileSync(webpack, [...args, "--output-path", folder], { cwd: root });
  const file = path.join(folder, "converse-muc-push.esm.js");
  const size = sizeKb(readFileSync(file));
  rmSync(folder, { recursive: true });
  return size;
}

/** Built once; it takes seconds. */
let withoutUi;

/** @returns {{note: string, problems: string[]}} */
export function checkSize(folder = path.join(root, "dist")) {
  const sizes = Object.entries(LIMITS_KB).map(([name, limit]) => ({
    name,
    limit,
    size: sizeKb(readFileSync(path.join(folder, name))),
  }));
  sizes.push({ ...WITHOUT_UI, size: (withoutUi ??= sizeWithoutUi()) });
  const say = ({ name, size, limit }) =>
    `${name} ${size.toFixed(2)} kB of ${limit} kB`;
  return {
    note: `gzip -9: ${sizes.map(say).join(", ")}`,
    problems: sizes
      .filter(({ size, limit }) => size > limit)
      .map((each) => `too large: ${say(each)}`),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { note, problems } = checkSize();
  console.log(note);
  for (const problem of problems) console.error(problem);
  process.exit(problems.length > 0 ? 1 : 0);
}
