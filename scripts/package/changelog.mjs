/** Whether CHANGELOG.md has the form of Keep a Changelog 1.1.0, and is ready for a release. */

const KINDS = "Added|Changed|Deprecated|Removed|Fixed|Security";
const SECTION = /^## (.*)$/;
const RELEASE = /^\[(\d+\.\d+\.\d+(?:-[\w.]+)?)\] - (\d{4}-\d{2}-\d{2})$/;

/** The sections of a changelog: heading, and the lines below it that are not empty. */
function sectionsOf(text) {
  const sections = [];
  for (const line of text.split("\n")) {
    const [, heading] = SECTION.exec(line) ?? [];
    if (heading !== undefined) sections.push({ heading, lines: [] });
    else if (line.trim() !== "") sections.at(-1)?.lines.push(line);
  }
  return sections;
}

/** @returns {string[]} what is not as Keep a Changelog has it */
export function formProblems(text) {
  const [first, ...releases] = sectionsOf(text);
  const problems = [];
  if (!text.startsWith("# Changelog\n"))
    problems.push("does not begin with “# Changelog”");
  if (first?.heading !== "[Unreleased]")
    problems.push("the first section is not “[Unreleased]”");
  for (const { heading } of releases) {
    if (!RELEASE.test(heading))
      problems.push(`“${heading}” is not “[version] - year-month-day”`);
  }
  const dates = releases.map(({ heading }) => RELEASE.exec(heading)?.[2] ?? "");
  if (dates.join() !== [...dates].sort().reverse().join())
    problems.push("the newest release does not come first");
  const kinds = text.match(/^### .*$/gm) ?? [];
  for (const kind of kinds) {
    if (!new RegExp(`^### (${KINDS})$`).test(kind))
      problems.push(`“${kind}” is no kind of change`);
  }
  return problems;
}

/** @returns {string[]} what is missing for the release of a version */
export function releaseProblems(text, version) {
  const sections = sectionsOf(text);
  const linesOf = (wanted) =>
    sections.find(({ heading }) => heading.startsWith(`[${wanted}]`))?.lines;
  const problems = [];
  if (!linesOf(version)?.length)
    problems.push(`nothing is said about ${version}`);
  if (linesOf("Unreleased")?.length)
    problems.push(`what is under “[Unreleased]” belongs to ${version}`);
  return problems;
}
