/**
 * Runs the stories on every release of Converse with each file of the plugin, and writes what came out into
 * spec/e2e/matrix.json and as a table into the README.
 *
 * `npm run matrix -- --releases 7.0.6,14.0.0 --formats module --scenarios main-path`: all of each by default, which
 * takes more than an hour. It may be done in pieces: what is not played again stays, as long as it was played with
 * the plugin file of today. `--missing` plays only what was not, or has failed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  buildOf,
  describeCell,
  FORMATS,
  readRecord,
  rowOf,
  SCENARIOS,
  withCell,
  writeRecord,
  type Scenario,
} from "./matrix-table";
import { RELEASES } from "../rig/releases";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

/** What vitest-report.mjs tells. */
interface Report {
  readonly passed: number;
  readonly notRun: number;
  readonly failures: readonly { name: string }[];
}

const { values } = parseArgs({
  options: {
    releases: { type: "string", default: RELEASES.join() },
    formats: { type: "string", default: FORMATS.join() },
    scenarios: { type: "string", default: SCENARIOS.join() },
    missing: { type: "boolean", default: false },
  },
});

/** @throws Error when something is wanted that is not there */
function choose<T extends string>(wanted: string, all: readonly T[]): T[] {
  const strange = wanted.split(",").find((one) => !all.includes(one as T));
  if (strange !== undefined)
    throw new Error(`${strange} is none of: ${all.join(", ")}`);
  return all.filter((one) => wanted.split(",").includes(one));
}

/** Ways to load the file, and what other plugins do, are tried with a scripted server. */
const PLACES: Partial<Record<Scenario, { project: string; folder: string }>> = {
  loading: { project: "plugin", folder: "spec/plugin" },
  takeover: { project: "plugin", folder: "spec/headless" },
};
const STORIES = { project: "e2e", folder: "spec/e2e" };

async function play(
  scenario: Scenario,
  env: Record<string, string>,
): Promise<Report> {
  const folder = mkdtempSync(path.join(tmpdir(), "matrix-"));
  const file = path.join(folder, "report.json");
  const { project, folder: place } = PLACES[scenario] ?? STORIES;
  try {
    const vitest = spawn(
      path.join(root, "node_modules/.bin/vitest"),
      [
        "run",
        `--project=${project}`,
        "--reporter=./scripts/vitest-report.mjs",
        `${place}/${scenario}.spec.ts`,
      ],
      {
        cwd: root,
        env: { ...process.env, ...env, TEST_REPORT: file },
        stdio: "ignore",
      },
    );
    await once(vitest, "close");
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let hasFailed = false;
const scenarios = choose(values.scenarios, SCENARIOS);
for (const release of choose(values.releases, RELEASES)) {
  for (const format of choose(values.formats, FORMATS)) {
    const build = buildOf(format);
    const known = rowOf(readRecord(), { release, format });
    const isPlayed = (scenario: Scenario) =>
      known?.build === build && known.cells[scenario]?.failed === 0;
    for (const scenario of scenarios) {
      if (values.missing && isPlayed(scenario)) continue;
      const env = { CONVERSE: release, PLUGIN_FORMAT: format };
      const { passed, notRun, failures } = await play(scenario, env);
      const cell = { passed, failed: failures.length, skipped: notRun };
      // Read anew: another piece may have been played meanwhile.
      const rows = readRecord();
      const row = rowOf(rows, { release, format });
      writeRecord([
        ...rows.filter((other) => other !== row),
        withCell(row, { release, format, build }, scenario, cell),
      ]);
      hasFailed ||= failures.length > 0;
      console.log(`${release} ${format} ${scenario}: ${describeCell(cell)}`);
      for (const { name } of failures) console.log(`  ${name}`);
    }
  }
}
process.exit(hasFailed ? 1 : 0);
