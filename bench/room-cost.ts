/**
 * `npm run bench:room`: what a message costs a room server with mod_muc_push and without. Prints a table in Markdown.
 *
 * The same messages are said in rooms that differ in one thing, on a server of their own each. The cost is the
 * processor time of the server's process, which does not depend on what else the machine does, for one message.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { connectRawClient, type RawClient } from "../rig/raw-client";
import { startServers, type Servers } from "../rig/servers";
import { enable, waitForPush } from "../server/conformance/acts";

/** How often each case is measured, the only argument; the table has the median. */
const RUNS = Number(process.argv[2] ?? 3);
const OCCUPANTS = 30;
const MESSAGES = 1_000;
/** Said before anything is measured. */
const WARM_UP = 200;
const PASSWORD = "secret";
/** The kernel's unit of processor time, in milliseconds. */
const TICK_MS = 10;
const SERVERS = ["prosody", "prosody-13", "ejabberd", "ejabberd-24"] as const;

interface Case {
  readonly title: string;
  readonly roomPush: boolean;
  /** Registrations of those who sit in the room. */
  readonly present: number;
  /** Registrations of those who do not. */
  readonly absent: number;
}

const CASES: readonly Case[] = [
  { title: "without the module", roomPush: false, present: 0, absent: 0 },
  { title: "nobody registered", roomPush: true, present: 0, absent: 0 },
  { title: "all registered", roomPush: true, present: OCCUPANTS, absent: 0 },
  { title: "and 30 absent", roomPush: true, present: OCCUPANTS, absent: 30 },
  { title: "and 300 absent", roomPush: true, present: OCCUPANTS, absent: 300 },
];

/** Processor time of the processes that run in a folder, in milliseconds. */
function processorTime(folder: string): number {
  let ticks = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) continue;
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks * TICK_MS;
}

async function say(speaker: RawClient, room: string, count: number) {
  const last = `last ${Math.random()}`;
  const echo = speaker.waitForNext(
    (stanza) => stanza.getChildText("body") === last,
    { timeoutMs: 120_000 },
  );
  for (let n = 1; n < count; n++)
    speaker.send(
      `<message type="groupchat" to="${room}"><body>${n}</body></message>`,
    );
  speaker.send(
    `<message type="groupchat" to="${room}"><body>${last}</body></message>`,
  );
  await echo;
}

/** Everybody who has a part in a case, logged in. */
async function setScene({ users, rooms }: Servers, scene: Case) {
  const room = `bench@${rooms.host}`;
  users.addUser("bench", PASSWORD);
  const logIn = (resource: string) =>
    connectRawClient({
      websocketUrl: users.websocketUrl,
      host: users.host,
      username: "bench",
      password: PASSWORD,
      resource,
    });
  async function register(client: RawClient) {
    const outcome = await enable(client, room, { jid: client.jid, node: "n" });
    if (outcome !== "result") throw new Error(`enable: ${outcome}`);
  }

  const seated: RawClient[] = [];
  for (let n = 0; n < OCCUPANTS; n++) {
    const client = await logIn(`seated${n}`);
    await client.joinRoom(room, `seated${n}`);
    if (n < scene.present) await register(client);
    seated.push(client);
  }
  const absentees: RawClient[] = [];
  for (let n = 0; n < scene.absent; n++) {
    const client = await logIn(`absent${n}`);
    await client.joinRoom(room, `absent${n}`);
    await register(client);
    await client.leaveRoom(room, `absent${n}`);
    client.onStanza((stanza) => {
      if (stanza.is("iq") && stanza.attrs.type === "set")
        client.answer(stanza, "result");
    });
    absentees.push(client);
  }
  return { room, seated, absentees };
}

/** @returns milliseconds of the processor for one message */
async function measure(
  roomServer: (typeof SERVERS)[number],
  scene: Case,
): Promise<number> {
  const servers = await startServers({
    roomServer,
    roomPush: scene.roomPush,
    roomArchive: false,
    roomConfig: "muc_push_max_per_user = 1000",
    ...(scene.roomPush && { ejabberdPush: { max_per_user: 1000 } }),
  });
  try {
    const { room, seated, absentees } = await setScene(servers, scene);
    const speaker = seated[0] as RawClient;
    await say(speaker, room, WARM_UP);
    // The first push to each is not part of a message's usual cost: after it comes the throttle's pause.
    for (const absentee of absentees) await waitForPush(absentee, room);
    const before = processorTime(servers.rooms.folder);
    await say(speaker, room, MESSAGES);
    const spent = processorTime(servers.rooms.folder) - before;
    for (const client of [...seated, ...absentees]) await client.close();
    return spent / MESSAGES;
  } finally {
    await servers.close();
  }
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

console.log(
  `Processor time for one message in a room of ${OCCUPANTS}, in milliseconds; median of ${RUNS} runs of ${MESSAGES} messages\n`,
);
console.log(`| | ${CASES.map(({ title }) => title).join(" | ")} |`);
console.log(`| --- |${" ---: |".repeat(CASES.length)}`);
for (const roomServer of SERVERS) {
  const row: string[] = [];
  for (const scene of CASES) {
    const values: number[] = [];
    for (let run = 0; run < RUNS; run++)
      values.push(await measure(roomServer, scene));
    row.push(median(values).toFixed(2));
  }
  console.log(`| ${roomServer} | ${row.join(" | ")} |`);
}
