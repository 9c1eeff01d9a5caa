/** Where the servers are: the system's own, and those of Debian 13, which the set-up unpacks. */
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const DEBIAN_13 = path.join(here, "../../node_modules/.cache/debian-13");

export interface ProsodyRelease {
  /** As people call it. */
  readonly title: string;
  /** What its log says when it starts. */
  readonly greeting: RegExp;
  /** The command that starts it. */
  readonly prosody: string;
  readonly prosodyctl: string;
}

/** By the name that the rig's options use. */
export const PROSODY_RELEASES = {
  prosody: {
    title: "Prosody 0.12",
    greeting: /welcome to Prosody version 0\.12\./,
    prosody: "prosody",
    prosodyctl: "prosodyctl",
  },
  "prosody-13": {
    title: "Prosody 13",
    greeting: /welcome to Prosody version 13\./,
    prosody: path.join(DEBIAN_13, "bin/prosody"),
    prosodyctl: path.join(DEBIAN_13, "bin/prosodyctl"),
  },
} as const satisfies Record<string, ProsodyRelease>;

export type ProsodyName = keyof typeof PROSODY_RELEASES;
