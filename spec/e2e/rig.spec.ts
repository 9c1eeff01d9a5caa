/** What the rig itself can do, and the control of all other end-to-end tests: the same story without the plugin. */
import { afterEach, expect, test } from "vitest";
import { launchBrowser } from "../../rig/browser";
import { openChatPage } from "../../rig/chat-page";
import { startPageServer } from "../../rig/page-server";
import { chosenRelease } from "../../rig/releases";
import type { RawClient } from "../../rig/raw-client";
import {
  type Servers,
  type ServersOptions,
  startServers,
} from "../../rig/servers";
import { connectUser } from "./stage";

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function start(options: ServersOptions): Promise<Servers> {
  const servers = await startServers(options);
  undo.push(() => servers.close());
  return servers;
}

async function logIn(servers: Servers, username: string): Promise<RawClient> {
  const client = await connectUser(servers, username);
  undo.push(() => client.drop());
  return client;
}

const ping = (to: string): string =>
  `<iq type="get" to="${to}"><ping xmlns="urn:xmpp:ping"/></iq>`;
const errorOf = (iq: { getChild(name: string): unknown }): string =>
  String(iq.getChild("error"));

test("two users of one server meet in a room of the other, and the trace shows it", async () => {
  const servers = await start({ roomPush: false });
  const room = `lobby@${servers.rooms.host}`;
  const alice = await logIn(servers, "alice");
  const bob = await logIn(servers, "bob");
  await alice.joinRoom(room, "alice");
  await bob.joinRoom(room, "bob");
  await bob.say(room, "hello");

  await alice.waitFor((stanza) => stanza.getChildText("body") === "hello");
  const arrived = await servers.waitForTrace(
    ({ direction, xml }) => direction === "in" && xml.includes("hello"),
  );
  const copies = servers
    .trace()
    .filter(
      ({ direction, xml }) => direction === "out" && xml.includes("hello"),
    );
  expect(arrived.stanza.attrs.from).toBe(bob.jid);
  expect(copies.map(({ stanza }) => stanza.attrs.to as string).sort()).toEqual(
    [alice.jid, bob.jid].sort(),
  );
});

test("after SIGKILL and restart the room is there and its occupants are not", async () => {
  const servers = await start({ roomPush: false });
  const room = `lobby@${servers.rooms.host}`;
  const alice = await logIn(servers, "alice");
  await alice.joinRoom(room, "alice");
  await alice.configureRoom(room, { persistent: true });
  expect((await alice.request(ping(`${room}/alice`))).attrs.type).toBe(
    "result",
  );

  await servers.rooms.kill();
  expect(servers.rooms.running).toBe(false);
  expect(errorOf(await alice.request(ping(`${room}/alice`)))).toContain(
    "remote-server-not-found",
  );

  await servers.rooms.start();
  expect(errorOf(await alice.request(ping(`${room}/alice`)))).toContain(
    "not-acceptable",
  );
});

test("after SIGTERM and restart the occupants still have their seats", async () => {
  const servers = await start({ roomPush: false });
  const room = `lobby@${servers.rooms.host}`;
  const alice = await logIn(servers, "alice");
  await alice.joinRoom(room, "alice");

  await servers.rooms.terminate();
  await servers.rooms.start();

  expect((await alice.request(ping(`${room}/alice`))).attrs.type).toBe(
    "result",
  );
});

test("without the plugin an idle page stays out after a crash and misses what is said", async () => {
  const servers = await start({ roomPush: true });
  const room = `lobby@${servers.rooms.host}`;
  const bob = await logIn(servers, "bob");
  await bob.joinRoom(room, "bob");
  await bob.configureRoom(room, { persistent: true });
  await bob.say(room, "before the crash");

  const pageServer = await startPageServer();
  undo.push(() => pageServer.close());
  const browser = await launchBrowser();
  undo.push(() => browser.close());
  servers.users.addUser("alice", "secret");
  const alice = await openChatPage({
    browser,
    pageServer,
    users: servers.users,
    username: "alice",
    password: "secret",
    rooms: [{ jid: room, nick: "alice" }],
    plugin: "off",
  });
  expect(await alice.converseVersion()).toBe(chosenRelease());
  await alice.waitForMessage(room, "before the crash");
  await bob.say(room, "still here");
  await alice.waitForMessage(room, "still here");

  const crashedAt = Date.now();
  await servers.rooms.kill();
  await servers.rooms.start();
  await bob.joinRoom(room, "bob");
  for (const body of ["one", "two", "three"]) await bob.say(room, body);
  // What bob says to alice directly comes after all that the room could have sent.
  bob.send(
    `<message type="chat" to="alice@${servers.users.host}"><body>are you there?</body></message>`,
  );
  await alice.waitForMessage(bob.jid.split("/")[0] as string, "are you there?");

  expect(await alice.modelMessages(room)).toEqual([
    "before the crash",
    "still here",
  ]);
  expect(await alice.roomStatus(room)).toBe("ENTERED");
  const fromAlice = servers
    .trace()
    .filter(
      ({ at, direction, xml }) =>
        at >= crashedAt && direction === "in" && xml.includes("alice@"),
    );
  expect(fromAlice).toEqual([]);
});
