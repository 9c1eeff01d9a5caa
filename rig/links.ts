/** When has the other server noticed that this one is gone? */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 5;
const LIMIT_MS = 10_000;
/** The kernel's numbers for ESTABLISHED, SYN_SENT and CLOSE_WAIT: somebody still holds that end open. */
const ESTABLISHED = "01";
const HELD_OPEN = new Set([ESTABLISHED, "02", "08"]);

/** 127.1.2.3 → "0302017F", as the kernel prints it. */
function kernelAddress(address: string): string {
  return address
    .split(".")
    .reverse()
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, "0"))
    .join("");
}

function kernelPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

interface Connection {
  local: string;
  remote: string;
  state: string;
}

/** Every TCP connection of this machine, as the kernel prints it. */
function connections(): Connection[] {
  return readFileSync("/proc/net/tcp", "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => {
      const [, local = "", remote = "", state = ""] = line.trim().split(/\s+/);
      return { local, remote, state };
    });
}

function isLinked(address: string, ports?: ReadonlySet<string>): boolean {
  const wanted = `${kernelAddress(address)}:`;
  const isOneOfThem = (end: string) =>
    ports === undefined || ports.has(end.slice(-4));
  return connections().some(
    ({ local, remote, state }) =>
      HELD_OPEN.has(state) &&
      ((local.startsWith(wanted) && isOneOfThem(remote)) ||
        (remote.startsWith(wanted) && isOneOfThem(local))),
  );
}

/**
 * Resolves when there is a TCP connection with a port of that address.
 * @param address an IPv4 address without a connection to that port before
 * @throws Error when there is none in time
 */
export async function waitUntilLinked(
  address: string,
  port: number,
): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  const wanted = `${kernelAddress(address)}:${kernelPort(port)}`;
  const isThere = () =>
    connections().some(
      ({ local, state }) => local === wanted && state === ESTABLISHED,
    );
  while (!isThere()) {
    if (Date.now() > end) throw new Error(`nobody has called ${address}`);
    await delay(POLL_MS);
  }
}

/**
 * Resolves when nobody holds a TCP connection with that address any more. A stanza that is written to a link
 * whose other end died in the same moment vanishes without an answer; after this it is refused by name.
 * @param address an IPv4 address whose process has ended
 * @param otherPorts of the other ends; any by default
 * @throws Error when a connection stays
 */
export async function waitUntilUnlinked(
  address: string,
  otherPorts?: readonly number[],
): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  const ports = otherPorts && new Set(otherPorts.map(kernelPort));
  while (isLinked(address, ports)) {
    if (Date.now() > end)
      throw new Error(`somebody still holds a connection with ${address}`);
    await delay(POLL_MS);
  }
}
