/** How much a page loads: each file after gzip, held below a limit so that growth is a decision. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const KB = 1000;

/**
 * In kB, the size of the day rounded up to the next half. The aim is 10 kB for all of it, 7 kB without what
 * people see.
 */
const LIMITS_KB = {
  "converse-muc-push.js": 24.5,
  "converse-muc-push.esm.js": 24.5,
};

const sizeKb = (file) => gzipSync(readFileSync(file), { level: 9 }).length / KB;

/** @returns {{note: string, problems: string[]}} */
export function checkSize(folder = path.join(root, "dist")) {
  const sizes = Object.entries(LIMITS_KB).map(([name, limit]) => ({
    name,
    limit,
    size: sizeKb(path.join(folder, name)),
  }));
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
