/** `node scripts/play.mjs FILE …`: sets up what is missing, builds if nothing is built, and runs a TypeScript file. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { leftBehind, run } from "./processes.mjs";
import { setUpOrExit } from "./setup.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

await setUpOrExit(process.argv.slice(2, 3));
if (!existsSync(path.join(root, "dist/converse-muc-push.js"))) {
  const { code, output } = await run("npm", ["run", "build"], { cwd: root });
  if (code !== 0) {
    console.error(output);
    process.exit(1);
  }
}

const args = ["--import", "tsx", ...process.argv.slice(2)];
const { code } = await run(process.execPath, args, {
  cwd: root,
  env: { TSX_DISABLE_CACHE: "1" },
  show: true,
});
const left = await leftBehind();
if (left.length > 0) console.error(`left behind:\n${left.join("\n")}`);
process.exit(code !== 0 || left.length > 0 ? code || 1 : 0);
