/** The spec files that Converse's release carries. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** The release whose tests are run. */
export const CONVERSE = path.join(root, "node_modules/converse.js");

const src = path.join(CONVERSE, "src");

/** A folder "tests" has helpers beside the specs; only specs describe something. */
const isSpec = (file: string) =>
  /(^|\/)tests\/[^/]+\.js$/.test(file) &&
  !file.includes("node_modules/") &&
  readFileSync(path.join(src, file), "utf8").includes("describe(");

/** A pattern as a shell has it: `*` stays in a folder, `**` goes through folders. */
function patternOf(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\?]/g, "\\$&")
    .replaceAll("**", "\0")
    .replaceAll("*", "[^/]*")
    .replaceAll("\0", ".*");
  return new RegExp(`(^|/)${source}($|/)`);
}

/**
 * Spec files, relative to Converse's src folder, in the order of their names.
 * @param globs patterns for a file or a folder, from any folder on: `ping`, `plugins/muc*`, `muc/tests/m*.js`; all
 *   spec files when there are none
 */
export function specFiles(globs: readonly string[]): string[] {
  const patterns = globs.map(patternOf);
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter(
      (file) =>
        patterns.length === 0 || patterns.some((pattern) => pattern.test(file)),
    )
    .filter(isSpec)
    .sort();
}

/** The address of the build that a spec file imports: specs of the headless package have their own. */
export const bundleOf = (file: string): string =>
  file.startsWith("headless/")
    ? "/src/headless/dist/converse-headless.js"
    : "/dist/converse.js";
