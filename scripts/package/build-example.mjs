/**
 * Builds an example with the packed plugin, and with the tools that are installed here: `node build-example.mjs
 * <example> <folder>`. The folder gets a copy of the example; the last line is the folder with the built site.
 */
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run, temporaryFolder } from "../processes.mjs";
import { pack } from "./tarball.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Example → the folder of its built site. */
const SITES = { webpack: "public", vite: "dist" };

const [name, folder] = process.argv.slice(2);
const example = path.join(folder, name);
cpSync(path.join(root, "examples", name), example, { recursive: true });

const { scripts, dependencies } = JSON.parse(
  readFileSync(path.join(example, "package.json"), "utf8"),
);
const tarball = await pack(temporaryFolder());
const wanted = dependencies["converse-muc-push"];
if (path.basename(wanted) !== path.basename(tarball))
  throw new Error(`${name} depends on ${wanted}, not on what is packed`);

const modules = path.join(example, "node_modules");
const plugin = path.join(modules, "converse-muc-push");
mkdirSync(plugin, { recursive: true });
symlinkSync(
  path.join(root, "node_modules/converse.js"),
  path.join(modules, "converse.js"),
);
const [tool, ...args] = scripts.build.split(" ");
for (const [command, ...rest] of [
  ["tar", "-xzf", tarball, "-C", plugin, "--strip-components=1"],
  [path.join(root, "node_modules/.bin", tool), ...args],
]) {
  const { code, output } = await run(command, rest, { cwd: example });
  if (code !== 0) {
    console.error(output);
    process.exit(1);
  }
}
console.log(path.join(example, SITES[name]));
