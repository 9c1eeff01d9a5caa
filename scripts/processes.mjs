/** Commands of the scripts: each in a process group of its own, none outlives the script that started it. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import path from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { setTimeout as delay } from "node:timers/promises";

/** How long what was told to end may take, in milliseconds. */
const GRACE_MS = 5_000;
const POLL_MS = 50;
/** How often a script looks whether its parent is there, in milliseconds. */
const PARENT_POLL_MS = 500;

/**
 * Everything below runs with this as its TMPDIR, so what it leaves behind can be told from what others run:
 * files by where they are, processes by their environment or command line.
 */
const folder = mkdtempSync(path.join(tmpdir(), "muc-"));
const groups = new Set();
/** No colours where nobody looks. */
const plain = process.stdout.isTTY ? {} : { NO_COLOR: "1", FORCE_COLOR: "0" };

/**
 * Waits for a word on its standard input; if that ends without one, this script was killed: ends its work. A
 * dying browser may still write for a moment, so the folder is removed more than once.
 */
const WATCHDOG = `
trap '' INT TERM HUP
read -r word && exit
kill -KILL "-$1"
for attempt in 1 2 3 4 5; do
  rm -rf -- "$2"
  sleep 0.2
done
`;

/** Has the group killed when this script dies without a chance to do so. Returns the undo. */
function watchOver(pid) {
  const args = ["-c", WATCHDOG, "watchdog", String(pid), folder];
  const stdio = ["pipe", "ignore", "ignore"];
  const watchdog = spawn("/bin/sh", args, { detached: true, stdio });
  watchdog.stdin.on("error", () => undefined);
  return () => watchdog.stdin.end("done\n");
}

/** @param {number} pid negative for a group */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended already.
  }
}

process.once("exit", () => {
  for (const pid of groups) signal(-pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Makes the script end on Ctrl-C and friends, after what it runs was told and has had time to end. */
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(name, async () => {
    for (const pid of groups) signal(-pid, name);
    await until(() => groups.size === 0);
    process.exit(128 + constants.signals[name]);
  });
}

/**
 * npm passes SIGTERM on to the shell that it started us with, and that shell dies without passing it on. So a
 * script of npm's that has lost its parent ends as if it had got the signal itself.
 */
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    signal(process.pid, "SIGTERM");
  }, PARENT_POLL_MS);
  look.unref();
}

async function until(holds) {
  const end = Date.now() + GRACE_MS;
  while (!holds() && Date.now() < end) await delay(POLL_MS);
}

/** The temporary folder of this run; it goes with it. */
export function temporaryFolder() {
  return folder;
}

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: object, show?: boolean}} options show: straight to the terminal instead of `output`
 * @returns {Promise<{code: number, output: string}>} never rejects; a command that cannot start ends with 127
 */
export function run(command, args, { cwd, env, show = false } = {}) {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...plain, ...env, TMPDIR: folder },
      stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const isStarted = child.pid !== undefined;
    if (isStarted) groups.add(child.pid);
    const release = isStarted ? watchOver(child.pid) : () => undefined;
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.stderr?.on("data", (chunk) => (output += chunk));
    child.once("error", (error) =>
      resolve({ code: 127, output: error.message }),
    );
    child.once("close", (code, killedBy) => {
      groups.delete(child.pid);
      release();
      resolve({ code: code ?? 128 + constants.signals[killedBy], output });
    });
  });
}

function read(file) {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

function processesOfThisRun() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      ["environ", "cmdline"].some((file) =>
        read(`/proc/${pid}/${file}`).includes(folder),
      ),
    );
}

/**
 * What of this run is still there after a moment of grace: processes, which are killed then, and files in its
 * temporary folder.
 * @returns {Promise<string[]>} one line each; empty when nothing is left
 */
export async function leftBehind() {
  await until(() => processesOfThisRun().length === 0);
  const left = processesOfThisRun().map((pid) => {
    const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    signal(Number(pid), "SIGKILL");
    return `${pid} ${command}`;
  });
  return [
    ...left,
    ...readdirSync(folder).map((name) => path.join(folder, name)),
  ];
}
