/** The hashes that a page's tags can carry, so that a browser runs these files and no others (subresource integrity). */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** What pages load. */
const FILES = ["converse-muc-push.js", "converse-muc-push.esm.js"];
const NAME = "integrity.json";

function integrityOf(folder) {
  const hashOf = (file) =>
    createHash("sha384")
      .update(readFileSync(path.join(folder, file)))
      .digest("base64");
  return Object.fromEntries(
    FILES.map((file) => [file, `sha384-${hashOf(file)}`]),
  );
}

/** Writes a built folder's integrity.json: file name → value of the attribute `integrity`. */
export function writeIntegrity(folder) {
  const text = JSON.stringify(integrityOf(folder), null, 2);
  writeFileSync(path.join(folder, NAME), `${text}\n`);
}

/** @returns {string[]} what is wrong with a folder's integrity.json */
export function integrityProblems(folder) {
  const written = JSON.parse(readFileSync(path.join(folder, NAME), "utf8"));
  const actual = integrityOf(folder);
  return [...new Set([...Object.keys(written), ...FILES])]
    .filter((file) => written[file] !== actual[file])
    .map((file) => `${NAME} has another hash for ${file} than the file`);
}
