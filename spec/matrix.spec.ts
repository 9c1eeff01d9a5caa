import { expect, it } from "vitest";
import {
  buildOf,
  readRecord,
  SCENARIOS,
  tableOf,
  withCell,
  writtenTable,
  type Row,
} from "../scripts/matrix-table.js";

const cell = { passed: 9, failed: 0, skipped: 0 };
const row: Row = {
  release: "7.0.6",
  format: "module",
  build: "sha384-AAAAAAAAAAAA",
  cells: { "main-path": cell },
};

it("the README's table of releases is the one of the record", () => {
  expect(writtenTable()).toBe(tableOf(readRecord()));
});

// What was played with another build is no failure, but should be seen.
it("what the record says was played with the present build", ({ skip }) => {
  const older = readRecord().filter(
    ({ format, build }) => build !== buildOf(format),
  );
  skip(older.length > 0, `${older.length} rows are of an older build`);
});

it("what was played with the same build is kept, with another one dropped", () => {
  expect(withCell(row, row, "streams", cell).cells).toEqual({
    "main-path": cell,
    streams: cell,
  });
  const newer = { ...row, build: "sha384-BBBBBBBBBBBB" };
  expect(withCell(row, newer, "streams", cell)).toEqual({
    ...newer,
    cells: { streams: cell },
  });
});

it("a cell tells what passed of what was played, and what is not for the release", () => {
  const cells = {
    streams: { passed: 7, failed: 1, skipped: 0 },
    endings: { passed: 8, failed: 0, skipped: 1 },
  };
  const played = ["not run", "8 of 8, 1 not for it", "7 of 8"];
  const others = SCENARIOS.slice(played.length).map(() => "not run");
  expect(tableOf([{ ...row, cells }])).toContain(
    `\n| 7.0.6 | ES module | ${[...played, ...others].join(" | ")} | \`sha384-AAAAAAAA…\` |\n`,
  );
});
