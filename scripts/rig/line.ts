/** A telephone line between a page and its server, as long as one likes, which can be cut without a goodbye. */
import { createServer, connect, type AddressInfo, type Socket } from "node:net";
import { takeLoopbackAddresses } from "./loopback";

export interface Line {
  /** The address of a server, reached over this line. @param url as the server itself gives it */
  over(url: string): string;
  /** Cuts every connection; until `mend`, new ones are taken but lead nowhere. */
  hold(): void;
  /** Cuts every connection; until `mend`, new ones are refused. */
  cut(): void;
  /** Lets new connections through, and those that are on hold. */
  mend(): void;
  close(): Promise<void>;
}

/** Who hangs up still hears what is on the line; and nothing is held back to save packets. */
const SOCKET = { allowHalfOpen: true, noDelay: true };

export interface LineOptions {
  /** How long everything is under way in each direction, in milliseconds; 0 by default. A round trip takes twice that. */
  delayMs?: number;
}

/**
 * Passes on what comes, later, and in its order: timers of one length fire in the order in which they were set.
 * @param delayMs milliseconds; 0 for as soon as possible
 */
function relay(from: Socket, to: Socket, delayMs: number): void {
  if (delayMs === 0) return void from.pipe(to);
  from.on("data", (chunk) =>
    setTimeout(() => to.writable && to.write(chunk), delayMs),
  );
  from.once("end", () => setTimeout(() => to.end(), delayMs));
}

/**
 * Lays a line to a server.
 * @param url an address of the server; its host and port are where the line ends
 */
export async function layLine(
  url: string,
  { delayMs = 0 }: LineOptions = {},
): Promise<Line> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  const held = new Set<Socket>();
  let state: "open" | "held" | "cut" = "open";

  function keep(socket: Socket): void {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // An error is followed by "close".
    socket.on("error", () => undefined);
  }

  function putThrough(caller: Socket): void {
    const called = connect({
      host: hostname,
      port: Number(port),
      ...SOCKET,
    });
    keep(called);
    for (const [from, to] of [
      [caller, called],
      [called, caller],
    ] as const) {
      relay(from, to, delayMs);
      // By then everything that it sent before has arrived.
      from.once("close", () => setTimeout(() => to.destroy(), delayMs));
    }
  }

  const server = createServer(SOCKET, (caller) => {
    keep(caller);
    if (state === "open") return putThrough(caller);
    if (state === "held") return void held.add(caller);
    caller.resetAndDestroy();
  });

  function drop(): void {
    held.clear();
    for (const socket of open) socket.resetAndDestroy();
  }

  const [host] = await takeLoopbackAddresses(1);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  const address = server.address() as AddressInfo;

  return {
    over(target) {
      const moved = new URL(target);
      moved.hostname = address.address;
      moved.port = String(address.port);
      return moved.href;
    },
    hold() {
      state = "held";
      drop();
    },
    cut() {
      state = "cut";
      drop();
    },
    mend() {
      state = "open";
      for (const caller of held) if (!caller.destroyed) putThrough(caller);
      held.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        drop();
      }),
  };
}
