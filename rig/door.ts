/** One TCP address behind which now one server answers and now another, as in front of a cluster. */
import { createServer, connect, type Server, type Socket } from "node:net";
import { waitUntilUnlinked } from "./links";

export interface Door {
  /** From now on everybody gets to the server at this address; who is inside has to come in anew. */
  leadTo(address: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens at `address`, and leads to servers on the same port of other addresses. */
export async function openDoor(address: string, port: number): Promise<Door> {
  let behind: string | undefined;
  const inside = new Set<Socket>();
  /** Where the visitors have come from. */
  const ports = new Map<Socket, number>();

  const server: Server = createServer((visitor) => {
    if (behind === undefined) return void visitor.destroy();
    const host = connect(port, behind);
    if (visitor.remotePort !== undefined)
      ports.set(visitor, visitor.remotePort);
    for (const [socket, other] of [
      [visitor, host],
      [host, visitor],
    ] as const) {
      inside.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        inside.delete(socket);
        ports.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port }, resolve);
  });

  function clear(): void {
    for (const socket of inside) socket.destroy();
  }

  return {
    async leadTo(next) {
      behind = next;
      const left = [...ports.values()];
      clear();
      await waitUntilUnlinked(address, left);
    },
    close() {
      clear();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
