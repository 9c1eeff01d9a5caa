/** One Prosody in the foreground, with its folder: started, stopped, killed hard, started again. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { guardProcess, takeFolder } from "./leftovers";

/** Start-up takes 0.2 s; this only ends a start that hangs. */
const START_LIMIT_MS = 30_000;
/** A SIGTERM that takes longer than this is answered with SIGKILL, and reported. */
const STOP_LIMIT_MS = 15_000;

const CONFIG_FILE = "prosody.cfg.lua";
/** Lines of the log that an error quotes. */
const LAST_WORDS = 20;
const ACTIVATED = /Activated service '([^']+)' on (?!no ports)/;

export interface ProsodyOptions {
  /** A word for the folder's name. */
  name: string;
  /** The configuration (Lua) below the part about folders and logs. */
  config: string;
  /** Services that must listen before the server counts as started: "s2s", "http". */
  services: readonly string[];
}

export interface Prosody {
  /** Configuration, data and log of this server; it outlives the process and goes with this Node process. */
  readonly folder: string;
  readonly logFile: string;
  readonly running: boolean;
  /** Resolves when every service listens. @throws Error with the log's end when Prosody exits before. */
  start(): Promise<void>;
  /** SIGTERM; resolves when the process is gone. @throws Error when it had to be killed. */
  terminate(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Writes the value as a Lua string. */
export function lua(text: string): string {
  return JSON.stringify(text);
}

function generalConfig(folder: string, logFile: string): string {
  const asRoot = process.getuid?.() === 0;
  return [
    `data_path = ${lua(path.join(folder, "data"))}`,
    `log = { { levels = { min = "info" }, to = "stdout" }, { levels = { min = "debug" }, to = "file", filename = ${lua(logFile)}, timestamps = true } }`,
    asRoot ? "run_as_root = true" : "",
    "",
  ].join("\n");
}

function onLine(input: Readable, listener: (line: string) => void): void {
  createInterface({ input }).on("line", listener);
}

export function createProsody({
  name,
  config,
  services,
}: ProsodyOptions): Prosody {
  const folder = takeFolder(name);
  const logFile = path.join(folder, "prosody.log");
  mkdirSync(path.join(folder, "data"));
  writeFileSync(
    path.join(folder, CONFIG_FILE),
    generalConfig(folder, logFile) + config,
  );

  let child: ChildProcessByStdio<null, Readable, Readable> | undefined;
  let exited: Promise<void> = Promise.resolve();
  let terminal: string[] = [];

  /** The end of what Prosody wrote; of its terminal when it did not get as far as a log. */
  function lastWords(): string {
    const text = existsSync(logFile)
      ? readFileSync(logFile, "utf8").trimEnd().split("\n")
      : terminal;
    return text.slice(-LAST_WORDS).join("\n");
  }

  function start(): Promise<void> {
    if (child) throw new Error(`${name} is already running`);
    // Relative, because Prosody fails over a name longer than 59 letters as soon as it has to warn.
    // Not `prosody --version` and friends: 0.12 starts the server whatever it is asked.
    const started = spawn("prosody", ["--config", CONFIG_FILE, "-F"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    terminal = [];
    if (started.pid !== undefined) {
      const release = guardProcess(started.pid);
      exited = new Promise((resolve) => {
        started.once("exit", () => {
          release();
          child = undefined;
          resolve();
        });
      });
    }

    return new Promise((resolve, reject) => {
      const missing = new Set(services);
      const limit = setTimeout(() => {
        started.kill("SIGKILL");
        fail(`did not listen within ${START_LIMIT_MS} ms`);
      }, START_LIMIT_MS);
      function fail(why: string): void {
        clearTimeout(limit);
        reject(new Error(`${name} ${why}\n${lastWords()}`));
      }
      started.once("error", (error) => {
        child = undefined;
        fail(`cannot be started: ${error.message}`);
      });
      // Not "exit": by then its last words may still be on their way.
      started.once("close", (code, signal) =>
        fail(`exited with ${signal ?? code}`),
      );
      onLine(started.stderr, (line) => terminal.push(line));
      onLine(started.stdout, (line) => {
        terminal.push(line);
        const service = ACTIVATED.exec(line)?.[1];
        if (service === undefined || !missing.delete(service)) return;
        if (missing.size > 0) return;
        clearTimeout(limit);
        resolve();
      });
    });
  }

  async function terminate(): Promise<void> {
    const stopping = child;
    if (!stopping) return;
    stopping.kill("SIGTERM");
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      stopping.kill("SIGKILL");
    }, STOP_LIMIT_MS);
    await exited;
    clearTimeout(limit);
    if (late)
      throw new Error(
        `${name} ignored SIGTERM for ${STOP_LIMIT_MS} ms\n${lastWords()}`,
      );
  }

  async function kill(): Promise<void> {
    child?.kill("SIGKILL");
    await exited;
  }

  return {
    folder,
    logFile,
    get running() {
      return child !== undefined;
    },
    start,
    terminate,
    kill,
  };
}
