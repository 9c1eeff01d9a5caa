/** `node scripts/play.mjs FILE …`: sets up what is missing, builds if dist/ is stale, and runs a TypeScript file. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import buildIfStale from "./fresh-dist.mjs";
import { leftBehind, run } from "./processes.mjs";
import { setUpOrExit } from "./setup.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

await setUpOrExit(process.argv.slice(2, 3));
try {
  await buildIfStale();
} catch (error) {
  console.error(error.message);
  process.exit(1);
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
