/**
 * Installs what a command needs and what is missing: npm packages, and Debian's Prosody, ejabberd, Chromium, Firefox
 * and luacheck, and in a folder of their own the servers of Debian 13. Starts no system service and is done at once
 * when everything is there.
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

/** The servers of Debian 13: no package of the system, but a folder of their own. */
const DEBIAN_13 = "Debian 13's servers";

/** Command → the Debian package that has it. */
const COMMANDS = {
  prosody: "prosody",
  chromium: "chromium",
  "firefox-esr": "firefox-esr",
  luacheck: "lua-check",
  ejabberdctl: "ejabberd",
};

/** What is no command: a library of Erlang → the Debian package that has it. ejabberd keeps rooms in SQLite with it. */
const ERLANG_PACKAGES = { p1_sqlite3: "erlang-p1-sqlite3" };
const ERLANG_LIBRARIES = "/usr/lib/erlang/lib";

const EJABBERD = ["ejabberdctl", "p1_sqlite3"];
const EVERYTHING = [
  ...Object.keys(COMMANDS),
  ...Object.keys(ERLANG_PACKAGES),
  DEBIAN_13,
];

/** What a step of `npm test`, or a file that play.mjs runs, needs beside npm packages; the others need everything. */
const NEEDS = {
  typecheck: [],
  lint: [],
  luacheck: ["luacheck"],
  dist: [],
  package: [],
  unit: [],
  headless: [],
  plugin: ["chromium"],
  converse: ["chromium"],
  conformance: ["prosody", ...EJABBERD, DEBIAN_13],
  demo: ["prosody", "chromium"],
  "nothing left behind": [],
  "release:check": [],
  "demo/main.ts": ["prosody", "chromium"],
  "scripts/converse-tests/main.ts": ["chromium"],
  "scripts/soak.ts": ["prosody", "chromium", ...EJABBERD],
  "bench/return-speed.ts": ["prosody", "chromium"],
};

/** Where programs are beside the PATH: Debian keeps ejabberdctl out of the PATH of users. */
const MORE_FOLDERS = ["/usr/sbin", "/sbin"];

/** These start a service when they are installed. */
const WITH_SERVICE = new Set(["prosody", "ejabberd"]);

/** Debian's packages ask it whether they may start their service; 101 means no. */
const POLICY_FILE = "/usr/sbin/policy-rc.d";
const POLICY = "#!/bin/sh\nexit 101\n";

/** Whether a command is there, for this user or for root. */
export function hasCommand(name, searched = process.env.PATH ?? "") {
  return [...searched.split(path.delimiter), ...MORE_FOLDERS].some((folder) => {
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

const packageOf = (name) => COMMANDS[name] ?? ERLANG_PACKAGES[name];

const needsOf = (purpose) => NEEDS[purpose] ?? EVERYTHING;

/**
 * The Debian packages that are missing, each with the purposes that need it.
 * @param {string[]} purposes names from NEEDS
 * @param {(name: string) => boolean} has whether a command or library is there
 * @returns {Map<string, string[]>} package → purposes
 */
export function missingPackages(purposes, has) {
  const missing = new Map();
  for (const purpose of purposes) {
    for (const name of needsOf(purpose)) {
      if (name === DEBIAN_13 || has(name)) continue;
      const wantedFor = missing.get(packageOf(name)) ?? [];
      missing.set(packageOf(name), [...wantedFor, purpose]);
    }
  }
  return missing;
}

/** A command line for Debian that installs packages, and starts no service. */
export function installLine(packages) {
  const install = `apt-get install --no-install-recommends ${packages.join(" ")}`;
  if (!packages.some((name) => WITH_SERVICE.has(name)))
    return `sudo ${install}`;
  return `sudo sh -c 'p=${POLICY_FILE}; [ -e $p ] || { trap "rm $p" EXIT; printf "#!/bin/sh\\nexit 101\\n" >$p; chmod 755 $p; }; ${install}'`;
}

/** The sentence for a user who has to install packages by hand. */
export function installSentence(missing) {
  const wanted = [...missing].map(
    ([name, purposes]) => `${name} (for ${purposes.join(", ")})`,
  );
  return `please install ${wanted.join(", ")} and run this again; on Debian, without starting a service:\n  ${installLine([...missing.keys()])}`;
}

async function installDebianPackages(missing) {
  const packages = [...missing.keys()];
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !hasCommand("apt-get"))
    throw new Error(installSentence(missing));
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
 * Makes ready what some purposes need, by default everything; says a line only for what it installs.
 * @param {string[]} purposes steps of `npm test`, or files that play.mjs runs
 * @throws Error with one sentence on what to install and how, when it cannot do so itself
 */
export async function setUp(purposes = ["everything"]) {
  if (!hasNpmPackages()) await installNpmPackages();
  const missing = missingPackages(purposes, (name) =>
    name in ERLANG_PACKAGES ? hasLibrary(name) : hasCommand(name),
  );
  if (missing.size > 0) await installDebianPackages(missing);
  const wantsDebian13 = purposes.some((purpose) =>
    needsOf(purpose).includes(DEBIAN_13),
  );
  if (wantsDebian13 && !hasDebian13()) {
    console.log("setup: unpacking the servers of Debian 13");
    await unpackDebian13();
  }
}

/** `setUp` for a script: prints the reason and exits with 1 when it fails. */
export async function setUpOrExit(purposes) {
  try {
    await setUp(purposes);
  } catch (error) {
    console.error(`setup: ${error.message}`);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setUpOrExit();
