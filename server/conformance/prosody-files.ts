/** What Prosody has on disk about its rooms. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { localpart } from "./stage";

/** The folder of the host with the rooms. @param folder that of the server */
function hostFolder(folder: string): string {
  const data = path.join(folder, "data");
  const hosts = readdirSync(data, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => !name.endsWith("invalid"));
  if (hosts.length !== 1) throw new Error(`${hosts.length} hosts in ${data}`);
  return path.join(data, hosts[0] ?? "");
}

/** The folder with the rooms. */
export function roomFolder(folder: string): string {
  return path.join(hostFolder(folder), "config");
}

/** The room's file. @param room of a name with letters, digits and "-" */
export function roomFile(folder: string, room: string): string {
  const name = localpart(room).replaceAll("-", "%2d");
  return path.join(roomFolder(folder), `${name}.dat`);
}

/** The list of the rooms that have registrations. */
export function roomListFile(folder: string): string {
  return path.join(hostFolder(folder), "muc_push.dat");
}
