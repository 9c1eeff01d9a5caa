/** A telephone line between a page and its server, which can be cut without either of them saying goodbye. */
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

/**
 * Lays a line to a server.
 * @param url an address of the server; its host and port are where the line ends
 */
export async function layLine(url: string): Promise<Line> {
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
    const called = connect({ host: hostname, port: Number(port) });
    keep(called);
    caller.pipe(called).pipe(caller);
    caller.once("close", () => called.destroy());
    called.once("close", () => caller.destroy());
  }

  const server = createServer((caller) => {
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
