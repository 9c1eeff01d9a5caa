/** What is shown of failures: as little as explains them, because logs get cut. */
import { stripVTControlCharacters } from "node:util";

const SHOWN_FAILURES = 20;
const MESSAGE_LINES = 20;
const DIFF_LINES = 30;
const STACK_LINES = 4;
const OUTPUT_LINES = 80;
const LINE_LENGTH = 300;

const shorten = (line) =>
  line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line;

const linesOf = (text = "") =>
  stripVTControlCharacters(text).trimEnd().split("\n").map(shorten);

function head(text, most) {
  const lines = linesOf(text);
  const left = lines.length - most;
  return left > 0 ? [...lines.slice(0, most), `… ${left} more lines`] : lines;
}

/** The end of what a tool wrote: that is where it says what went wrong. */
export function endOf(output) {
  const lines = linesOf(output);
  const left = lines.length - OUTPUT_LINES;
  return left > 0
    ? [`… ${left} lines before`, ...lines.slice(-OUTPUT_LINES)].join("\n")
    : lines.join("\n");
}

function describeError({ name = "Error", message, stack, diff, cause }, root) {
  const frames = linesOf(stack)
    .filter((line) => /^\s*at /.test(line))
    .filter((line) => line.includes(root) && !line.includes("node_modules"))
    .map((line) => line.trim().replaceAll(`${root}/`, ""));
  return [
    ...head(`${name}: ${message}`, MESSAGE_LINES),
    ...(diff ? head(diff, DIFF_LINES) : []),
    ...frames.slice(0, STACK_LINES),
    ...(cause ? describeError({ ...cause, name: "caused by" }, root) : []),
  ];
}

/**
 * The failures of a run of Vitest: full name, message, difference, and where in the project it was.
 * @param {{name: string, errors: object[]}[]} failures
 * @param {string} root the project's folder
 */
export function describeFailures(failures, root) {
  const shown = failures.slice(0, SHOWN_FAILURES).map(({ name, errors }) => {
    const lines = errors.flatMap((error) => describeError(error, root));
    return [`✗ ${name}`, ...lines.map((line) => `    ${line}`)].join("\n");
  });
  const others = failures.slice(SHOWN_FAILURES).map(({ name }) => `✗ ${name}`);
  return [...shown, ...others].join("\n");
}
