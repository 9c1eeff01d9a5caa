/**
 * Runs the stories on every release of Converse with each file of the plugin, and writes what came out as a table
 * into the README.
 *
 * `npm run matrix -- --releases 7.0.6,14.0.0 --formats module --scenarios main-path`: all of each by default, which
 * takes more than an hour.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { RELEASES } from "./rig/releases";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const readme = path.join(root, "README.md");

const START = "<!-- matrix: written by npm run matrix -->";
const END = "<!-- end of matrix -->";

/** The columns: each has the specs that begin like this. */
const SCENARIOS = ["main-path", "endings", "streams", "nothing-lost"] as const;
const FORMATS = { script: "classic script", module: "ES module" } as const;

interface Count {
  readonly passed: number;
  readonly notRun: number;
  readonly failures: readonly { name: string }[];
}

const { values } = parseArgs({
  options: {
    releases: { type: "string", default: RELEASES.join() },
    formats: { type: "string", default: Object.keys(FORMATS).join() },
    scenarios: { type: "string", default: SCENARIOS.join() },
  },
});

/** @throws Error when something is wanted that is not there */
function choose<T extends string>(wanted: string, all: readonly T[]): T[] {
  const strange = wanted.split(",").find((one) => !all.includes(one as T));
  if (strange !== undefined)
    throw new Error(`${strange} is none of: ${all.join(", ")}`);
  return all.filter((one) => wanted.split(",").includes(one));
}

async function play(
  scenario: string,
  env: Record<string, string>,
): Promise<Count> {
  const folder = mkdtempSync(path.join(tmpdir(), "matrix-"));
  const file = path.join(folder, "report.json");
  try {
    const vitest = spawn(
      path.join(root, "node_modules/.bin/vitest"),
      [
        "run",
        "--project=e2e",
        "--reporter=./scripts/vitest-report.mjs",
        `spec/e2e/${scenario}`,
      ],
      {
        cwd: root,
        env: { ...process.env, ...env, VITEST_REPORT: file },
        stdio: "ignore",
      },
    );
    await once(vitest, "close");
    return JSON.parse(readFileSync(file, "utf8")) as Count;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cell(count: Count | undefined): string {
  if (!count) return "not run";
  const { passed, notRun, failures } = count;
  return [
    `${passed} passed`,
    ...(failures.length > 0 ? [`${failures.length} failed`] : []),
    ...(notRun > 0 ? [`${notRun} skipped`] : []),
  ].join(", ");
}

function write(rows: readonly string[]): void {
  const text = readFileSync(readme, "utf8");
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start < 0 || end < start) throw new Error(`${readme} has no ${START}`);
  const head = ["Converse.js", "plugin file", ...SCENARIOS];
  const table = [
    `| ${head.join(" | ")} |`,
    `| ${head.map(() => "---").join(" | ")} |`,
    ...rows,
  ];
  const before = text.slice(0, start + START.length);
  writeFileSync(
    readme,
    `${before}\n\n${table.join("\n")}\n\n${text.slice(end)}`,
  );
}

const rows: string[] = [];
let hasFailed = false;
const scenarios = choose(values.scenarios, SCENARIOS);
for (const release of choose(values.releases, RELEASES)) {
  for (const format of choose(values.formats, ["script", "module"] as const)) {
    const counts = new Map<string, Count>();
    for (const scenario of scenarios) {
      const env = { CONVERSE: release, PLUGIN_FORMAT: format };
      const count = await play(scenario, env);
      counts.set(scenario, count);
      hasFailed ||= count.failures.length > 0;
      console.log(`${release} ${format} ${scenario}: ${cell(count)}`);
      for (const { name } of count.failures) console.log(`  ${name}`);
    }
    const cells = SCENARIOS.map((scenario) => cell(counts.get(scenario)));
    rows.push(`| ${[release, FORMATS[format], ...cells].join(" | ")} |`);
    write(rows);
  }
}
process.exit(hasFailed ? 1 : 0);
