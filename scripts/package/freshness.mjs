/** Whether dist/ was built from the sources as they are: told by a hash of both, noted after a build. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** What a build depends on. */
const SOURCES = [
  "src",
  "webpack.config.js",
  "tsconfig.json",
  "tsconfig.build.json",
  "package-lock.json",
  "scripts/package/build.mjs",
  "scripts/package/integrity.mjs",
];

/** Holds the hash of sources and dist/ as they were when one was found to be built from the other. */
const STAMP = "node_modules/.cache/converse-muc-push/dist";

function filesIn(at) {
  if (!existsSync(at)) return [];
  if (!statSync(at).isDirectory()) return [at];
  return readdirSync(at, { recursive: true })
    .map((name) => path.join(at, name))
    .filter((file) => statSync(file).isFile())
    .sort();
}

function hashOf(folder) {
  const hash = createHash("sha256");
  const places = [...SOURCES, "dist"].map((at) => path.join(folder, at));
  for (const file of places.flatMap(filesIn)) {
    const content = readFileSync(file);
    hash.update(`${path.relative(folder, file)}\0${content.length}\0`);
    hash.update(content);
  }
  return hash.digest("hex");
}

/** @returns {boolean} whether dist/ is known to be built from the sources as they are */
export function isFresh(folder = root) {
  const stamp = path.join(folder, STAMP);
  return (
    existsSync(path.join(folder, "dist")) &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === hashOf(folder)
  );
}

/** Notes that dist/ was just built from the sources, or found to be what they give. */
export function markFresh(folder = root) {
  const stamp = path.join(folder, STAMP);
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, hashOf(folder));
}
