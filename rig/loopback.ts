/** Loopback addresses of one's own: IP domains always talk on port 5269, so each server needs its own address. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

const S2S_PORT = 5269;
/** Attempts per address; a collision among sixteen million addresses is rare already. */
const ATTEMPTS = 50;

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host, port, exclusive: true }, () =>
      probe.close(() => resolve(true)),
    );
  });
}

/**
 * Picks random addresses in 127.0.0.0/8 on which port 5269 is free.
 * @param count how many, all different
 * @throws Error when none is free after many attempts
 */
export async function takeLoopbackAddresses(count: number): Promise<string[]> {
  const taken = new Set<string>();
  for (let attempt = 0; taken.size < count; attempt++) {
    if (attempt >= ATTEMPTS * count)
      throw new Error(`no loopback address has port ${S2S_PORT} free`);
    const address = `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
    if (!taken.has(address) && (await canListen(address, S2S_PORT)))
      taken.add(address);
  }
  return [...taken];
}
