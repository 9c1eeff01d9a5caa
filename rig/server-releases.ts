/** Where the servers are: the system's own, and those of Debian 13, which the set-up unpacks. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const DEBIAN_13 = path.join(here, "../node_modules/.cache/debian-13");

export interface ProsodyRelease {
  /** As people call it. */
  readonly title: string;
  /** What its log says when it starts. */
  readonly greeting: RegExp;
  /** The command that starts it. */
  readonly prosody: string;
  readonly prosodyctl: string;
  /** What its package puts into /etc. */
  readonly packagedConfig: string;
}

const PROSODY_CONFIG = "etc/prosody/prosody.cfg.lua";

/** By the name that the rig's options use. */
export const PROSODY_RELEASES = {
  prosody: {
    title: "Prosody 0.12",
    greeting: /welcome to Prosody version 0\.12\./,
    prosody: "prosody",
    prosodyctl: "prosodyctl",
    packagedConfig: path.join("/", PROSODY_CONFIG),
  },
  "prosody-13": {
    title: "Prosody 13",
    greeting: /welcome to Prosody version 13\./,
    prosody: path.join(DEBIAN_13, "bin/prosody"),
    prosodyctl: path.join(DEBIAN_13, "bin/prosodyctl"),
    packagedConfig: path.join(DEBIAN_13, "root", PROSODY_CONFIG),
  },
} as const satisfies Record<string, ProsodyRelease>;

export type ProsodyName = keyof typeof PROSODY_RELEASES;

export interface EjabberdRelease {
  /** As people call it. */
  readonly title: string;
  /** What its log says when it starts. */
  readonly greeting: RegExp;
  /** Erlang, as it was when the release was built. */
  readonly erl: string;
  readonly erlc: string;
  /** The script with which administrators talk to it. */
  readonly ejabberdctl: string;
  /** From what its package makes the file in /etc. */
  readonly packagedConfig: string;
  /** For ERL_LIBS: the folder that has ejabberd's code in a folder of its own. @throws Error when it is not there */
  libraries(): string;
  /** What its modules include. @throws Error when it is not there */
  includes(): string[];
}

/** The folder in `place` whose name starts so. */
function find(place: string, start: string): string | undefined {
  const found = existsSync(place) ? readdirSync(place) : [];
  const name = found.find((candidate) => candidate.startsWith(start));
  return name === undefined ? undefined : path.join(place, name);
}

/** Debian's, below `root`. It keeps ejabberd in a folder for each architecture. */
function debianEjabberd(root: string) {
  const usrLib = path.join(root, "usr/lib");
  function locate(place: string | undefined, start: string): string {
    const found = place === undefined ? undefined : find(place, start);
    if (found === undefined)
      throw new Error(
        `no ${start} in ${usrLib}; \`npm run setup\` installs it`,
      );
    return found;
  }
  function libraries(): string {
    const places = (existsSync(usrLib) ? readdirSync(usrLib) : [])
      .filter((name) => name.endsWith("-linux-gnu"))
      .map((name) => path.join(usrLib, name));
    const place = places.find((candidate) => find(candidate, "ejabberd-"));
    return path.dirname(locate(place, "ejabberd-"));
  }
  return {
    ejabberdctl: path.join(root, "usr/sbin/ejabberdctl"),
    packagedConfig: path.join(root, "usr/share/ejabberd/ejabberd.yml.example"),
    libraries,
    includes: () => [
      path.join(locate(libraries(), "ejabberd-"), "include"),
      path.join(locate(path.join(usrLib, "erlang/lib"), "p1_xmpp-"), "include"),
    ],
  };
}

/** By the name that the rig's options use. */
export const EJABBERD_RELEASES = {
  ejabberd: {
    title: "ejabberd 23.01",
    greeting: /ejabberd 23\.\S+ is started/,
    erl: "erl",
    erlc: "erlc",
    ...debianEjabberd("/"),
  },
  "ejabberd-24": {
    title: "ejabberd 24.12",
    greeting: /ejabberd 24\.\S+ is started/,
    erl: path.join(DEBIAN_13, "bin/erl"),
    erlc: path.join(DEBIAN_13, "bin/erlc"),
    ...debianEjabberd(path.join(DEBIAN_13, "root")),
  },
} as const satisfies Record<string, EjabberdRelease>;

export type EjabberdName = keyof typeof EJABBERD_RELEASES;

export function isEjabberd(
  name: ProsodyName | EjabberdName,
): name is EjabberdName {
  return name in EJABBERD_RELEASES;
}
