/** The package as npm would publish it, and a folder that has it installed. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../processes.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** What a user needs; nothing else is published. */
const FILES = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "dist/converse-muc-push.cjs",
  "dist/converse-muc-push.d.cts",
  "dist/converse-muc-push.d.ts",
  "dist/converse-muc-push.esm.js",
  "dist/converse-muc-push.esm.js.map",
  "dist/converse-muc-push.js",
  "dist/converse-muc-push.js.map",
  "dist/integrity.json",
  "package.json",
];

async function runOrFail(command, args, cwd) {
  const { code, output } = await run(command, args, { cwd });
  if (code !== 0)
    throw new Error(`\`${command} ${args.join(" ")}\` failed:\n${output}`);
  return output;
}

/** @returns {Promise<string>} the file that `npm pack` makes, in a folder below `parent` */
export async function pack(parent) {
  const folder = mkdtempSync(path.join(parent, "pack-"));
  await runOrFail("npm", ["pack", "--pack-destination", folder], root);
  const [name] = readdirSync(folder);
  return path.join(folder, name);
}

/** @returns {Promise<string[]>} what is in a tarball and should not be, and the other way round */
export async function contentProblems(tarball) {
  const list = await runOrFail("tar", ["-tzf", tarball], root);
  const packed = list.trim().split("\n");
  const wanted = FILES.map((name) => `package/${name}`);
  return [
    ...packed
      .filter((name) => !wanted.includes(name))
      .map((name) => `${name} is packed; nobody needs it`),
    ...wanted
      .filter((name) => !packed.includes(name))
      .map((name) => `${name} is not packed`),
  ];
}

/** Makes a project that has the tarball installed, with what is in `template`. Needs no registry. */
export async function projectWith(tarball, parent, template) {
  const folder = mkdtempSync(path.join(parent, "project-"));
  mkdirSync(folder, { recursive: true });
  cpSync(template, folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), '{ "private": true }\n');
  const flags = ["--offline", "--ignore-scripts", "--no-package-lock"];
  await runOrFail("npm", ["install", ...flags, tarball], folder);
  return folder;
}
