/** What the rig's room servers have logged. */
import { readFileSync } from "node:fs";

interface Logging {
  readonly logFile: string;
}

/** The same server, which can also read its log. */
export function withLog<Server extends Logging>(server: Server) {
  return Object.assign(server, {
    readLog: () => readFileSync(server.logFile, "utf8"),
  });
}
