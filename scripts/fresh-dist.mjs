/**
 * The built plugin that is played is one of the sources as they are: dist/ is built anew when either has changed
 * since. Vitest calls this before the projects that need it, play.mjs before each file.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./package/build.mjs";
import { isFresh } from "./package/freshness.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

/**
 * Builds dist/ unless it is fresh. The folder that PLUGIN_DIST names instead is left to whoever named it.
 * @throws Error with one sentence when the build fails
 */
export default async function buildIfStale() {
  if (process.env.PLUGIN_DIST || isFresh()) return;
  const { code, output } = await build(path.join(root, "dist"));
  if (code !== 0)
    throw new Error(
      `dist/ is older than its sources, and \`npm run build\` fails:\n${output}`,
    );
}
