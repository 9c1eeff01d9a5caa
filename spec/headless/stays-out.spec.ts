import { expect, test } from "vitest";
import type { Chat } from "../plugin/chat";
import { directInvite } from "../plugin/invitations";
import type { Removal, Room } from "../plugin/scripted-server";
import { lendHarness } from "./lent-harness";

const HOUR_MS = 3_600_000;

const harness = lendHarness();

type Ending = (chat: Chat, room: Room) => Promise<void> | void;

const removed =
  (removal: Removal): Ending =>
  (_chat, room) =>
    room.removeAll(removal);

/** By the reason that the plugin gives. */
const endings: Record<string, Ending> = {
  kicked: removed({ codes: [307] }),
  banned: removed({ codes: [301] }),
  "affiliation-lost": removed({ codes: [321] }),
  "members-only": removed({ codes: [322] }),
  destroyed: removed({ destroy: {} }),
  left: (chat, room) => chat.leave(room),
};

/** Everything that would start a check of a room that the user wants to be in. */
async function tempt(chat: Chat, room: Room, node: string): Promise<void> {
  const { server } = chat;
  const to = server.client.fullJid;
  const host = room.jid.slice(room.jid.indexOf("@") + 1);
  server.push({ from: room.jid, node });
  for (const from of [room.jid, host])
    server.send(directInvite(from, to, room, { isReady: true }));
  server.send(directInvite("juliet@users.test/x", to, room));
  await chat.check(room);
}

test("who was put out for good, or left, is not put back by anything that happens later", async () => {
  const names = Object.keys(endings);
  const chat = await harness().open({ rooms: names, isTimeScripted: true });
  for (const name of names) await chat.heard("mucPushEnabled", chat.room(name));
  await chat.stopTime();
  const marks = new Map<string, number>();
  for (const [reason, end] of Object.entries(endings)) {
    const room = chat.room(reason);
    const node = room.registrations.get(chat.server.client.fullJid) as string;
    await end(chat, room);
    await chat.heard("mucPushDisabled", room);
    await chat.fence();
    marks.set(reason, room.mark());
    await tempt(chat, room, node);
  }
  await chat.page.clock.runFor(HOUR_MS);
  await chat.comeBack();
  await chat.comeOnline();
  await chat.fence();
  await chat.page.clock.runFor(HOUR_MS);
  await chat.fence();
  for (const [reason, from] of marks) {
    const room = chat.room(reason);
    const followed = room.order(from, "ping", "join", "enable");
    expect([reason, ...followed]).toEqual([reason]);
    expect(await chat.report(room)).toMatchObject({ state: "left", reason });
    const givenUp = chat.allHeard("mucPushGivenUp", room);
    expect([reason, givenUp.length]).toEqual([
      reason,
      reason === "left" ? 0 : 1,
    ]);
  }
});

test("who was put out for good can join again, and is kept again", async () => {
  const names = Object.keys(endings).filter((name) => name !== "destroyed");
  const chat = await harness().open({ rooms: names });
  for (const name of names) {
    const room = chat.room(name);
    await chat.heard("mucPushEnabled", room);
    await endings[name]?.(chat, room);
    await chat.heard("mucPushDisabled", room);
    await chat.rejoin(room);
    await chat.heard("mucPushEnabled", room, 2);
    room.forgetSeats();
    chat.server.push({ from: room.jid });
    await chat.heard("mucPushBack", room);
  }
});

test("a room that Converse leaves for activity indicators stays left until it is shown", async () => {
  const chat = await harness().open({
    settings: { muc_subscribe_to_rai: true, muc_push_quiet_ms: 0 },
    prepare: (server) => {
      for (const name of ["garden", "balcony"])
        server.room(name).affiliation = "member";
    },
  });
  const [garden, balcony] = [chat.room("garden"), chat.room("balcony")];
  await chat.heard("mucPushEnabled", garden);
  await chat.show(balcony);
  await garden.nth("leave", 1);
  await chat.hasState(garden, "left");
  const from = garden.mark();
  await chat.comeBack();
  await chat.comeOnline();
  chat.server.push({ from: garden.jid, node: "stale" });
  await chat.fence();
  expect(garden.order(from, "ping", "join")).toEqual([]);

  await chat.show(garden);
  await chat.hasState(garden, "joined");
  await chat.fence();
  expect(garden.order(from, "ping", "join")).toEqual(["join"]);
});
