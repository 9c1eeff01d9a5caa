/** The files that a page without any view runs, each compiled once. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";

const root = new URL("../../", import.meta.url);
const pathOf = (file: string) => fileURLToPath(new URL(file, root));

const BUILD = "node_modules/@converse/headless/dist/";

function compile(file: string, wrap = (code: string) => code): Script {
  const filename = pathOf(file);
  return new Script(wrap(readFileSync(filename, "utf8")), { filename });
}

/**
 * Converse's build is a module that puts `converse` on the window too: without its exports it is a script.
 *
 * @throws Error when it does not end with its exports
 */
function asScript(code: string): string {
  const exports = /export\s*\{[^{}]*\};/g;
  if (code.match(exports)?.length !== 1)
    throw new Error("the headless build does not have exactly one export list");
  return `(() => {${code.replace(exports, "")}\n})();`;
}

export const rigPlugin = compile("rig/page/rig-plugin.js");
export const converse = compile(`${BUILD}converse-headless.min.js`, asScript);

/** The built plugin that is tested is the one in dist/, or in the folder that PLUGIN_DIST names. */
export const plugin = compile(
  `${process.env["PLUGIN_DIST"] ?? "dist"}/converse-muc-push.js`,
);

export const emojis = () => readFileSync(pathOf(`${BUILD}emoji.json`), "utf8");
