import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  compare,
  missing,
  type Kind,
  type Lists,
} from "../scripts/converse-tests/compare";
import { INTENDED, SELECTION, UNSTEADY } from "../scripts/converse-tests/lists";
import { specFiles } from "../scripts/converse-tests/spec-files";
import type { TestResult } from "../scripts/converse-tests/test-page";

const FILE = "plugins/muc-views/tests/muc.js";

const passed = (name = "it"): TestResult => ({
  name,
  status: "passed",
  messages: [],
  ms: 1,
});
const failed = (says = "no", name = "it"): TestResult => ({
  name,
  status: "failed",
  messages: [says],
  ms: 1,
});
const pending: TestResult = { ...passed(), status: "pending" };

const listed = { file: FILE, name: "it", reason: "so it is" };
const none: Lists = { intended: [], unsteady: [] };
const asIntended: Lists = {
  ...none,
  intended: [{ ...listed, says: "a banner" }],
};
const asUnsteady: Lists = { ...none, unsteady: [listed] };

describe("a test of Converse's, run without the plugin and with it", () => {
  const table: [string, TestResult[], TestResult[], Lists, Kind][] = [
    ["passes", [passed()], [passed()], none, "same"],
    ["is pending", [pending], [pending], none, "same"],
    ["fails with it only", [passed()], [failed()], none, "broken"],
    ["does not run with it", [passed()], [], none, "broken"],
    [
      "fails as it is to",
      [passed()],
      [failed("no: a banner is missing")],
      asIntended,
      "intended",
    ],
    [
      "is to fail, but not like this",
      [passed()],
      [failed("no connection")],
      asIntended,
      "broken",
    ],
    ["is to fail, but passes", [passed()], [passed()], asIntended, "stale"],
    ["is known to be unsteady", [passed()], [failed()], asUnsteady, "unsteady"],
    ["fails either way", [failed()], [failed()], none, "both"],
    ["fails without it only", [failed()], [passed()], none, "unsteady"],
  ];

  it.each(table)("%s", (_what, without, withPlugin, lists, kind) => {
    const verdicts = compare(FILE, without, withPlugin, lists);
    expect(verdicts).toMatchObject([{ file: FILE, name: "it", kind }]);
  });

  it("is told from another one of the same name", () => {
    const both = [passed(), passed()];
    expect(compare(FILE, both, [passed(), failed()], none)).toMatchObject([
      { name: "it", kind: "same" },
      { name: "it #2", kind: "broken" },
    ]);
  });

  it("that is listed has to be there, if its file was run", () => {
    const verdicts = compare(FILE, [passed("other")], [passed("other")], none);
    const elsewhere = { ...listed, file: "plugins/push/tests/push.js" };
    expect(missing(verdicts, [listed, elsewhere])).toEqual([listed]);
  });
});

describe("what is run", () => {
  it("is found by folder, by file and by pattern", () => {
    expect(specFiles(["headless/plugins/ping"])).toEqual([
      "headless/plugins/ping/tests/ping.js",
    ]);
    expect(specFiles(["push.js"])).toEqual(["plugins/push/tests/push.js"]);
    expect(specFiles(["plugins/muc-*/**/muc*.js"])).toContain(FILE);
    expect(specFiles(["mock.js"])).toEqual([]);
  });

  it("has files for every name of the selection, and every listed test", () => {
    for (const name of SELECTION)
      expect(specFiles([name]), name).not.toEqual([]);
    const files = specFiles([]);
    for (const { file } of [...INTENDED, ...UNSTEADY])
      expect(files).toContain(file);
  });
});

it("docs/converse-tests.md has the tables of the code", () => {
  const text = readFileSync(
    new URL("../docs/converse-tests.md", import.meta.url),
    "utf8",
  );
  for (const [name, list] of Object.entries({
    intended: INTENDED,
    unsteady: UNSTEADY,
  })) {
    const table = new RegExp(
      `<!-- ${name}[^>]*-->([^]*?)<!-- end of ${name} -->`,
    ).exec(text)?.[1];
    const rows = list.map(
      ({ file, name, reason }) => `| \`${file}\` | ${name} | ${reason} |`,
    );
    expect(table?.trim().split("\n").slice(2)).toEqual(rows);
  }
});
