import { expect, test } from "vitest";
import type { ChatOptions } from "../plugin/harness";
import { lendHarness } from "./lent-harness";
import { attribute, error, Hold } from "../plugin/scripted-server";

const harness = lendHarness({ mayComplain: true });

/** Plain Converse, without the plugin, in one room. */
async function open(options: ChatOptions = {}) {
  const chat = await harness().open({ plugin: "off", ...options });
  return { chat, server: chat.server, room: chat.room() };
}

test("Converse logs in, joins, hears what is said and leaves", async () => {
  const { room, chat, server } = await open();
  expect(room.isSeated(server.client)).toBe(true);
  expect(room.nickOf(server.client)).toBe("me");

  room.say("juliet", "Good morrow");
  await chat.hasMessage(room, "Good morrow");
  expect(await chat.messages(room)).toEqual(["Good morrow"]);

  await chat.leave(room);
  await room.nth("leave", 1);
  expect(room.isSeated(server.client)).toBe(false);
});

test("Converse logs in anonymously", async () => {
  const { server, room } = await open({
    settings: {
      authentication: "anonymous",
      jid: "users.test",
      nickname: "me",
    },
  });
  expect(server.client.fullJid).toMatch(/^guest-.*@users\.test\//);
  expect(room.isSeated(server.client)).toBe(true);
});

test("a forgotten seat shows only in the answer to a self-ping, and a rejoin fetches what was missed", async () => {
  const { room, chat, server } = await open();
  room.hasArchive = true;
  expect(await chat.isJoined(room)).toBe(true);

  server.rebootRooms();
  room.say("juliet", "Is anybody there?");
  expect(await chat.isJoined(room)).toBe(false);
  expect(await chat.messages(room)).toEqual([]);

  await chat.rejoin(room);
  await chat.hasMessage(room, "Is anybody there?");
  expect(await chat.messages(room)).toEqual(["Is anybody there?"]);
  expect(room.count("join")).toBe(2);
});

test("a test decides what becomes of a ping, at once or later", async () => {
  const { room, chat } = await open();
  room.onPing(() => error("forbidden", "auth", room.jid));
  expect(await chat.isJoined(room)).toBe(false);

  const hold = new Hold();
  room.onPing(hold.responder);
  const joined = chat.isJoined(room);
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
  await chat.isOut(room);

  const hold = new Hold();
  room.onJoin(hold.responder);
  await chat.rejoin(room);
  (await hold.next()).answer({ kind: "result" });
  await chat.entered(room);
});

test("Converse sees a kick and a ban", async () => {
  const { room, chat } = await open();
  room.removeAll({ codes: [307] });
  await chat.isOut(room);
  await chat.rejoin(room);
  await chat.entered(room);
  room.removeAll({ codes: [301] });
  await chat.isOut(room);
  expect(await chat.status(room)).toBe("BANNED");
});

test("a nick is imposed on joining, asked for, and changed by the service", async () => {
  const { room, chat, server } = await open();
  await chat.hasNick(room, "me");
  await chat.askForNick(room, "romeo");
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
  expect(await chat.isJoined(room)).toBe(false);
  expect(room.count("ping")).toBe(0);
  server.mucDown = undefined;
  expect(await chat.isJoined(room)).toBe(true);
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
  const { room, chat, server } = await open({
    server: { offersStreamManagement: true },
  });
  const session = server.client;
  session.dropSocket();
  room.say("juliet", "Art thou gone?");
  await chat.hasMessage(room, "Art thou gone?");
  expect(server.client).toBe(session);
  expect(session.isConnected).toBe(true);
});

test("with stream management a reloaded page keeps its full JID and its seat", async () => {
  const { room, chat, server } = await open({
    server: { offersStreamManagement: true },
  });
  const session = server.client;
  await chat.page.reload();
  await chat.entered(room);
  expect(server.client).toBe(session);
  expect(room.count("join")).toBe(1);
});
