/** What a run says: to a person, and to `scripts/test.mjs`. */
import type { Kind, Listed, Verdict } from "./compare";
import type { FileResults } from "./run-all";

interface Failure {
  readonly name: string;
  readonly errors: readonly { name: string; message: string }[];
}

/** In the form of `scripts/vitest-report.mjs`. */
export interface Report {
  readonly files: number;
  readonly passed: number;
  readonly notRun: number;
  readonly failures: readonly Failure[];
  /** What did not go as it should, and is no failure. */
  readonly remarks: readonly string[];
}

/** What tests of a kind do, how they count, and whether they are named. */
const KINDS: Record<
  Kind,
  { says: string; counts: "passed" | "failed" | "neither"; isNamed: boolean }
> = {
  same: { says: "pass", counts: "passed", isNamed: false },
  intended: {
    says: "fail with the plugin as intended",
    counts: "passed",
    isNamed: false,
  },
  both: {
    says: "fail without the plugin too",
    counts: "neither",
    isNamed: true,
  },
  unsteady: { says: "are unsteady", counts: "neither", isNamed: true },
  stale: {
    says: "pass, though they are listed as failing with the plugin",
    counts: "failed",
    isNamed: true,
  },
  broken: {
    says: "FAIL WITH THE PLUGIN ONLY",
    counts: "failed",
    isNamed: true,
  },
};

const nameOf = ({ file, name }: { file: string; name: string }) =>
  `${file} > ${name}`;

const indented = (messages: readonly string[]): string[] =>
  messages
    .flatMap((message) => message.split("\n"))
    .filter((line) => line.trim() !== "")
    .map((line) => `      ${line.trim()}`);

const failure = (
  listed: { file: string; name: string },
  messages: readonly string[],
): Failure => ({
  name: nameOf(listed),
  errors: [{ name: "Difference", message: messages.join("\n") }],
});

/** A run with the plugin and without, for a person. */
export function describeVerdicts(verdicts: readonly Verdict[]): string {
  const lines = Object.entries(KINDS).flatMap(([kind, { says, isNamed }]) => {
    const these = verdicts.filter((verdict) => verdict.kind === kind);
    if (these.length === 0) return [];
    const named = these.flatMap((verdict) => [
      `  ${nameOf(verdict)}`,
      ...indented(verdict.messages),
    ]);
    return [`${these.length} ${says}`, ...(isNamed ? named : [])];
  });
  return lines.join("\n");
}

/** @param gone what is listed, and not there any more */
export function reportVerdicts(
  files: number,
  verdicts: readonly Verdict[],
  gone: readonly Listed[],
): Report {
  const counting = (as: string) =>
    verdicts.filter(({ kind }) => KINDS[kind].counts === as);
  const failures = counting("failed").map((verdict) =>
    failure(verdict, [KINDS[verdict.kind].says, ...verdict.messages]),
  );
  const intended = verdicts.filter(({ kind }) => kind === "intended").length;
  const remarks = counting("neither").map(
    (verdict) =>
      `${verdict.kind === "both" ? "fails either way" : "unsteady"}: ${nameOf(verdict)}`,
  );
  return {
    files,
    passed: counting("passed").length,
    notRun: 0,
    failures: [
      ...failures,
      ...gone.map((listed) => failure(listed, ["is listed, but not there"])),
    ],
    remarks:
      intended > 0
        ? [`${intended} ${KINDS.intended.says}`, ...remarks]
        : remarks,
  };
}

/** A run without the plugin, for a person. */
export function describeResults(ran: readonly FileResults[]): string {
  const all = ran.flatMap(({ file, results }) =>
    results.map((result) => ({ ...result, file })),
  );
  const failed = all.filter(({ status }) => status === "failed");
  const passed = all.filter(({ status }) => status === "passed");
  const others = all.length - passed.length - failed.length;
  return [
    ...failed.flatMap((result) => [
      `✗ ${nameOf(result)}`,
      ...indented(result.messages),
    ]),
    `without the plugin, ${ran.length} files: ${passed.length} passed, ${failed.length} failed, ${others} pending`,
  ].join("\n");
}
