/** What was seen of each release of Converse with each file of the plugin: a record, and its table in the README. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { RELEASES, type PluginFormat, type Release } from "../rig/releases";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const README = path.join(root, "README.md");
const RECORD = path.join(root, "spec/e2e/matrix.json");

const START = "<!-- matrix: written by npm run matrix -->";
const END = "<!-- end of matrix -->";

/** The columns, each a spec file. */
export const SCENARIOS = [
  "main-path",
  "endings",
  "streams",
  "nothing-lost",
  "nothing-lost-kinds",
  "nothing-lost-typed",
  "shared-worker",
  "tabs",
  "loading",
  "takeover",
] as const;
export type Scenario = (typeof SCENARIOS)[number];

export const FORMATS = ["script", "module"] as const;
const FILES = {
  script: { name: "classic script", file: "converse-muc-push.js" },
  module: { name: "ES module", file: "converse-muc-push.esm.js" },
} as const;

export interface Cell {
  readonly passed: number;
  readonly failed: number;
  /** Of the tests that are not for this release. */
  readonly skipped: number;
}

export interface Row {
  readonly release: Release;
  readonly format: PluginFormat;
  /** The value of `integrity` for the plugin's file that all of this was seen with. */
  readonly build: string;
  readonly cells: Partial<Record<Scenario, Cell>>;
}

/** The value of `integrity` for a file of the plugin as it is now. */
export function buildOf(format: PluginFormat): string {
  const text = readFileSync(path.join(root, "dist", FILES[format].file));
  return `sha384-${createHash("sha384").update(text).digest("base64")}`;
}

export function readRecord(): Row[] {
  if (!existsSync(RECORD)) return [];
  return JSON.parse(readFileSync(RECORD, "utf8")) as Row[];
}

/** A row with one more cell; what was seen with another build is dropped. */
export function withCell(
  row: Row | undefined,
  { release, format, build }: Omit<Row, "cells">,
  scenario: Scenario,
  cell: Cell,
): Row {
  const cells = row?.build === build ? row.cells : {};
  return { release, format, build, cells: { ...cells, [scenario]: cell } };
}

/** The row of a release and a file. */
export const rowOf = (
  rows: readonly Row[],
  { release, format }: Pick<Row, "release" | "format">,
): Row | undefined =>
  rows.find((row) => row.release === release && row.format === format);

/** Writes the record, and the table into the README. */
export function writeRecord(rows: readonly Row[]): void {
  const inOrder = RELEASES.flatMap((release) =>
    FORMATS.flatMap((format) => rowOf(rows, { release, format }) ?? []),
  );
  writeFileSync(RECORD, `${JSON.stringify(inOrder, null, 2)}\n`);
  const [before, , after] = partsOf(readFileSync(README, "utf8"));
  writeFileSync(README, `${before}\n\n${tableOf(inOrder)}\n\n${after}`);
}

/** The table as the README has it. */
export const writtenTable = (): string =>
  partsOf(readFileSync(README, "utf8"))[1].trim();

function partsOf(readme: string): [string, string, string] {
  const start = readme.indexOf(START) + START.length;
  const end = readme.indexOf(END);
  if (start < START.length || end < start)
    throw new Error(`the README has no place for the matrix: ${START}`);
  return [readme.slice(0, start), readme.slice(start, end), readme.slice(end)];
}

export function describeCell(cell: Cell | undefined): string {
  if (!cell) return "not run";
  const { passed, failed, skipped } = cell;
  const rest = skipped > 0 ? `, ${skipped} not for it` : "";
  return `${passed} of ${passed + failed}${rest}`;
}

/** A row for each release and file, also where nothing has been played. */
export function tableOf(rows: readonly Row[]): string {
  const head = ["Converse.js", "plugin file", ...SCENARIOS, "build"];
  const body = RELEASES.flatMap((release) =>
    FORMATS.map((format) => {
      const row = rowOf(rows, { release, format });
      const cells = SCENARIOS.map((name) => describeCell(row?.cells[name]));
      const build = row ? `\`${row.build.slice(0, 15)}…\`` : "";
      return [release, FILES[format].name, ...cells, build];
    }),
  );
  return [head, head.map(() => "---"), ...body]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
