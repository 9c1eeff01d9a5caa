/** The room says, without being asked, that it does not have the user; or has them without having been asked. */
import { expect, test } from "vitest";
import type { Chat } from "../plugin/chat";
import { openRegistered, QUICK } from "../plugin/registered";
import { error, inTurn, result, type Room } from "../plugin/scripted-server";
import { changeStatus } from "../plugin/status";
import { lendHarness } from "./lent-harness";

const harness = lendHarness();

const open = () =>
  openRegistered(harness(), {
    hasArchive: true,
    settings: { ...QUICK, idle_presence_timeout: 0 },
  });

test("a change of status that the room takes for a join: what was missed is fetched, and the registration is renewed", async () => {
  const { chat, room } = await open();
  room.strangersPresence = "a join";
  room.forgetSeats();
  room.say("juliet", "said while nobody was there");
  const from = room.mark();
  await changeStatus(chat);
  await chat.hasMessage(room, "said while nobody was there");
  await room.nth("enable", 1, from);
  await chat.fence();
  expect(room.order(from, "ping", "join")).toEqual([]);
  expect(await chat.messages(room)).toEqual(["said while nobody was there"]);
});

test("a room that may not be made by everybody, and is made again by its owner some seconds later, is not given up", async () => {
  const { chat, server, room } = await open();
  const gone = error("item-not-found", "cancel", server.mucDomain);
  room.onPing(inTurn(gone, gone, gone, result));
  room.onJoin(inTurn(error("not-allowed"), error("forbidden", "auth"), result));
  room.forgetSeats();
  server.push({ from: room.jid });
  await chat.heard("mucPushBack", room);
  expect(room.isSeated(server.client)).toBe(true);
  expect(chat.allHeard("mucPushGivenUp", room)).toEqual([]);
});

test("a ban is a ban, also after a crash", async () => {
  const { chat, server, room } = await open();
  room.onJoin(() => error("forbidden", "auth"));
  room.forgetSeats();
  server.push({ from: room.jid });
  const { payload } = await chat.heard("mucPushGivenUp", room);
  expect(payload?.["reason"]).toBe("banned");
});

test("what was typed while away stays when Converse leaves the room for activity indicators, and goes out when it is shown again", async () => {
  const chat = await harness().open({
    settings: { ...QUICK, muc_subscribe_to_rai: true },
    prepare: (server) => {
      for (const name of ["garden", "balcony"]) {
        server.room(name).affiliation = "member";
        server.room(name).hasArchive = true;
      }
    },
  });
  const [garden, balcony] = [chat.room("garden"), chat.room("balcony")];
  await chat.heard("mucPushEnabled", garden);
  await typeAndPark(chat, garden, balcony);
  await chat.show(garden);
  await chat.hasState(garden, "joined");
  const sent = await garden.nth("message", 2);
  expect(sent.getChildText("body")).toBe("typed");
  await chat.fence();
  expect(garden.archive.entries).toHaveLength(1);
});

/** A message bounces; before the room has the user back, they look at another one. */
async function typeAndPark(chat: Chat, garden: Room, balcony: Room) {
  garden.onPing(() => error("remote-server-timeout", "wait"));
  garden.onMessage(inTurn(error("not-acceptable"), result));
  await chat.say(garden, "typed");
  await chat.hasState(garden, "waiting");
  await chat.show(balcony);
  await garden.nth("leave", 1);
  await chat.hasState(garden, "left");
}
