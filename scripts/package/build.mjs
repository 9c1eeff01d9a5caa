/**
 * Builds dist/, or the folder that is named instead: the file for script tags and for `require`, the module, their
 * types, and their hashes.
 */
import { copyFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../processes.mjs";
import { markFresh } from "./freshness.mjs";
import { writeIntegrity } from "./integrity.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Node takes a .js of this package for a module, so what is `require`d has a name of its own. */
const FOR_REQUIRE = { ".js": ".cjs", ".d.ts": ".d.cts" };

const commands = (folder) => [
  ["webpack", "--output-path", folder],
  [
    "dts-bundle-generator",
    "--silent",
    "--no-banner",
    // The strict consumers of check.mjs do it, with both kinds of module.
    "--no-check",
    "--export-referenced-types=false",
    "--project",
    "tsconfig.build.json",
    "--out-file",
    path.join(folder, "converse-muc-push.d.ts"),
    "src/index.ts",
  ],
];

/**
 * @param {string} folder is emptied first
 * @returns {Promise<{code: number, output: string}>} of the first command that failed, or of the last
 */
export async function build(folder) {
  rmSync(folder, { recursive: true, force: true });
  let last = { code: 0, output: "" };
  for (const [tool, ...args] of commands(folder)) {
    const command = path.join(root, "node_modules/.bin", tool);
    last = await run(command, args, { cwd: root });
    if (last.code !== 0) return last;
  }
  for (const [from, to] of Object.entries(FOR_REQUIRE)) {
    const file = path.join(folder, "converse-muc-push");
    copyFileSync(file + from, file + to);
  }
  writeIntegrity(folder);
  if (path.resolve(folder) === path.join(root, "dist")) markFresh();
  return last;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = path.resolve(process.argv[2] ?? path.join(root, "dist"));
  const { code, output } = await build(folder);
  if (code !== 0) console.error(output);
  process.exit(code);
}
