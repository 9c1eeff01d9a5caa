/** A server in the foreground, with its folder: started, stopped, killed hard, started again. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { guardProcess } from "./leftovers";

/** Start-up takes a second or two; this only ends a start that hangs. */
const START_LIMIT_MS = 90_000;
/** Lines of the log that an error quotes. */
const LAST_WORDS = 20;
/** A SIGTERM that takes longer than this is answered with SIGKILL, and reported. */
const STOP_LIMIT_MS = 15_000;

export interface DaemonOptions {
  /** A word for messages to people. */
  name: string;
  /** Configuration, data and log. */
  folder: string;
  logFile: string;
  /** What it prints is its log: written to `logFile` line by line, so that nothing is missing after SIGKILL. */
  printsLog?: boolean;
  command: string;
  args: readonly string[];
  /** More environment variables. */
  env?: Readonly<Record<string, string>>;
  /** Makes what reads one start's output: given each line, it tells whether everything listens by now. */
  makeReadiness(): (line: string) => boolean;
}

export interface Daemon {
  /** Configuration, data and log of this server; it outlives the process and goes with this Node process. */
  readonly folder: string;
  readonly logFile: string;
  readonly running: boolean;
  /** Resolves when every service listens. @throws Error with the log's end when the server exits before. */
  start(): Promise<void>;
  /** SIGTERM; resolves when the process is gone. @throws Error when it had to be killed. */
  terminate(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: the kernel goes on taking connections for it, and nobody answers them. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
}

export function createDaemon(options: DaemonOptions): Daemon {
  const { name, folder, logFile, command, args, env } = options;
  const { makeReadiness, printsLog = false } = options;
  let child: ChildProcessByStdio<null, Readable, Readable> | undefined;
  let exited: Promise<void> = Promise.resolve();
  let terminal: string[] = [];

  /** The end of what the server wrote; of its terminal when it did not get as far as a log. */
  function lastWords(): string {
    const text = existsSync(logFile)
      ? readFileSync(logFile, "utf8").trimEnd().split("\n")
      : terminal;
    return text.slice(-LAST_WORDS).join("\n");
  }

  function start(): Promise<void> {
    if (child) throw new Error(`${name} is already running`);
    const started = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...env },
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
      const isReady = makeReadiness();
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
        if (printsLog) appendFileSync(logFile, `${line}\n`);
        if (!isReady(line)) return;
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
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
  };
}

function onLine(stream: Readable, listener: (line: string) => void): void {
  createInterface({ input: stream }).on("line", listener);
}
