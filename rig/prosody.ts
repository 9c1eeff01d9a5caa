/** One Prosody in the foreground, with its folder. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createDaemon, type Daemon } from "./daemon";
import { takeFolder } from "./leftovers";
import { PROSODY_RELEASES, type ProsodyName } from "./server-releases";

const CONFIG_FILE = "prosody.cfg.lua";

export interface ProsodyOptions {
  /** A word for the folder's name. */
  name: string;
  release: ProsodyName;
  /** The configuration (Lua) below the part about folders and logs. */
  config: string;
  /** Services that must listen before the server counts as started: "s2s", "http". */
  services: readonly string[];
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
  release,
  config,
  services,
}: ProsodyOptions): Daemon {
  const folder = takeFolder(name);
  const logFile = path.join(folder, "prosody.log");
  mkdirSync(path.join(folder, "data"));
  writeFileSync(
    path.join(folder, CONFIG_FILE),
    generalConfig(folder, logFile) + config,
  );
  return createDaemon({
    name,
    folder,
    logFile,
    // Not `prosody --version` and friends: 0.12 starts the server whatever it is asked.
    command: PROSODY_RELEASES[release].prosody,
    // Relative, because Prosody fails over a name longer than 59 letters as soon as it has to warn.
    args: ["--config", CONFIG_FILE, "-F"],
    makeReadiness() {
      const missing = new Set(services);
      return (line) => {
        const service = /Activated service '([^']+)' on (?!no ports)/.exec(
          line,
        )?.[1];
        return (
          service !== undefined && missing.delete(service) && missing.size === 0
        );
      };
    },
  });
}
