/** What a run with the plugin says beside one without it. */
import type { TestResult } from "./test-page";

/** A test that is known to end otherwise. */
export interface Listed {
  readonly file: string;
  /** Its full name. */
  readonly name: string;
  readonly reason: string;
}

/** A test that asserts what the plugin changes on purpose. */
export interface Intended extends Listed {
  /** A part of what its failure says, mostly the line it is in: another failure is not the intended one. */
  readonly says: string;
}

/**
 * | without | with   | on a list        | verdict   |
 * |---------|--------|------------------|-----------|
 * | passed  | passed | intended         | stale     |
 * | passed  | passed |                  | same      |
 * | passed  | failed | intended         | intended  |
 * | passed  | failed | intended, but it says something else | broken |
 * | passed  | failed | unsteady         | unsteady  |
 * | passed  | failed |                  | broken    |
 * | failed  | failed |                  | both      |
 * | failed  | passed |                  | unsteady  |
 *
 * A test that does not run counts as failed; one that is pending in Converse counts as passed.
 */
export type Kind =
  "same" | "intended" | "stale" | "broken" | "unsteady" | "both";

export interface Verdict {
  readonly file: string;
  readonly name: string;
  readonly kind: Kind;
  /** What the failure with the plugin says, or the one without it. */
  readonly messages: readonly string[];
}

export interface Lists {
  readonly intended: readonly Intended[];
  readonly unsteady: readonly Listed[];
}

const NOT_RUN: TestResult = {
  name: "",
  status: "failed",
  messages: ["it was not run"],
  ms: 0,
};

/** Two tests of a file may have one name: the second is told apart by a number. */
function byName(results: readonly TestResult[]): Map<string, TestResult> {
  const found = new Map<string, TestResult>();
  for (const result of results) {
    let { name } = result;
    for (let nth = 2; found.has(name); nth++) name = `${result.name} #${nth}`;
    found.set(name, result);
  }
  return found;
}

function kindOf(
  without: TestResult,
  withPlugin: TestResult,
  intended: Intended | undefined,
  isUnsteady: boolean,
): Kind {
  const passedWithout = without.status !== "failed";
  const passedWith = withPlugin.status !== "failed";
  if (!passedWithout) return passedWith ? "unsteady" : "both";
  if (passedWith) return intended ? "stale" : "same";
  const { messages } = withPlugin;
  if (intended)
    return messages.some((message) => message.includes(intended.says))
      ? "intended"
      : "broken";
  return isUnsteady ? "unsteady" : "broken";
}

/** Compares the tests of one file, in the order they are run in without the plugin. */
export function compare(
  file: string,
  without: readonly TestResult[],
  withPlugin: readonly TestResult[],
  lists: Lists,
): Verdict[] {
  const [before, after] = [byName(without), byName(withPlugin)];
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].map((name) => {
    const isThis = (listed: Listed) =>
      listed.file === file && listed.name === name;
    const one = before.get(name) ?? NOT_RUN;
    const other = after.get(name) ?? NOT_RUN;
    const kind = kindOf(
      one,
      other,
      lists.intended.find(isThis),
      lists.unsteady.some(isThis),
    );
    const { messages } = other.status === "failed" ? other : one;
    return { file, name, kind, messages };
  });
}

/** Listed tests of the files that ran which are not there any more. */
export function missing(
  verdicts: readonly Verdict[],
  listed: readonly Listed[],
): Listed[] {
  const files = new Set(verdicts.map(({ file }) => file));
  return listed.filter(
    ({ file, name }) =>
      files.has(file) &&
      !verdicts.some(
        (verdict) => verdict.file === file && verdict.name === name,
      ),
  );
}
