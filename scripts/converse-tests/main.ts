/**
 * `npm run test:converse -- [--without] [--selection] [glob…]`: runs the tests that Converse's release carries with
 * the plugin in each of them, what fails also without it, and ends with 1 when the plugin makes a difference that
 * nobody wants.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { missing } from "./compare";
import { INTENDED, LISTS, SELECTION, UNSTEADY } from "./lists";
import { describeResults, describeVerdicts, reportVerdicts } from "./report";
import { compareFiles, runFiles } from "./run-all";
import { specFiles } from "./spec-files";
import { openTestPages, type TestPages } from "./test-page";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    without: { type: "boolean", default: false },
    selection: { type: "boolean", default: false },
  },
});
const files = specFiles(values.selection ? SELECTION : positionals);
if (files.length === 0) throw new Error("no spec file fits");

/** How it is with Converse alone; that some fail is nobody's failure here. */
async function runWithout(pages: TestPages): Promise<number> {
  console.log(describeResults(await runFiles(pages, files, false)));
  return 0;
}

async function runBothWays(pages: TestPages): Promise<number> {
  const verdicts = await compareFiles(pages, files, LISTS);
  const gone = missing(verdicts, [...INTENDED, ...UNSTEADY]);
  console.log(describeVerdicts(verdicts));
  for (const { file, name } of gone)
    console.log(`is listed, but not there: ${file} > ${name}`);
  const report = reportVerdicts(files.length, verdicts, gone);
  const { TEST_REPORT } = process.env;
  if (TEST_REPORT) writeFileSync(TEST_REPORT, JSON.stringify(report));
  return report.failures.length > 0 ? 1 : 0;
}

const pages = await openTestPages();
try {
  process.exitCode = await (values.without ? runWithout : runBothWays)(pages);
} finally {
  await pages.close();
}
