/** A build that is older than its sources is noticed. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isFresh, markFresh } from "../scripts/package/freshness.mjs";

let folder: string;
const at = (file: string) => path.join(folder, file);

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "freshness-"));
  for (const name of ["src/core", "dist", "node_modules"])
    mkdirSync(at(name), { recursive: true });
  for (const file of ["src/core/seat.ts", "webpack.config.js", "dist/built.js"])
    writeFileSync(at(file), "// as it was\n");
});

afterEach(() => rmSync(folder, { recursive: true }));

it("a build that nobody has vouched for is stale", () => {
  expect(isFresh(folder)).toBe(false);
});

it("a build is fresh as long as neither sources nor build change", () => {
  markFresh(folder);
  expect(isFresh(folder)).toBe(true);
});

it.each(["src/core/seat.ts", "webpack.config.js", "dist/built.js"])(
  "a change of %s makes it stale",
  (file) => {
    markFresh(folder);
    appendFileSync(at(file), "// changed\n");
    expect(isFresh(folder)).toBe(false);
  },
);

it("a source that comes, and a build that goes, make it stale", () => {
  markFresh(folder);
  writeFileSync(at("src/core/outbox.ts"), "");
  expect(isFresh(folder)).toBe(false);
  markFresh(folder);
  rmSync(at("dist"), { recursive: true });
  expect(isFresh(folder)).toBe(false);
});
