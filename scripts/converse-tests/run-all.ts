/** Runs spec files, several pages at a time. */
import { availableParallelism } from "node:os";
import { compare, type Kind, type Lists, type Verdict } from "./compare";
import type { Run, TestPages, TestResult } from "./test-page";

/** Tests mostly wait; more pages than this and they wait for each other, and time out. */
const PAGES = Math.min(availableParallelism() + 1, 4);

/** Calls `work` with each item, a few at a time, and keeps the order. */
async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, item] = next;
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: PAGES }, worker));
  return results;
}

export interface FileResults {
  readonly file: string;
  readonly results: readonly TestResult[];
}

/** Runs files one way. */
export function runFiles(
  pages: TestPages,
  files: readonly string[],
  withPlugin: boolean,
): Promise<FileResults[]> {
  return inParallel(files, async (file) => ({
    file,
    results: await pages.run({ file, withPlugin }),
  }));
}

const NUMBERED = / #\d+$/;

const hasFailed = async (pages: TestPages, run: Run): Promise<boolean> => {
  const results = await pages.run(run);
  return (
    results.length === 0 || results.some(({ status }) => status === "failed")
  );
};

/** A test that failed with the plugin alone gets a second chance on its own, and so does the one without. */
async function lookAgain(pages: TestPages, verdict: Verdict): Promise<Verdict> {
  const { file, name } = verdict;
  const only = [name.replace(NUMBERED, "")];
  const as = (kind: Kind, note: string): Verdict => ({
    ...verdict,
    kind,
    messages: [note, ...verdict.messages],
  });
  if (!(await hasFailed(pages, { file, withPlugin: true, only })))
    return as("unsteady", "it passes with the plugin when run alone");
  if (await hasFailed(pages, { file, withPlugin: false, only }))
    return as("unsteady", "run alone, it fails without the plugin too");
  return as("broken", "run alone, it fails with the plugin and passes without");
}

/** Whether anything in a run with the plugin is to be held against one without it. */
const isRemarkable = (
  { file, results }: FileResults,
  { intended }: Lists,
): boolean =>
  results.some(({ status }) => status === "failed") ||
  intended.some((listed) => listed.file === file);

/**
 * Runs files with the plugin, and without it where something fails, and compares. Where all passes with it,
 * how it would be without can make no difference.
 */
export async function compareFiles(
  pages: TestPages,
  files: readonly string[],
  lists: Lists,
): Promise<Verdict[]> {
  const ran = await runFiles(pages, files, true);
  const remarkable = ran.filter((run) => isRemarkable(run, lists));
  const again = await runFiles(
    pages,
    remarkable.map(({ file }) => file),
    false,
  );
  const without = new Map(again.map(({ file, results }) => [file, results]));
  const verdicts = ran.flatMap(({ file, results }) =>
    compare(file, without.get(file) ?? results, results, lists),
  );
  // Alone in the browser, too.
  const settled: Verdict[] = [];
  for (const verdict of verdicts)
    settled.push(
      verdict.kind === "broken" ? await lookAgain(pages, verdict) : verdict,
    );
  return settled;
}
