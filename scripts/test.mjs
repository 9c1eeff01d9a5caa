/**
 * Everything that has to hold, in one command: `npm test`, or `npm test -- <step>…` for some of it.
 * The last line is "N passed, N failed"; the exit code is 0 only when something ran and nothing failed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describeFailures, endOf } from "./failures.mjs";
import buildIfStale from "./fresh-dist.mjs";
import { distProblems, QUICK_CHECKS } from "./package/checks.mjs";
import { markFresh } from "./package/freshness.mjs";
import { checkSize } from "./package/size.mjs";
import { pack } from "./package/tarball.mjs";
import { leftBehind, run, temporaryFolder } from "./processes.mjs";
import { setUpOrExit } from "./setup.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

/** A step's outcome. `failures` are shown when something failed, or else the end of `output`; `note` always. */
const outcome = (passed, failed, output = "", note = "", failures = []) => ({
  passed,
  failed,
  output,
  note,
  failures,
});

function tool(name, ...args) {
  return run(path.join(root, "node_modules/.bin", name), args, { cwd: root });
}

/** All commands run at a time and have to succeed; counts as one. */
function check(...commands) {
  return async () => {
    const ends = await Promise.all(commands.map((start) => start()));
    const failed = ends.filter(({ code }) => code !== 0);
    return failed.length === 0
      ? outcome(1, 0)
      : outcome(0, 1, failed.map(({ output }) => output).join("\n"));
  };
}

/** Runs a check in a folder of its own, which goes afterwards. */
async function inFolder(work) {
  const folder = mkdtempSync(path.join(temporaryFolder(), "work-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function checkDist() {
  const problems = await inFolder((folder) => distProblems({ folder }));
  if (problems.length === 0) markFresh();
  return problems.length === 0
    ? outcome(1, 0)
    : outcome(0, 1, problems.join("\n"));
}

async function checkPackage() {
  const failures = await inFolder(async (folder) => {
    const found = [];
    const tarball = await pack(folder);
    for (const [name, problemsOf] of QUICK_CHECKS) {
      for (const message of await problemsOf({ folder, tarball }))
        found.push({ name, errors: [{ name: "Problem", message }] });
    }
    return found;
  });
  const passed =
    QUICK_CHECKS.length - new Set(failures.map((f) => f.name)).size;
  return outcome(passed, failures.length, "", checkSize().note, failures);
}

/** A command that writes a report, see vitest-report.mjs, to the file in TEST_REPORT. */
function reported(name, command, args, env = {}) {
  return async () => {
    const file = path.join(temporaryFolder(), `${name}.json`);
    const { code, output } = await run(command, args, {
      cwd: root,
      env: { ...env, TEST_REPORT: file },
    });
    if (!existsSync(file)) return outcome(0, 1, output);
    const report = JSON.parse(readFileSync(file, "utf8"));
    const { files, passed, notRun, failures, remarks = [] } = report;
    if (files === 0 && code === 0)
      return outcome(0, 0, "", "no spec files, skipped");
    const counts = `${passed} passed${notRun > 0 ? `, ${notRun} not run` : ""}`;
    const note = [counts, ...remarks].join("\n         ");
    // A run that ends badly without saying why, or without a single test, is a failure of its own.
    const isOdd = failures.length === 0 && (code !== 0 || passed === 0);
    const failed = failures.length + (isOdd ? 1 : 0);
    return outcome(passed, failed, output, note, failures);
  };
}

function vitest(project) {
  return reported(project, path.join(root, "node_modules/.bin/vitest"), [
    "run",
    "--project",
    project,
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=./scripts/vitest-report.mjs",
  ]);
}

/** What Converse's own tests say, with the plugin and without. */
const playConverseTests = reported(
  "converse",
  process.execPath,
  ["--import", "tsx", "scripts/converse-tests/main.ts", "--selection"],
  { TSX_DISABLE_CACHE: "1" },
);

async function converseTests() {
  await buildIfStale();
  return playConverseTests();
}

async function checkLeftovers() {
  const reports = STEPS.map(([name]) => `${name}.json`);
  const mine = new Set(
    reports.map((name) => path.join(temporaryFolder(), name)),
  );
  const left = (await leftBehind()).filter((line) => !mine.has(line));
  return left.length === 0
    ? outcome(1, 0)
    : outcome(0, 1, `left behind:\n${left.join("\n")}`);
}

const STEPS = [
  ["typecheck", check(() => tool("tsc"))],
  [
    "lint",
    check(
      () => tool("eslint", ".", "--max-warnings", "0"),
      () => tool("prettier", "--check", "."),
    ),
  ],
  [
    "luacheck",
    check(() =>
      run("luacheck", ["--no-color", "server", "rig"], { cwd: root }),
    ),
  ],
  ["dist", checkDist],
  ["package", checkPackage],
  ["unit", vitest("unit")],
  ["headless", vitest("headless")],
  ["plugin", vitest("plugin")],
  ["converse", converseTests],
  ["conformance", vitest("conformance")],
  ["e2e", vitest("e2e")],
  [
    "demo",
    check(() => run("npm", ["run", "demo", "--", "--check"], { cwd: root })),
  ],
  ["nothing left behind", checkLeftovers],
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.some(([step]) => step === name));
if (unknown.length > 0) {
  console.error(
    `no such step: ${unknown.join(", ")}; there are: ${STEPS.map(([name]) => name).join(", ")}`,
  );
  process.exit(1);
}

await setUpOrExit(wanted.length > 0 ? wanted : STEPS.map(([name]) => name));

const total = { passed: 0, failed: 0 };
const failedNames = [];
let ran = 0;
for (const [name, step] of STEPS) {
  if (wanted.length > 0 && !wanted.includes(name) && step !== checkLeftovers)
    continue;
  const start = Date.now();
  const { passed, failed, output, note, failures } = await step().catch(
    (error) => outcome(0, 1, error.stack),
  );
  if (step !== checkLeftovers) ran += passed + failed;
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const verdict = failed > 0 ? "FAILED" : passed > 0 ? "ok" : "-";
  console.log(
    `${verdict.padEnd(7)}${name.padEnd(21)}${`${seconds} s`.padStart(8)}${note && `  ${note}`}`,
  );
  if (failures.length > 0) {
    console.log(`${describeFailures(failures, root)}\n`);
    failedNames.push(...failures.map(({ name: test }) => `${name}: ${test}`));
  } else if (failed > 0) {
    console.log(`${endOf(output)}\n`);
    failedNames.push(name);
  }
  total.passed += passed;
  total.failed += failed;
}
if (ran === 0) console.log("nothing ran");
for (const name of failedNames) console.log(`FAILED ${name}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 || ran === 0 ? 1 : 0);
