/**
 * Installs what the demo and the tests need and what is missing: npm packages, and Debian's Prosody, ejabberd,
 * Chromium, Firefox and luacheck, and in a folder of their own the servers of Debian 13. Starts no system service and is done at once when everything is there.
 */
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { hasDebian13, unpackDebian13 } from "./debian-13.mjs";
import { run } from "./processes.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

/** Command → the Debian package that has it. */
const DEBIAN_PACKAGES = {
  prosody: "prosody",
  chromium: "chromium",
  "firefox-esr": "firefox-esr",
  luacheck: "lua-check",
  ejabberdctl: "ejabberd",
};

/** What is no command: a library of Erlang → the Debian package that has it. ejabberd keeps rooms in SQLite with it. */
const ERLANG_PACKAGES = { p1_sqlite3: "erlang-p1-sqlite3" };
const ERLANG_LIBRARIES = "/usr/lib/erlang/lib";

/** Debian's packages ask it whether they may start their service; 101 means no. */
const POLICY_FILE = "/usr/sbin/policy-rc.d";
const POLICY = "#!/bin/sh\nexit 101\n";

function hasCommand(name) {
  return (process.env.PATH ?? "").split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasLibrary(name) {
  const installed = existsSync(ERLANG_LIBRARIES)
    ? readdirSync(ERLANG_LIBRARIES)
    : [];
  return installed.some((folder) => folder.startsWith(`${name}-`));
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/**
 * npm notes in node_modules what it has installed; packages of other platforms are rightly missing there, and what a
 * package carries inside it may have no version in the lock.
 */
function hasNpmPackages() {
  const wanted = readLock("package-lock.json");
  const installed = readLock("node_modules/.package-lock.json");
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(
    ([at, { version, optional }]) =>
      at === "" ||
      version === undefined ||
      (installed[at] ? installed[at].version === version : optional),
  );
}

async function runOrFail(command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code !== 0)
    throw new Error(
      `\`${command} ${args.join(" ")}\` ended with ${code}:\n${output}`,
    );
}

async function installNpmPackages() {
  const folder = path.join(root, "node_modules");
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new Error(
      "node_modules is a link, and npm would empty what it leads to; please remove it and run this again",
    );
  }
  console.log("setup: installing npm packages");
  await runOrFail("npm", ["ci", "--ignore-scripts"], { cwd: root });
}

async function installDebianPackages(packages) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !hasCommand("apt-get")) {
    throw new Error(
      `please install ${packages.join(", ")}, on Debian with \`sudo apt-get install --no-install-recommends ${packages.join(" ")}\`, and run this again`,
    );
  }
  console.log(`setup: installing Debian packages: ${packages.join(", ")}`);
  const ownPolicy = !existsSync(POLICY_FILE);
  const removePolicy = () => rmSync(POLICY_FILE, { force: true });
  if (ownPolicy) {
    process.once("exit", removePolicy);
    writeFileSync(POLICY_FILE, POLICY, { mode: 0o755 });
  }
  try {
    const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    await runOrFail("apt-get", ["-qq", "update"], { env });
    await runOrFail(
      "apt-get",
      ["-qq", "-y", "install", "--no-install-recommends", ...packages],
      { env },
    );
  } finally {
    if (ownPolicy) {
      removePolicy();
      process.off("exit", removePolicy);
    }
  }
}

/**
 * Makes everything ready; says a line only for what it installs.
 * @throws Error with one sentence on what to install and how, when it cannot do so itself
 */
export async function setUp() {
  if (!hasNpmPackages()) await installNpmPackages();
  const missing = [
    ...Object.entries(DEBIAN_PACKAGES).filter(([name]) => !hasCommand(name)),
    ...Object.entries(ERLANG_PACKAGES).filter(([name]) => !hasLibrary(name)),
  ].map(([, name]) => name);
  if (missing.length > 0) await installDebianPackages(missing);
  if (!hasDebian13()) {
    console.log("setup: unpacking the servers of Debian 13");
    await unpackDebian13();
  }
}

/** `setUp` for a script: prints the reason and exits with 1 when it fails. */
export async function setUpOrExit() {
  try {
    await setUp();
  } catch (error) {
    console.error(`setup: ${error.message}`);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setUpOrExit();
