import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const src = path.join(root, "src");

/** Which parts of src/ a part may import. The last part of the chain, index, is imported by nothing. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ["core"],
  ports: ["core"],
  settings: ["core"],
  keeper: ["core", "ports"],
  deliveries: ["core", "ports"],
  rules: ["core"],
  api: ["core", "ports", "keeper"],
  converse: ["core", "ports", "settings", "converse"],
  ui: ["core", "ports", "api", "ui"],
  outgoing: ["core", "ports", "deliveries", "converse", "ui"],
  plugin: [
    "core",
    "ports",
    "settings",
    "rules",
    "keeper",
    "api",
    "converse",
    "ui",
    "outgoing",
  ],
  index: ["core", "settings", "api", "converse", "plugin"],
};

/** What core must not name: the browser, Converse, clocks and chance. */
const NOT_IN_CORE =
  /\b(document|window|Element|Node|DOMParser|setTimeout|setInterval|Date\.now|new Date|Math\.random|performance|crypto|Strophe|_converse|fetch|localStorage|sessionStorage)\b/;

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.join(folder, file));

const read = (file: string): string => readFileSync(file, "utf8");
const partOf = (file: string): string =>
  path.relative(src, file).split(path.sep)[0]?.replace(/\.ts$/, "") ?? "";
const importsOf = (file: string): string[] =>
  ts.preProcessFile(read(file)).importedFiles.map(({ fileName }) => fileName);
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");

const sources = filesIn(src).map((file) => path.relative(src, file));

describe("the layers of src", () => {
  it("have files to be looked at", () => {
    expect(sources).toContain("index.ts");
    expect(sources.length).toBeGreaterThan(15);
  });

  it.each(sources)("%s imports in the right direction only", (name) => {
    const file = path.join(src, name);
    const allowed = MAY_IMPORT[partOf(file)];
    expect(allowed, `${partOf(file)} has a place in the table`).toBeDefined();
    for (const imported of importsOf(file)) {
      expect(imported, "nothing from outside src at run time").toMatch(/^\./);
      const target = path.resolve(path.dirname(file), imported);
      expect(allowed).toContain(partOf(target.replace(/\.js$/, ".ts")));
    }
  });

  it.each(sources.filter((name) => name.startsWith("core")))(
    "%s names no DOM, no Converse, no clock and no chance",
    (name) => {
      const code = withoutComments(read(path.join(src, name)));
      expect(code.match(NOT_IN_CORE)?.[0]).toBeUndefined();
    },
  );

  it("index only wires", () => {
    expect(read(path.join(src, "index.ts")).split("\n").length).toBeLessThan(
      80,
    );
  });
});

describe("what loads the plugin as its users do", () => {
  const users = [
    "spec/headless",
    "spec/plugin",
    "spec/e2e",
    "demo",
    "bench",
  ].flatMap((folder) => {
    try {
      return filesIn(path.join(root, folder));
    } catch {
      return [];
    }
  });

  it.each(users.map((file) => path.relative(root, file)))(
    "%s does not reach into src",
    (name) => {
      const file = path.join(root, name);
      for (const imported of importsOf(file)) {
        if (!imported.startsWith(".")) continue;
        const target = path.resolve(path.dirname(file), imported);
        expect(target.startsWith(src + path.sep)).toBe(false);
      }
    },
  );
});
