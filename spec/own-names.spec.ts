import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";
import {
  namesIn,
  programOf,
  shortening,
} from "../scripts/package/own-names.mjs";

const root = path.join(import.meta.dirname, "..");

/** A program with one way for each name to reach code that is not ours. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  "declared by a browser": ["interface A { nodeName: string }"],
  "stored as JSON": [
    "interface A { storedName: number }",
    "export const text = (a: A) => JSON.stringify({ inside: a });",
  ],
  "read from JSON": [
    "interface A { readName: number }",
    "export const a = JSON.parse('') as A;",
  ],
  "in a type that is asserted": [
    "export const run = (e: Event) => e as CustomEvent<{ castName: 1 }>;",
  ],
  "given as a record": [
    "type A = { indexedName: number };",
    "export const run = (a: A): Record<string, number> => a;",
  ],
  "told by a predicate": [
    "interface A { toldName: number }",
    "export const is = (a: unknown): a is A => a !== null;",
  ],
  "spelled by a string": [
    "interface A { spelledName: number }",
    "export const key = 'spelledName';",
  ],
  "reached by a key": [
    "interface A { keyedName: number }",
    "export const at = (a: A, key: keyof A) => a[key];",
  ],
  "a key of a record": [
    "export const a: Record<string, 1> = { recordName: 1 };",
  ],
  "given to a parameter of no type": [
    "interface A { givenName: number }",
    "declare function tell(payload: unknown): void;",
    "export const run = (a: A) => tell(a);",
  ],
  "given to a rest parameter": [
    "interface A { restName: number }",
    "declare function tell(...payload: unknown[]): void;",
    "export const run = (a: A) => tell(1, a);",
  ],
  "in a promise of no type": [
    "interface A { promisedName: number }",
    "export const p = (a: Promise<A>): Promise<unknown> => a;",
  ],
  "heard by a listener": [
    "interface A { heardName: number }",
    "declare function on(listener: (...args: never[]) => void): void;",
    "export const run = () => on((a: A) => void a);",
  ],
  "returned by a listener": [
    "interface A { returnedName: number }",
    "declare function on(listener: () => unknown): void;",
    "export const run = (make: () => A) => on(make);",
  ],
  "`this` of an override": [
    "interface A { overriddenName: number }",
    "export const o: object = { run(this: A) { return 1; } };",
  ],
  "in a member of a leak": [
    "interface B { innerName: number }",
    "interface A { b: B }",
    "export const p = (a: A): unknown => a;",
  ],
  "an export that is reached by its namespace": [
    "namespace Whole { export const exportedName = 1; }",
    "export const run = () => Whole.exportedName;",
  ],
  "of a value whose type is lost": [
    "interface A { lostName: number }",
    "declare const x: any;",
    "export const run = (a: A) => a.lostName + x.lostName;",
  ],
};

const OWN = [
  "class Own {",
  "  private ownField = 1;",
  "  constructor(readonly ownParameter: { ownMember: number }) {}",
  "  ownMethod({ ownMember } = this.ownParameter) {",
  "    return ownMember + this.ownField;",
  "  }",
  "}",
  "export const run = () => new Own({ ownMember: 1 }).ownMethod();",
];

/** Each case has one name that ends so. */
const nameOf = (lines: readonly string[]): string =>
  /\w+Name\b/.exec(lines.join("\n"))?.[0] ?? "";

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "own-names-"));
  const config = path.join(root, "tsconfig.json");
  for (const [name, text] of Object.entries({
    "tsconfig.build.json": JSON.stringify({
      extends: config,
      compilerOptions: { types: [] },
      include: ["src"],
    }),
    ...files,
  })) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

describe("names that the build may shorten", () => {
  const files = Object.entries({ ...CASES, own: OWN }).map(
    ([, lines], index) => [`src/case-${index}.ts`, lines.join("\n")] as const,
  );
  const folder = folderWith(Object.fromEntries(files));
  const { own } = namesIn(folder, programOf(folder));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("are those of members that stay inside", () => {
    const names = ["ownField", "ownMember", "ownMethod", "ownParameter"];
    expect([...own].sort()).toEqual(expect.arrayContaining(names));
  });

  it.each(Object.entries(CASES))("are none that is %s", (_, lines) => {
    expect(own).not.toContain(nameOf(lines));
  });
});

describe("names of this plugin", () => {
  const program = programOf();
  const names = namesIn(root, program);
  const { mangleProps, mangleCache } = shortening(names);

  /** Each name of a member in a file, as the parser alone finds it. */
  function declaredIn(file: ts.SourceFile): Set<string> {
    const found = new Set<string>();
    const visit = (node: ts.Node): void => {
      const isMember = ts.isTypeElement(node) || ts.isClassElement(node);
      if (isMember && node.name && ts.isIdentifier(node.name))
        found.add(node.name.text);
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  }

  it("are many", () => {
    expect(names.own.length).toBeGreaterThan(200);
    expect(names.own).toContain("compat");
  });

  it.each([
    "lib.dom.d.ts",
    "lib.es5.d.ts",
    "src/converse/converse-types.ts",
    "src/core/outbox/stored-message.ts",
    "src/converse/store/outbox.ts",
    "src/converse/store/registrations.ts",
    "src/converse/store/anchors.ts",
    "src/converse/listen/tabs.ts",
    "src/api.ts",
    "src/settings.ts",
  ])("are none that %s declares", (place) => {
    const file = program
      .getSourceFiles()
      .find(({ fileName }) => fileName.endsWith(`/${place}`));
    const declared = file ? declaredIn(file) : new Set<string>();
    expect(declared.size).toBeGreaterThan(0);
    expect(names.own.filter((name) => declared.has(name))).toEqual([]);
  });

  it("become each a name that nothing else has", () => {
    const short = Object.values(mangleCache);
    expect(Object.keys(mangleCache)).toEqual(names.own);
    expect(new Set(short).size).toBe(short.length);
    expect(short.filter((name) => names.foreign.has(name))).toEqual([]);
    expect(names.own.every((name) => mangleProps.test(name))).toBe(true);
    expect(mangleProps.test("attributes")).toBe(false);
  });
});
