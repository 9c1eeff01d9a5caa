import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { NUMBER_SETTINGS, SWITCH_SETTINGS } from "../src/settings.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const settings = readFileSync(
  new URL("../src/settings.ts", import.meta.url),
  "utf8",
);

/** The comment above a setting, as one line. */
function commentOf(name: string): string {
  const comment = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*${name}: `);
  const text = comment.exec(settings)?.[1] ?? "";
  return text.replace(/\s*\n\s*\*\s*/g, " ").trim();
}

it("the README's table of settings is the one of the code", () => {
  const rows = [
    ...Object.entries(SWITCH_SETTINGS).map(
      ([name, { default: value }]) =>
        `| \`${name}\` | \`${value}\` | | ${commentOf(name)} |`,
    ),
    ...Object.entries(NUMBER_SETTINGS).map(
      ([name, { default: value, unit, min }]) =>
        `| \`${name}\` | ${value} ${unit} | ${min} | ${commentOf(name)} |`,
    ),
  ];
  const table = /<!-- settings.*?-->([^]*?)<!-- end of settings -->/.exec(
    readme,
  )?.[1];
  expect(table?.trim().split("\n").slice(2)).toEqual(rows);
});

it("the README's commands are the ones that are run by the tests", () => {
  const commands = [...readme.matchAll(/```sh\n([^]*?)```/g)].flatMap(
    ([, text]) => text?.trim().split("\n"),
  );
  expect(commands.sort()).toEqual([
    "npm run build",
    "npm run check",
    "npm run demo",
    "npm run demo -- --check",
    "npm test",
  ]);
});

it.each([
  ["lua", "prosody/global.example.cfg.lua"],
  ["lua", "prosody/component.example.cfg.lua"],
  ["yaml", "ejabberd/rooms.example.yml"],
  ["yaml", "ejabberd/modules.example.yml"],
])("the README shows the %s block of server/%s", (language, file) => {
  const config = readFileSync(
    new URL(`../server/${file}`, import.meta.url),
    "utf8",
  );
  expect(readme).toContain(`\`\`\`${language}\n${config}\`\`\`\n`);
});
