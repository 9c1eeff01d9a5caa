/** What has to hold for the package: each check has a name and gives back what is wrong. */
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { compareFolders } from "../compare-folders.mjs";
import { run } from "../processes.mjs";
import { build } from "./build.mjs";
import { formProblems, releaseProblems } from "./changelog.mjs";
import { integrityProblems } from "./integrity.mjs";
import { checkSize } from "./size.mjs";
import { contentProblems, projectWith } from "./tarball.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const dist = path.join(root, "dist");
const read = (name) => readFileSync(path.join(root, name), "utf8");
const bin = (name) => path.join(root, "node_modules/.bin", name);

async function outputIfFailed(command, args, cwd = root) {
  const { code, output } = await run(command, args, { cwd });
  return code === 0 ? [] : [output.trim()];
}

/** A stand-in for Converse that says on standard output what was registered with it. */
const USE = "register({ plugins: { add: (name) => console.log(name) } })";
const RUNS = {
  import: [
    "--input-type=module",
    "-e",
    `import { register } from "converse-muc-push"; ${USE}`,
  ],
  require: ["-e", `const { register } = require("converse-muc-push"); ${USE}`],
};

async function consumerProblems({ tarball, folder }) {
  const template = path.join(root, "spec/package/consumer");
  const project = await projectWith(tarball, folder, template);
  const problems = await outputIfFailed(bin("tsc"), ["-p", "."], project);
  for (const [how, args] of Object.entries(RUNS)) {
    const { output } = await run(process.execPath, args, { cwd: project });
    if (output.trim() !== "converse-muc-push")
      problems.push(`with ${how} it registers not its name but: ${output}`);
  }
  return problems;
}

/** @returns {Promise<string[]>} how a fresh build differs from dist/ */
export async function distProblems({ folder }) {
  const fresh = path.join(mkdtempSync(path.join(folder, "build-")), "dist");
  const { code, output } = await build(fresh);
  if (code !== 0) return [output];
  const differences = existsSync(dist)
    ? compareFolders(dist, fresh)
    : ["dist/ is missing"];
  return differences.length === 0
    ? []
    : [
        "a fresh build differs from dist/ (`npm run build` brings it up to date):",
        ...differences,
      ];
}

/** Done in seconds, with what is in dist/. They get the packed package and a folder to work in. */
export const QUICK_CHECKS = [
  ["content", ({ tarball }) => contentProblems(tarball)],
  [
    "publint",
    ({ tarball }) =>
      outputIfFailed(bin("publint"), ["run", tarball, "--strict"]),
  ],
  [
    "types for every way to import",
    ({ tarball }) =>
      outputIfFailed(bin("attw"), [tarball, "--no-emoji", "--no-color"]),
  ],
  ["strict consumers", consumerProblems],
  ["integrity", () => integrityProblems(dist)],
  ["changelog", () => formProblems(read("CHANGELOG.md"))],
  ["size", () => checkSize(dist).problems],
];

/** What a release needs beyond that. */
export const RELEASE_CHECKS = [
  ["fresh dist", distProblems],
  ...QUICK_CHECKS,
  [
    "changelog of the version",
    () =>
      releaseProblems(
        read("CHANGELOG.md"),
        JSON.parse(read("package.json")).version,
      ),
  ],
];
