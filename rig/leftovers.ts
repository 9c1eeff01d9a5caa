/**
 * Nothing outlives the Node process that started it, however that process ends, SIGKILL included.
 *
 * A small shell reads a pipe from here. The kernel closes the pipe when this process ends; the shell then
 * kills what is still on its list and removes the temporary folder.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const GUARD = `
trap '' INT TERM HUP
pids=
while read -r verb pid; do
  case $verb in
    guard) pids="$pids $pid" ;;
    release)
      others=
      for other in $pids; do [ "$other" = "$pid" ] || others="$others $other"; done
      pids=$others ;;
  esac
done
[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
[ -z "$RIG_KEEP" ] || exit 0
# A dying browser may still write for a moment.
for attempt in 1 2 3 4 5; do
  rm -rf -- "$1" 2>/dev/null && break
  sleep 0.2
done
`;

interface Guard {
  readonly folder: string;
  tell(line: string): void;
}

let guard: Guard | undefined;
let folders = 0;

function startGuard(): Guard {
  // Short: the names of Chromium's sockets in it may not exceed 107 letters.
  const folder = mkdtempSync(path.join(tmpdir(), "rig-"));
  const shell = spawn("/bin/sh", ["-c", GUARD, "guard", folder], {
    // Its own session: Ctrl-C in the terminal must not reach it before its work is done.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const pipe = shell.stdin;
  // A pipe that broke means that the guard is gone; there is nothing to tell it any more.
  pipe.on("error", () => undefined);
  shell.unref();
  (pipe as typeof pipe & { unref(): void }).unref();
  return { folder, tell: (line) => void pipe.write(`${line}\n`) };
}

/**
 * Makes a folder that is removed when this Node process ends (unless the environment says RIG_KEEP=1).
 * @param name a word that tells a person what is in it
 */
export function takeFolder(name: string): string {
  guard ??= startGuard();
  const folder = path.join(guard.folder, `${++folders}-${name}`);
  mkdirSync(folder);
  return folder;
}

/**
 * Has the process killed when this Node process ends. Call the returned function once it has exited.
 * @param pid a process that this Node process started
 */
export function guardProcess(pid: number): () => void {
  guard ??= startGuard();
  const { tell } = guard;
  tell(`guard ${pid}`);
  return () => tell(`release ${pid}`);
}
