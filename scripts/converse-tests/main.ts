/**
 * `npm run test:converse -- [--without] [--selection] [glob…]`: runs the tests that Converse's release carries with
 * the plugin in each of them and without it, and ends with 1 when the plugin makes a difference that nobody wants.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { missing, type Kind, type Listed, type Verdict } from "./compare";
import { INTENDED, LISTS, SELECTION, UNSTEADY } from "./lists";
import { compareFiles, runFiles } from "./run-all";
import { specFiles } from "./spec-files";
import { openTestPages, type TestPages } from "./test-page";

/** What a verdict is called, and whether it is shown test by test. */
const KINDS: Record<Kind, string> = {
  same: "pass either way",
  intended: "fail with the plugin as intended",
  stale: "were to fail with the plugin as intended, but pass",
  broken: "FAIL WITH THE PLUGIN ONLY",
  unsteady: "are unsteady",
  both: "fail without the plugin too",
};

interface Failure {
  readonly name: string;
  readonly errors: readonly { name: string; message: string }[];
}

/** What `scripts/test.mjs` reads, as it does Vitest's. */
interface Report {
  readonly files: number;
  readonly passed: number;
  readonly notRun: number;
  readonly failures: readonly Failure[];
}

const indented = (messages: readonly string[]) =>
  messages
    .flatMap((message) => message.trimEnd().split("\n"))
    .filter((line) => line.trim() !== "")
    .map((line) => `      ${line}`)
    .join("\n");

const failure = (listed: Listed | Verdict, message: string): Failure => ({
  name: `${listed.file} > ${listed.name}`,
  errors: [{ name: "Difference", message }],
});

async function showWithout(pages: TestPages, files: string[]): Promise<Report> {
  const ran = await runFiles(pages, files, false);
  const all = ran.flatMap(({ file, results }) =>
    results.map((result) => ({ ...result, file })),
  );
  const failed = all.filter(({ status }) => status === "failed");
  for (const { file, name, messages } of failed)
    console.log(`✗ ${file} > ${name}\n${indented(messages)}`);
  const passed = all.filter(({ status }) => status === "passed").length;
  console.log(
    `without the plugin, ${files.length} files: ${passed} passed, ${failed.length} failed, ${all.length - passed - failed.length} pending`,
  );
  return {
    files: files.length,
    passed,
    notRun: all.length - passed,
    failures: [],
  };
}

async function showDifferences(
  pages: TestPages,
  files: string[],
): Promise<Report> {
  const verdicts = await compareFiles(pages, files, LISTS);
  const gone = missing(verdicts, [...INTENDED, ...UNSTEADY]);
  for (const [kind, says] of Object.entries(KINDS)) {
    const these = verdicts.filter((verdict) => verdict.kind === kind);
    if (these.length === 0) continue;
    console.log(`${these.length} ${says}`);
    if (kind === "same") continue;
    for (const { file, name, messages } of these) {
      console.log(`  ${file} > ${name}`);
      if (kind !== "intended") console.log(indented(messages));
    }
  }
  for (const { file, name } of gone)
    console.log(`listed, but not there: ${file} > ${name}`);
  const wrong = verdicts.filter(
    ({ kind }) => kind === "broken" || kind === "stale",
  );
  const passed = verdicts.filter(
    ({ kind }) => kind === "same" || kind === "intended",
  );
  return {
    files: files.length,
    passed: passed.length,
    notRun: verdicts.length - passed.length - wrong.length,
    failures: [
      ...wrong.map((verdict) =>
        failure(verdict, [KINDS[verdict.kind], ...verdict.messages].join("\n")),
      ),
      ...gone.map((listed) => failure(listed, "listed, but not there")),
    ],
  };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    without: { type: "boolean", default: false },
    selection: { type: "boolean", default: false },
  },
});
const files = specFiles(values.selection ? SELECTION : positionals);
if (files.length === 0) throw new Error("no spec file fits");

const pages = await openTestPages();
let report: Report;
try {
  report = await (values.without ? showWithout : showDifferences)(pages, files);
} finally {
  await pages.close();
}
if (process.env.TEST_REPORT)
  writeFileSync(process.env.TEST_REPORT, JSON.stringify(report));
process.exitCode = report.failures.length > 0 ? 1 : 0;
