/**
 * The servers of Debian 13 beside those of the system: unpacked into a folder, with every library that they need,
 * and run from there. Nothing is installed into the system, and nothing needs to be root.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./processes.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

const PACKAGES = ["prosody", "ejabberd", "erlang-p1-sqlite3"];
const SOURCE = `Types: deb
URIs: http://deb.debian.org/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

const folder = path.join(root, "node_modules/.cache/debian-13");
const unpacked = path.join(folder, "root");
const libraries = path.join(unpacked, "usr/lib/x86_64-linux-gnu");
const erlang = path.join(unpacked, "usr/lib/erlang");
const lua = path.join(unpacked, "usr/bin/lua5.4");

/** Written last. The programs know where they are, so a folder that was moved or copied is made anew. */
const marker = path.join(folder, "complete");
const MARK = `${folder}\n`;

async function runOrFail(command, args) {
  const { code, output } = await run(command, args);
  if (code !== 0)
    throw new Error(
      `\`${command} ${args.join(" ")}\` ended with ${code}:\n${output}`,
    );
}

function writeScript(file, ...lines) {
  writeFileSync(file, ["#!/bin/sh", ...lines, ""].join("\n"));
  chmodSync(file, 0o755);
}

/** apt-get with an idea of the world of its own, in which nothing is installed yet. */
function aptGet(...args) {
  const at = (...names) => path.join(folder, "apt", ...names);
  for (const name of ["lists/partial", "archives/partial", "sources"])
    mkdirSync(at(name), { recursive: true });
  writeFileSync(at("status"), "");
  writeFileSync(at("sources/debian-13.sources"), SOURCE);
  const settings = {
    "APT::Architecture": "amd64",
    "APT::Architectures": "amd64",
    "Dir::Etc::sourcelist": "/dev/null",
    "Dir::Etc::sourceparts": at("sources"),
    "Dir::State": at(),
    "Dir::State::lists": at("lists"),
    "Dir::State::status": at("status"),
    "Dir::Cache": at(),
    "Dir::Cache::archives": at("archives"),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => [
    "-o",
    `${name}=${value}`,
  ]);
  return runOrFail("apt-get", [...options, "-qq", ...args]);
}

async function download() {
  await aptGet("update");
  await aptGet(
    "-y",
    "--no-install-recommends",
    "--download-only",
    "install",
    ...PACKAGES,
  );
  const archives = path.join(folder, "apt/archives");
  return readdirSync(archives)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => path.join(archives, name));
}

function isElf(file) {
  const magic = readFileSync(file).subarray(0, 4).toString("latin1");
  return magic === "\x7fELF";
}

/**
 * Debian 13's programs need its C library, which the system's loader would not take: a script in the program's place
 * starts it with Debian 13's loader.
 */
function wrapProgram(program, ...environment) {
  const original = `${program}.elf`;
  renameSync(program, original);
  const loader = path.join(libraries, "ld-linux-x86-64.so.2");
  const args = `--library-path '${libraries}' --argv0 "$0" '${original}' "$@"`;
  writeScript(program, ...environment, `exec '${loader}' ${args}`);
}

/** Every program below a folder: Erlang's own, and those that its libraries talk to. */
function programsIn(place) {
  return readdirSync(place, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.parentPath.endsWith("/bin"))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(isElf);
}

function replaceIn(file, text, by) {
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(text, by));
}

function prepareErlang(bin) {
  for (const place of [erlang, libraries])
    for (const program of programsIn(place)) wrapProgram(program);
  const erl = path.join(erlang, "bin/erl");
  replaceIn(erl, "ROOTDIR=/usr/lib/erlang", `ROOTDIR='${erlang}'`);
  writeScript(path.join(bin, "erl"), `exec '${erl}' "$@"`);
  writeScript(
    path.join(bin, "erlc"),
    `ERLC_EMULATOR='${erl}' exec '${erlang}/bin/erlc' "$@"`,
  );
}

function prepareProsody(bin) {
  const share = path.join(unpacked, "usr/share/lua/5.4");
  wrapProgram(
    lua,
    `export LUA_PATH_5_4='${share}/?.lua;${share}/?/init.lua'`,
    `export LUA_CPATH_5_4='${libraries}/lua/5.4/?.so'`,
  );
  for (const name of ["prosody", "prosodyctl"]) {
    const script = path.join(unpacked, "usr/bin", name);
    replaceIn(script, "'/usr/lib/prosody", `'${unpacked}/usr/lib/prosody`);
    writeScript(path.join(bin, name), `exec '${lua}' '${script}' "$@"`);
  }
}

/** Whether there is nothing left to do. */
export function hasDebian13() {
  return existsSync(marker) && readFileSync(marker, "utf8") === MARK;
}

/**
 * Downloads and unpacks Debian 13's Prosody and ejabberd; see `rig/server-releases.ts` for how to start them.
 * @throws Error when Debian's packages can't be had
 */
export async function unpackDebian13() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  for (const archive of await download())
    await runOrFail("dpkg-deb", ["-x", archive, unpacked]);
  rmSync(path.join(folder, "apt"), { recursive: true });
  const bin = path.join(folder, "bin");
  mkdirSync(bin);
  prepareErlang(bin);
  prepareProsody(bin);
  writeFileSync(marker, MARK);
}
