/** What takes its time before a join goes out is looked at again: the user may want something else by then. */
import { expect, test } from "vitest";
import type { Chat } from "../plugin/chat";
import { lendHarness } from "./lent-harness";
import { openRegistered, QUICK } from "../plugin/registered";
import { Hold, result } from "../plugin/scripted-server";

const harness = lendHarness();

/** Another plugin has a say in each join, and takes its time; each call of `let` lets one go. */
const holdJoins = (chat: Chat) =>
  chat.page.evaluate(() => {
    const held: (() => void)[] = [];
    (window as unknown as { held: (() => void)[] }).held = held;
    const { api } = window.rig._converse as unknown as {
      api: {
        listen: {
          on(
            name: string,
            hook: (room: unknown, stanza: unknown) => unknown,
          ): void;
        };
      };
    };
    api.listen.on(
      "constructedMUCPresence",
      (_room, stanza) =>
        new Promise((resolve) => held.push(() => resolve(stanza))),
    );
  });

const joinIsHeld = (chat: Chat, count = 1) =>
  chat.page.waitForFunction(
    (count) =>
      (window as unknown as { held: (() => void)[] }).held.length === count,
    count,
  );

const letJoins = (chat: Chat) =>
  chat.page.evaluate(() => {
    const { held } = window as unknown as { held: (() => void)[] };
    for (const go of held.splice(0)) go();
  });

test("a room that is closed while Converse asks about it does not come back, and the other one is still asked for", async () => {
  const { chat, server, room } = await openRegistered(harness(), {
    rooms: ["garden", "library"],
    settings: QUICK,
  });
  const library = chat.room("library");
  await chat.heard("mucPushEnabled", library);
  const hold = new Hold();
  room.onInfo(hold.responder);
  const mark = room.mark();
  server.client.dropSocket();
  const info = await hold.next();
  await chat.closeRoom(room);
  info.answer(result);
  await chat.hasState(library, "joined");
  await chat.fence();
  expect(room.order(mark, "join")).toEqual([]);
  expect((await chat.report(room))?.state ?? "left").toBe("left");
  const back = chat.events.mark();
  library.forgetSeats();
  server.push({ from: library.jid });
  await chat.heard("mucPushBack", library, 1, back);
});

test("who leaves while the way back is being made stays out", async () => {
  const { chat, server, room } = await openRegistered(harness(), {
    settings: QUICK,
  });
  await holdJoins(chat);
  const mark = room.mark();
  room.forgetSeats();
  server.push({ from: room.jid });
  await joinIsHeld(chat);
  await chat.leave(room);
  await letJoins(chat);
  await chat.fence();
  expect(room.order(mark, "join")).toEqual([]);
  expect(await chat.state(room)).toBe("left");
});

test("who leaves while a way back is being made that Converse shows stays out", async () => {
  const { chat, server, room } = await openRegistered(harness(), {
    settings: QUICK,
  });
  await chat.page.evaluate((jid) => {
    const session = window.rig.chat(jid)?.session as unknown as {
      save(attributes: object): void;
    };
    session.save({ connection_status: 4 });
  }, room.jid);
  await holdJoins(chat);
  const mark = room.mark();
  room.forgetSeats();
  server.push({ from: room.jid });
  await joinIsHeld(chat);
  await chat.leave(room);
  await letJoins(chat);
  await chat.fence();
  expect(room.order(mark, "join")).toEqual([]);
});

test("who joins by hand while the way back is being made joins once", async () => {
  const { chat, server, room } = await openRegistered(harness(), {
    settings: QUICK,
  });
  await holdJoins(chat);
  const mark = room.mark();
  room.forgetSeats();
  server.push({ from: room.jid });
  await joinIsHeld(chat);
  void chat.rejoin(room);
  await joinIsHeld(chat, 2);
  await chat.page.evaluate(() => {
    const { held } = window as unknown as { held: (() => void)[] };
    for (const go of held.splice(0).reverse()) go();
  });
  await chat.hasState(room, "joined");
  await chat.fence();
  expect(room.count("join", mark)).toBe(1);
});
