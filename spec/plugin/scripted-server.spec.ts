import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Chat } from "./chat";
import { openBrowser, openChat, type ChatOptions } from "./harness";
import {
  attribute,
  error,
  Hold,
  ScriptedServer,
  type ServerOptions,
} from "./scripted-server";

const DISCONNECTED = 4;
const BANNED = 7;

let browser: Browser;
let server: ScriptedServer;
let chat: Chat | undefined;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
});

afterEach(async () => {
  await chat?.close();
  await server.stop();
});

/** Plain Converse, without the plugin, in the room "garden". */
async function open(
  serverOptions: ServerOptions = {},
  chatOptions: ChatOptions = {},
) {
  server = await ScriptedServer.start(serverOptions);
  const room = server.room("garden");
  chat = await openChat(browser, server, {
    rooms: [room],
    withPlugin: false,
    ...chatOptions,
  });
  return { server, room, chat };
}

/** Converse's own self-ping. */
function isJoined(inChat: Chat, jid: string): Promise<boolean> {
  return inChat.page.evaluate(
    async (jid) => (await window.probedRoom(jid)).isJoined(),
    jid,
  );
}

test("Converse logs in, joins, hears what is said and leaves", async () => {
  const { room, chat } = await open();
  expect(room.isSeated(server.client)).toBe(true);
  expect(room.nickOf(server.client)).toBe("me");

  room.say("juliet", "Good morrow");
  await chat.hasMessages(room, 1);
  expect(await chat.bodies(room)).toEqual(["Good morrow"]);

  await chat.leave(room);
  await room.nth("leave", 1);
  expect(room.isSeated(server.client)).toBe(false);
});

test("Converse logs in anonymously", async () => {
  const { server, room } = await open(
    {},
    {
      settings: {
        authentication: "anonymous",
        jid: "users.test",
        nickname: "me",
      },
    },
  );
  expect(server.client.fullJid).toMatch(/^guest-.*@users\.test\//);
  expect(room.isSeated(server.client)).toBe(true);
});

test("a forgotten seat shows only in the answer to a self-ping, and a rejoin fetches what was missed", async () => {
  const { room, chat, server } = await open();
  room.hasArchive = true;
  expect(await isJoined(chat, room.jid)).toBe(true);

  server.rebootRooms();
  room.say("juliet", "Is anybody there?");
  expect(await isJoined(chat, room.jid)).toBe(false);
  expect(await chat.bodies(room)).toEqual([]);

  await chat.rejoin(room);
  await chat.hasMessages(room, 1);
  expect(await chat.bodies(room)).toEqual(["Is anybody there?"]);
  expect(room.count("join")).toBe(2);
});

test("a test decides what becomes of a ping, at once or later", async () => {
  const { room, chat } = await open();
  room.onPing(() => error("forbidden", "auth", room.jid));
  expect(await isJoined(chat, room.jid)).toBe(false);

  const hold = new Hold();
  room.onPing(hold.responder);
  const joined = isJoined(chat, room.jid);
  const held = await hold.next();
  expect(attribute(held.request, "to")).toBe(`${room.jid}/me`);
  held.answer({ kind: "result" });
  expect(await joined).toBe(true);
  expect(room.count("ping")).toBe(2);
});

test("a refused join leaves Converse out, one accepted later lets it in", async () => {
  const { room, chat } = await open();
  room.onJoin(() => error("registration-required", "auth"));
  await chat.rejoin(room);
  await chat.hasStatus(room, DISCONNECTED);

  const hold = new Hold();
  room.onJoin(hold.responder);
  await chat.rejoin(room);
  (await hold.next()).answer({ kind: "result" });
  await chat.entered(room);
});

test("Converse sees a kick and a ban", async () => {
  const { room, chat } = await open();
  room.removeAll({ codes: [307] });
  await chat.hasStatus(room, DISCONNECTED);
  await chat.rejoin(room);
  await chat.entered(room);
  room.removeAll({ codes: [301] });
  await chat.hasStatus(room, BANNED);
});

test("a nick is imposed on joining, asked for, and changed by the service", async () => {
  const { room, chat, server } = await open();
  expect(await chat.nick(room)).toBe("me");
  await chat.rename(room, "romeo");
  await chat.hasNick(room, "romeo");

  room.rename(server.client, "montague");
  await chat.hasNick(room, "montague");

  room.imposedNick = "registered";
  await chat.rejoin(room);
  await chat.hasNick(room, "registered");
});

test("the users' server answers for the rooms' server while that one is away", async () => {
  const { room, chat, server } = await open();
  server.mucDown = { condition: "remote-server-not-found", type: "cancel" };
  expect(await isJoined(chat, room.jid)).toBe(false);
  expect(room.count("ping")).toBe(0);
  server.mucDown = undefined;
  expect(await isJoined(chat, room.jid)).toBe(true);
});

test("without stream management a dropped socket costs the seat", async () => {
  const { room, server } = await open();
  const before = server.client;
  before.dropSocket();
  await room.nth("join", 2);
  expect(server.client).not.toBe(before);
  expect(server.client.fullJid).toBe(before.fullJid);
  expect(room.isSeated(before)).toBe(false);
});

test("with stream management a dropped socket is resumed and what was sent meanwhile arrives", async () => {
  const { room, chat, server } = await open(
    { offersStreamManagement: true },
    { settings: { enable_smacks: true } },
  );
  const session = server.client;
  session.dropSocket();
  room.say("juliet", "Art thou gone?");
  await chat.hasMessages(room, 1);
  expect(server.client).toBe(session);
  expect(session.isConnected).toBe(true);
});

test("with stream management a reloaded page keeps its full JID and its seat", async () => {
  const { room, chat, server } = await open(
    { offersStreamManagement: true },
    { settings: { enable_smacks: true } },
  );
  const session = server.client;
  await chat.page.reload();
  await chat.entered(room);
  expect(server.client).toBe(session);
  expect(room.count("join")).toBe(1);
});
