/** One Prosody in the foreground, with its folder: started, stopped, killed hard, started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { guardProcess, takeFolder } from "./leftovers";

/** Start-up takes 0.2 s; this only ends a start that hangs. */
const START_LIMIT_MS = 30_000;
/** A SIGTERM that takes longer than this is answered with SIGKILL, and reported. */
const STOP_LIMIT_MS = 15_000;

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

export function createProsody({
  name,
  config,
  services,
}: ProsodyOptions): Prosody {
  const folder = takeFolder(name);
  const logFile = path.join(folder, "prosody.log");
  const configFile = path.join(folder, "prosody.cfg.lua");
  mkdirSync(path.join(folder, "data"));
  writeFileSync(configFile, generalConfig(folder, logFile) + config);

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
    // Not `prosody --version` and friends: 0.12 starts the server whatever it is asked.
    const started = spawn("prosody", ["--config", configFile, "-F"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
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
      const missing = new Set(services);
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
          const service = /Activated service '([^']+)' on (?!no ports)/.exec(
            line,
          )?.[1];
          if (
            service === undefined ||
            !missing.delete(service) ||
            missing.size > 0
          )
            return;
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
