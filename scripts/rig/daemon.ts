/** A server in the foreground, with its folder: started, stopped, killed hard, started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { guardProcess } from "./leftovers";

/** Start-up takes a second or two; this only ends a start that hangs. */
const START_LIMIT_MS = 30_000;
/** A SIGTERM that takes longer than this is answered with SIGKILL, and reported. */
const STOP_LIMIT_MS = 15_000;

export interface DaemonOptions {
  /** A word for messages to people. */
  name: string;
  /** Configuration, data and log. */
  folder: string;
  logFile: string;
  command: string;
  args: readonly string[];
  /** More environment variables. */
  env?: Readonly<Record<string, string>>;
  /** Hides what it writes to its standard error; false by default. */
  ignoresErrors?: boolean;
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
}

export function createDaemon(options: DaemonOptions): Daemon {
  const { name, folder, logFile, command, args, env } = options;
  const { ignoresErrors = false, makeReadiness } = options;
  let child: ChildProcess | undefined;
  let exited: Promise<void> = Promise.resolve();

  function logEnd(): string {
    try {
      return readFileSync(logFile, "utf8").split("\n").slice(-20).join("\n");
    } catch {
      return "(no log)";
    }
  }

  function start(): Promise<void> {
    if (child) throw new Error(`${name} is already running`);
    const started = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", ignoresErrors ? "ignore" : "inherit"],
    });
    child = started;
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
        reject(new Error(`${name} ${why}\n${logEnd()}`));
      }
      started.once("error", (error) => {
        child = undefined;
        fail(`cannot be started: ${error.message}`);
      });
      started.once("exit", (code, signal) =>
        fail(`exited with ${signal ?? code}`),
      );
      createInterface({ input: started.stdout as NodeJS.ReadableStream }).on(
        "line",
        (line) => {
          if (!isReady(line)) return;
          clearTimeout(limit);
          resolve();
        },
      );
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
        `${name} ignored SIGTERM for ${STOP_LIMIT_MS} ms\n${logEnd()}`,
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
