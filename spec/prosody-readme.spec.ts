/** What the page about mod_muc_push for Prosody says, held against the module. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const MODULE = path.join(import.meta.dirname, "../server/prosody/mod_muc_push");
const read = (name: string) => readFileSync(path.join(MODULE, name), "utf8");
const page = read("README.md");
const code = read("mod_muc_push.lua");
const allCode = readdirSync(MODULE)
  .filter((name) => name.endsWith(".lua"))
  .map(read)
  .join("");

/** The rows of the tables on the page that begin with such a name. */
function rows(name: RegExp): string[][] {
  return page
    .split("\n")
    .map((line) => line.trim().split(/\s{2,}/))
    .filter(([first]) => name.test(first ?? ""))
    .map((cells) => cells.map((cell) => cell.replaceAll("`", "")));
}

describe("the page about mod_muc_push for Prosody", () => {
  it("shows the configuration that the tests run with", () => {
    for (const block of ["global", "component"])
      expect(page).toContain(
        `\`\`\`lua\n${read(`../${block}.example.cfg.lua`)}\`\`\`\n`,
      );
  });

  it("names every option with its type, default and least value", () => {
    const types = { seconds: "period", number: "number" };
    const numbers = [
      ...code.matchAll(
        /options\.(seconds|number)\("(\w+)", ([\d.]+), ([\d.]+)\)/g,
      ),
    ].map(([, type, name, ...bounds]) => [
      name,
      types[type as keyof typeof types],
      ...bounds,
    ]);
    const choices = [
      ...code.matchAll(/options\.choice\("(\w+)", \{ ("\w+");/g),
    ].map(([, name, first]) => [name, "text", first, "-"]);
    expect(numbers.length + choices.length).toBe(
      code.match(/"muc_push_\w+"/g)?.length,
    );
    expect(
      rows(/^`muc_push_\w+`$/).map(([name, type, , preset, least]) => [
        name,
        type,
        preset,
        least,
      ]),
    ).toEqual([...numbers, ...choices]);
  });

  it("names every measure", () => {
    const measures = [
      ...allCode.matchAll(/module:measure\("(\w+)", "(\w+)"/g),
    ].map(([, name, kind]) => `${name} ${kind}`);
    const named = rows(/^`\w+`$/)
      .filter(([, kind]) => kind === "amount" || kind === "counter")
      .map(([name, kind]) => `${name} ${kind}`);
    expect(named.sort()).toEqual(measures.sort());
  });

  it("names every file for an installer", () => {
    const files = readdirSync(MODULE).filter((name) =>
      name.endsWith(".lib.lua"),
    );
    for (const file of files)
      expect(page).toContain(
        `      mod_muc_push.${path.basename(file, ".lib.lua")}: ${file}\n`,
      );
  });
});
