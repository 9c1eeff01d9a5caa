import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const pathOf = (file: string) =>
  fileURLToPath(new URL(`../${file}`, import.meta.url));

const page = readFileSync(pathOf("docs/api.md"), "utf8");
const program = ts.createProgram([pathOf("src/api.ts")], { strict: true });
const checker = program.getTypeChecker();

/** A type that a source file exports. */
function typeOf(file: string, name: string): ts.Type {
  const source = program.getSourceFile(pathOf(file));
  const module = source && checker.getSymbolAtLocation(source);
  const found =
    module &&
    checker.getExportsOfModule(module).find((each) => each.name === name);
  if (!found) throw new Error(`${file} exports no ${name}`);
  return checker.getDeclaredTypeOfSymbol(found);
}

const membersOf = (type: ts.Type): string[] =>
  checker.getPropertiesOfType(type).map(({ name }) => name);

function memberType(type: ts.Type, name: string): ts.Type {
  const member = checker.getPropertyOfType(type, name);
  if (!member) throw new Error(`no ${name} in ${checker.typeToString(type)}`);
  return checker.getTypeOfSymbol(member);
}

/** The strings that a type is the union of. */
function wordsOf(type: ts.Type): string[] {
  const parts = type.isUnion() ? type.types : [type];
  return parts.map((part) => {
    if (!part.isStringLiteral())
      throw new Error(`${checker.typeToString(part)} is no word`);
    return part.value;
  });
}

/** The rows of the first table under a heading, cell by cell, without the table's head. */
function tableUnder(heading: string): string[][] {
  const [, rest = ""] = page.split(new RegExp(`^#+ ${heading}$`, "m"));
  const [section = ""] = rest.split(/^#/m);
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => line.slice(2, -2).split(" | "));
}

/** What stands in backticks. */
const code = (text = ""): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);

/** What the rows of a table are about. */
const subjects = (heading: string): string[] =>
  tableUnder(heading).flatMap(([first]) => code(first));

const events = typeOf("src/api.ts", "MucPushEvents");
const report = typeOf("src/api.ts", "RoomReport");

describe("the page for authors of other plugins", () => {
  it("names every call", () => {
    const calls = membersOf(typeOf("src/api.ts", "MucPushApi"));
    expect(subjects("What can be called").sort()).toEqual(
      calls.map((call) => `api.mucPush.${call}(room)`).sort(),
    );
  });

  it("names every field of a report", () => {
    expect(subjects("What a room's report says").sort()).toEqual(
      membersOf(report).sort(),
    );
  });

  it.each<[heading: string, file: string, type: string]>([
    ["Reasons to wait for a room", "src/core/events.ts", "PassingReason"],
    ["Reasons for having left a room", "src/core/events.ts", "FinalReason"],
    ["Guards", "src/core/events.ts", "Guard"],
    ["Verdicts", "src/core/events.ts", "Verdict"],
  ])("lists under “%s” all there are", (heading, file, type) => {
    expect(subjects(heading).sort()).toEqual(
      wordsOf(typeOf(file, type)).sort(),
    );
  });

  it("lists every state", () => {
    const states = wordsOf(memberType(report, "state"));
    expect(subjects("States").sort()).toEqual(states.sort());
  });

  it("lists every event with the fields of its payload", () => {
    const inCode = membersOf(events).map((name) => [
      name,
      ...membersOf(memberType(events, name)),
    ]);
    const onPage = tableUnder("Events").map(([name, payload]) => [
      ...code(name),
      ...code(payload),
    ]);
    expect(onPage).toEqual(inCode);
  });

  it("uses in its text and examples no event and no call that is not there", () => {
    const named = page.match(/\bmucPush[A-Z]\w*/g) ?? [];
    expect(membersOf(events)).toEqual(
      expect.arrayContaining([...new Set(named)]),
    );
    const called = [...page.matchAll(/mucPush\.(\w+)\(/g)].map(([, it]) => it);
    expect(membersOf(typeOf("src/api.ts", "MucPushApi"))).toEqual(
      expect.arrayContaining([...new Set(called)]),
    );
  });

  it("takes from a payload or a report in its examples only what is in there", () => {
    const taken = [
      ...page.matchAll(/listen\.on\("(\w+)", \(\{ ([\w, ]+) \}\)/g),
    ];
    expect(taken).not.toEqual([]);
    for (const [, name = "", fields = ""] of taken) {
      expect(membersOf(memberType(events, name))).toEqual(
        expect.arrayContaining(fields.split(", ")),
      );
    }
    const read = [...page.matchAll(/\breport\??\.(\w+)/g)].map(([, it]) => it);
    expect(membersOf(report)).toEqual(expect.arrayContaining(read));
  });
});
