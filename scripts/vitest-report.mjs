/** A reporter for Vitest: writes what `scripts/test.mjs` has to know about a run, as JSON, to the file in TEST_REPORT. */
import { writeFileSync } from "node:fs";

const plain = ({ name, message, stack, diff, cause }) => ({
  name,
  message,
  stack,
  diff,
  cause: cause && { message: cause.message, stack: cause.stack },
});

export default class {
  /** Errors of tests and hooks, of files that do not load, and those that nobody caught. */
  onTestRunEnd(modules, unhandledErrors) {
    const failures = [];
    const note = (name, errors) =>
      failures.push({ name, errors: errors.map(plain) });
    const counts = { passed: 0, skipped: 0, pending: 0, failed: 0 };
    for (const module of modules) {
      const file = module.relativeModuleId;
      if (module.errors().length > 0) note(file, module.errors());
      for (const suite of module.children.allSuites())
        if (suite.errors().length > 0)
          note(`${file} > ${suite.fullName}`, suite.errors());
      for (const test of module.children.allTests()) {
        const { state, errors = [] } = test.result();
        counts[state]++;
        if (state === "failed") note(`${file} > ${test.fullName}`, errors);
      }
    }
    for (const error of unhandledErrors)
      note(`outside of the tests: ${error.type ?? "error"}`, [error]);
    const report = {
      files: modules.length,
      passed: counts.passed,
      notRun: counts.skipped + counts.pending,
      failures,
    };
    writeFileSync(process.env.TEST_REPORT, JSON.stringify(report));
  }
}
