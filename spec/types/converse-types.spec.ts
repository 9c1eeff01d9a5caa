import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const OWN = "src/converse/converse-types.ts";
const DIFFERENCES = "spec/types/differences.ts";
const HELD = "spec/types/converse-types.ts";

const at = (file: string): string => path.join(root, file);
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(at("tsconfig.json"), ts.sys.readFile).config,
  ts.sys,
  root,
);
// The errors name the members in full.
options.noErrorTruncation = true;
const host = ts.createCompilerHost(options);
const parsed = new Map<string, ts.SourceFile | undefined>();
let last: ts.Program | undefined;

/** The errors in the comparison, with one file in another text. */
function errorsWith(file: string, text: string): string[] {
  const getSourceFile: ts.CompilerHost["getSourceFile"] = (name, target) => {
    if (name === at(file)) return ts.createSourceFile(name, text, target);
    if (!parsed.has(name)) parsed.set(name, host.getSourceFile(name, target));
    return parsed.get(name);
  };
  const changed = { ...host, getSourceFile };
  last = ts.createProgram([at(HELD)], options, changed, last);
  return last
    .getSemanticDiagnostics(last.getSourceFile(at(HELD)))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ""));
}

const textOf = (file: string): string => ts.sys.readFile(at(file)) ?? "";

it("the interfaces of the plugin's own fit the types of Converse and Strophe", () => {
  expect(errorsWith(OWN, textOf(OWN))).toEqual([]);
}, 60_000);

it.each([
  [
    "a member that no room has",
    OWN,
    /(?<=interface MucModel extends Model \{)/,
    "readonly madeUp: unknown;",
    "madeUp",
  ],
  ["another answer", OWN, /(?<=isHidden\(\): )boolean/, "string", "isHidden"],
  [
    "an argument that may be left out of a call to Strophe",
    OWN,
    /(?<=\btype)(?=: string \| null,)/,
    "?",
    "addHandler",
  ],
  [
    "an argument that Converse does not take",
    OWN,
    /(?<=extend\(defaults: )/,
    "string | ",
    "extend",
  ],
  [
    "a method to wrap that is gone",
    OWN,
    /rejoinIfNecessary/,
    "rejoinWhenNeeded",
    "rejoinWhenNeeded",
  ],
  [
    "a difference that is not in the list",
    DIFFERENCES,
    /msg_chain/,
    "rejoin",
    "msg_chain",
  ],
  [
    "an entry of the list that is no difference",
    DIFFERENCES,
    /(?<=MucModel: \{)/,
    'isHidden: "";',
    "isHidden",
  ],
])(
  "%s is found",
  (_what, file, place, replacement, found) => {
    const text = textOf(file);
    expect(text).toMatch(place);
    const errors = errorsWith(file, text.replace(place, replacement));
    expect(errors.join("\n")).toMatch(new RegExp(`\\b${found}\\b`));
  },
  60_000,
);

it("each interface of the plugin's own is compared", () => {
  const source = ts.createSourceFile(OWN, textOf(OWN), ts.ScriptTarget.Latest);
  const names = source.statements
    .filter(
      (one) => ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one),
    )
    .filter(({ modifiers }) =>
      modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword),
    )
    .map(({ name }) => name.text);
  expect(names.length).toBeGreaterThan(10);
  const compared = textOf(HELD).replace(/^import[\s\S]*?;$/gm, "");
  const isMissing = (name: string) =>
    !new RegExp(`\\b${name}\\b`).test(compared);
  expect(names.filter(isMissing)).toEqual([]);
});
