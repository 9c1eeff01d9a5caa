/** The line between a page and its server: as long as it says, in order, and nothing lost on it. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { layLine, type Line } from "../../rig/line";

const DELAY_MS = 50;
/** Timers count whole milliseconds of a clock of their own. */
const ROUNDING_MS = 2;

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Call {
  readonly socket: Socket;
  readonly line: Line;
  /** Resolves when the server has answered a call that does not take the line. */
  pastTheLine(): Promise<void>;
}

/** A server that says everything back, over a line. */
async function callEcho(delayMs: number): Promise<Call> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(async () => void server.close());
  const { port } = server.address() as AddressInfo;
  const line = await layLine(`http://127.0.0.1:${port}`, { delayMs });
  undo.push(() => line.close());
  const { hostname, port: end } = new URL(line.over("http://127.0.0.1:1"));
  const socket = connect({
    host: hostname,
    port: Number(end),
    noDelay: true,
    allowHalfOpen: true,
  });
  undo.push(async () => void socket.destroy());
  async function pastTheLine(): Promise<void> {
    const other = connect({ host: "127.0.0.1", port });
    other.write("?");
    await once(other, "data");
    other.destroy();
  }
  return { socket, line, pastTheLine };
}

test("a line with a delay takes it in each direction", async () => {
  const { socket } = await callEcho(DELAY_MS);
  await once(socket, "connect");
  const sentAt = performance.now();
  socket.write("are you there?");
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toBe("are you there?");
  expect(performance.now() - sentAt).toBeGreaterThanOrEqual(
    2 * DELAY_MS - ROUNDING_MS,
  );
});

test("what is on the line arrives in order and completely, also when its sender has hung up", async () => {
  const { socket } = await callEcho(DELAY_MS);
  const words = Array.from({ length: 500 }, (_, n) => `${n};`);
  for (const word of words) socket.write(word);
  socket.end();
  let heard = "";
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  await once(socket, "close");
  expect(heard).toBe(words.join(""));
});

test("what was sent over a paused line arrives when it is resumed", async () => {
  const { socket, line, pastTheLine } = await callEcho(0);
  await once(socket, "connect");
  const chunks: string[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  line.pause();
  socket.write("one;");
  // By the time that a call past the line is answered, the other would have been.
  await pastTheLine();
  expect(chunks).toEqual([]);
  line.resume();
  while (!chunks.join("").includes("one;")) await once(socket, "data");
  expect(chunks.join("")).toBe("one;");
});
