/** Which files differ between two folders. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      path.relative(
        folder,
        path.join(entry.parentPath ?? entry.path, entry.name),
      ),
    );
}

/**
 * Compares byte by byte.
 * @param {string} expected
 * @param {string} actual
 * @returns {string[]} a line for each difference
 */
export function compareFolders(expected, actual) {
  const before = new Set(filesOf(expected));
  const after = new Set(filesOf(actual));
  const differs = (name) =>
    !readFileSync(path.join(expected, name)).equals(
      readFileSync(path.join(actual, name)),
    );
  return [
    ...[...before]
      .filter((name) => !after.has(name))
      .map((name) => `${name} is not built any more`),
    ...[...after]
      .filter((name) => !before.has(name))
      .map((name) => `${name} is missing`),
    ...[...before]
      .filter((name) => after.has(name) && differs(name))
      .map((name) => `${name} differs`),
  ].sort();
}
