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
  requests: ["core", "ports"],
  keeper: ["core", "ports", "requests"],
  api: ["core", "ports"],
  converse: ["core", "ports", "settings", "converse"],
  ui: ["core", "ports", "api", "ui"],
  plugin: ["core", "ports", "settings", "keeper", "api", "converse", "ui"],
  index: ["core", "ports", "settings", "api", "converse", "plugin"],
};

/**
 * What a part of converse/ may import of the others, besides core and ports: listen → act → converse.ts →
 * releases. The store stands beside them, and what lies deepest knows the types alone.
 */
const MAY_IMPORT_IN_CONVERSE: Readonly<Record<string, readonly string[]>> = {
  listen: ["act", "converse", "releases", "stanza-view", "converse-types"],
  act: ["store", "converse", "releases", "stanza-view", "converse-types"],
  store: [],
  converse: ["releases", "message-dates", "stanza-view", "converse-types"],
  releases: ["stanza-view", "converse-types", "whitelist-hint"],
  "message-dates": ["releases", "stanza-view", "converse-types"],
  "stanza-view": ["releases"],
  "converse-types": [],
  "whitelist-hint": [],
  clock: [],
};

/** Parts of converse/ that may name the clock. */
const MAY_USE_CLOCK = ["act", "store"];

/** Cycles of imports that are allowed, each with its reason. */
const ALLOWED_CYCLES: ReadonlyMap<string, string> = new Map();

const MOST_LINES = 350;

/** The composition root has to be taken in at a glance. */
const MOST_LINES_OF_PLUGIN = 150;

/**
 * The number of a release of Converse's, as comments and code say it: "7.0.6", "from 10 on", "Converse 12". A
 * section of a specification is none.
 */
const RELEASE =
  /(?<![§.\w])v?(?:[789]|1\d)\.\d+\.\d+\b|\b(?:from|up to|in|since|before|until|of|after|converse(?:\.js)?|and|or|release) v?(?:[789]|1[0-9])\b(?!\.\d)/i;

/** Where a release may be named. */
const MAY_NAME_RELEASE = /^converse\/(?:releases\/|converse-types\.ts$)/;

/** The browser and its clock, as values; elements that are passed on are none. */
const BROWSER =
  /\b(document|window|DOMParser|MutationObserver|BroadcastChannel|navigator|setTimeout|setInterval|queueMicrotask|Date\.now|new Date|Math\.random|performance|crypto|fetch|localStorage|sessionStorage)\b/g;

/** Where the browser may be used. */
const MAY_USE_BROWSER = /^(?:converse|ui)\//;

/** Words of the browser's elsewhere, each with its reason. */
const BROWSER_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {};

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

/** The files that a file of src/ imports, by their names below src/. */
const targetsOf = (name: string): string[] =>
  importsOf(path.join(src, name)).map((imported) =>
    path
      .relative(src, path.resolve(src, path.dirname(name), imported))
      .replace(/\.js$/, ".ts"),
  );

/** "act" of "converse/act/rooms.ts", "clock" of "converse/clock.ts". */
const partOfConverse = (name: string): string =>
  name.split("/")[1]?.replace(/\.ts$/, "") ?? "";

/** The groups of files that import each other, directly or around corners (Tarjan's algorithm). */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (name: string): number => {
    order.set(name, order.size);
    let low = order.size - 1;
    open.push(name);
    for (const target of graph.get(name) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (open.includes(target))
        low = Math.min(low, order.get(target) ?? 0);
    }
    lowest.set(name, low);
    if (low === order.get(name)) {
      const group = open.splice(open.indexOf(name));
      if (group.length > 1 || graph.get(name)?.includes(name))
        cycles.push(group.sort());
    }
    return low;
  };
  for (const name of graph.keys()) if (!order.has(name)) visit(name);
  return cycles;
}

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

  const inConverse = sources.filter((name) => name.startsWith("converse/"));

  it.each(inConverse)(
    "%s keeps to listen → act → converse → releases",
    (name) => {
      const part = partOfConverse(name);
      const allowed = MAY_IMPORT_IN_CONVERSE[part];
      expect(allowed, `${part} has a place in the table`).toBeDefined();
      for (const target of targetsOf(name)) {
        if (!target.startsWith("converse/")) continue;
        const other = partOfConverse(target);
        const isClock = other === "clock" && MAY_USE_CLOCK.includes(part);
        if (other !== part && !isClock) expect(allowed).toContain(other);
      }
    },
  );

  it("each part of converse/ in the table is there", () => {
    const parts = [...new Set(inConverse.map(partOfConverse))].sort();
    expect(Object.keys(MAY_IMPORT_IN_CONVERSE).sort()).toEqual(parts);
  });

  it("imports run in no circle", () => {
    const graph = new Map(sources.map((name) => [name, targetsOf(name)]));
    const names = cyclesOf(graph).map((cycle) => cycle.join(" "));
    expect(names).toEqual([...ALLOWED_CYCLES.keys()]);
  });

  it("a circle would be found, and a file that imports itself", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["c", "d"]],
      ["c", ["a"]],
      ["d", []],
      ["e", ["e", "a"]],
    ]);
    expect(cyclesOf(graph)).toEqual([["a", "b", "c"], ["e"]]);
  });

  it.each(sources.filter((name) => !MAY_NAME_RELEASE.test(name)))(
    "%s names no release of Converse's",
    (name) => {
      expect(read(path.join(src, name)).match(RELEASE)?.[0]).toBeUndefined();
    },
  );

  it.each([
    ["in 7.0.6", true],
    ["v14.0.0", true],
    ["(from 10 on)", true],
    ["Converse 12 and 14 make up", true],
    ["Up to 12 it is no promise", true],
    ["XEP-0045 §7.2.13", false],
    ["the ProtoXEP 0.0.1", false],
    ["of 10_000 or 128 bits", false],
    ["RFC 6120 §8.3", false],
  ])('"%s" names a release: %s', (text, isNamed) => {
    expect(RELEASE.test(text)).toBe(isNamed);
  });

  it.each(sources.filter((name) => !MAY_USE_BROWSER.test(name)))(
    "%s leaves the browser and its clock to converse/ and ui/",
    (name) => {
      const code = withoutComments(read(path.join(src, name)));
      const words = [...new Set(code.match(BROWSER) ?? [])].sort();
      expect(words).toEqual(BROWSER_ELSEWHERE[name] ?? []);
    },
  );

  it.each(sources)("%s is no longer than a file may be", (name) => {
    const lines = read(path.join(src, name)).split("\n").length - 1;
    const most = name === "plugin.ts" ? MOST_LINES_OF_PLUGIN : MOST_LINES;
    expect(lines).toBeLessThanOrEqual(most);
  });

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
