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
  /** Nothing gets through any more, but nothing is lost either: it is on the line until `resume`. */
  pause(): void;
  resume(): void;
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
  /** What has arrived since the line was paused; null while it is not. */
  let backlog: (() => void)[] | null = null;

  function keep(socket: Socket): void {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // An error is followed by "close".
    socket.on("error", () => undefined);
  }

  /** Everything passes here after its delay; in its order, as timers of one length fire in the order they were set. */
  function arrive(step: () => void): void {
    const later = (): void => {
      if (backlog) backlog.push(step);
      else step();
    };
    if (delayMs > 0) setTimeout(later, delayMs);
    else later();
  }

  function relay(from: Socket, to: Socket): void {
    from.on("data", (chunk) =>
      arrive(() => void (to.writable && to.write(chunk))),
    );
    from.once("end", () => arrive(() => to.end()));
    // By then everything that it sent before has arrived.
    from.once("close", () => arrive(() => to.destroy()));
  }

  function putThrough(caller: Socket): void {
    const called = connect({
      host: hostname,
      port: Number(port),
      ...SOCKET,
    });
    keep(called);
    relay(caller, called);
    relay(called, caller);
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
    pause() {
      backlog ??= [];
    },
    resume() {
      const steps = backlog ?? [];
      backlog = null;
      for (const step of steps) step();
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
