/**
 * ejabberd as a node with a name: one that `ejabberdctl` can talk to, and that can be part of a cluster.
 *
 * Each node has a loopback address of its own, so all of them can use one port, and none has to be asked for: no
 * port mapper (epmd) is started, which would outlive them.
 */
import { execFile } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import {
  createEjabberd,
  type Ejabberd,
  type EjabberdOptions,
} from "./ejabberd";
import { EJABBERD_RELEASES, type EjabberdRelease } from "./server-releases";

const DISTRIBUTION_PORT = 4370;
/** Nodes with the same one talk to each other. */
const COOKIE = "rig";
/** Only ends a command that hangs. */
const LIMIT_MS = 60_000;

export interface EjabberdNodeOptions extends EjabberdOptions {
  /** What the node itself listens on; an IP address. */
  nodeAddress: string;
}

export interface EjabberdNode extends Ejabberd {
  readonly nodeName: string;
  /** Where `module_install` finds sources and puts what it has made of them. */
  readonly contribFolder: string;
  /** Runs `ejabberdctl`. @returns what it prints @throws Error with that when it ends with a failure */
  ctl(...args: string[]): Promise<string>;
}

/** Debian's, but for one that is not installed, does not run as its user, and has paths of its own. */
function writeEjabberdctl(
  file: string,
  { ejabberdctl, erl, libraries }: EjabberdRelease,
): void {
  const script = readFileSync(ejabberdctl, "utf8")
    .replace(/^INSTALLUSER=.*$/m, "INSTALLUSER=")
    .replace(/^ERL=.*$/m, `ERL='${erl}'`)
    .replace(/^ERL_LIBS=.*$/m, `ERL_LIBS='${libraries()}'`);
  writeFileSync(file, script);
  chmodSync(file, 0o755);
}

export function createEjabberdNode(options: EjabberdNodeOptions): EjabberdNode {
  const { nodeAddress, args = [] } = options;
  const nodeName = `ejabberd@${nodeAddress}`;
  const ejabberd = createEjabberd({
    ...options,
    args: [
      "-name",
      nodeName,
      "-erl_epmd_port",
      String(DISTRIBUTION_PORT),
      "-start_epmd",
      "false",
      "-kernel",
      "inet_dist_use_interface",
      `{${nodeAddress.replaceAll(".", ",")}}`,
      ...args,
    ],
  });
  const { folder } = ejabberd;
  // Below its user's home.
  const contribFolder = path.join(folder, ".ejabberd-modules");
  // Erlang insists on it.
  const cookieFile = path.join(folder, ".erlang.cookie");
  writeFileSync(cookieFile, COOKIE, { mode: 0o400 });
  const ctlConfig = path.join(folder, "ejabberdctl.cfg");
  writeFileSync(
    ctlConfig,
    `ERLANG_NODE=${nodeName}\nERL_DIST_PORT=${DISTRIBUTION_PORT}\n`,
  );
  writeFileSync(path.join(folder, "inetrc"), "");
  const script = path.join(folder, "ejabberdctl");
  writeEjabberdctl(script, EJABBERD_RELEASES[options.release]);

  async function ctl(...command: string[]): Promise<string> {
    const paths = ["--config-dir", folder, "--ctl-config", ctlConfig];
    const more = ["--logs", folder, "--spool", ejabberd.data];
    try {
      const { stdout } = await promisify(execFile)(
        script,
        [...paths, ...more, ...command],
        { env: { ...process.env, HOME: folder }, timeout: LIMIT_MS },
      );
      return stdout;
    } catch (error) {
      // What went wrong is on its standard output.
      const { message, stdout } = error as Error & { stdout?: string };
      throw new Error(`${message}\n${stdout ?? ""}`, { cause: error });
    }
  }

  return Object.assign(ejabberd, { nodeName, contribFolder, ctl });
}
