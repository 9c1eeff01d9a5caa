import { describe, expect, test } from "vitest";
import { chosenRelease, majorOf } from "../../rig/releases";
import type { Chat } from "../plugin/chat";
import type { ChatOptions } from "../plugin/harness";
import { lendHarness } from "./lent-harness";
import { OTHER_PLUGIN } from "../plugin/other-plugin";
import { openRegistered } from "../plugin/registered";
import {
  error,
  Hold,
  inTurn,
  NS,
  result,
  type Answer,
  type Removal,
  type Room,
} from "../plugin/scripted-server";

const release = chosenRelease();

const harness = lendHarness();

/** Every look at the tab is one at a room that was quiet for long. */
const alwaysQuiet = { muc_push_quiet_ms: 0, muc_push_check_interval_ms: 100 };

/** A chat in some rooms, with the plugin, or with the plugin turned off: Converse as it comes. */
async function open(isOn: boolean, names: string[], options: ChatOptions = {}) {
  const chat = await harness().open({
    rooms: names,
    ...options,
    settings: { ...alwaysQuiet, ...options.settings, muc_push: isOn },
  });
  const rooms = names.map((name) => chat.room(name));
  if (isOn) for (const room of rooms) await chat.heard("mucPushEnabled", room);
  return { chat, server: chat.server, rooms };
}

/** Looks at the tab, and waits until Converse has done what it does then. */
async function look(chat: Chat, rooms: Room[]): Promise<unknown[]> {
  await chat.comeBack();
  const done = [];
  for (const room of rooms) done.push(await chat.rejoinIfNecessary(room));
  await chat.fence();
  return done;
}

/** Waits until Converse knows that the user was put out; 7.0.6 never does, there the plugin has to. */
const isPutOut = (chat: Chat, room: Room) =>
  majorOf(release) === 7 ? chat.hasState(room, "left") : chat.isOut(room);

const removals: Record<string, Removal> = {
  kicked: { codes: [307] },
  banned: { codes: [301] },
  expelled: { codes: [321] },
  uninvited: { codes: [322] },
};

describe("who was put out for good", () => {
  const names = Object.keys(removals);

  /** What follows in each room when the user looks at the tab after having been put out. */
  async function followUps(isOn: boolean): Promise<string[][]> {
    const { chat, rooms } = await open(isOn, names);
    const from = rooms.map((room) => room.mark());
    for (const room of rooms) {
      const [name = ""] = room.jid.split("@");
      room.removeAll(removals[name] ?? {});
      await isPutOut(chat, room);
    }
    await chat.comeBack();
    if (!isOn) for (const room of rooms) await room.nth("join", 2);
    await chat.fence();
    return rooms.map((room, index) =>
      room.order(from[index] ?? 0, "ping", "join"),
    );
  }

  test("stays out when the tab becomes visible", async () => {
    expect(await followUps(true)).toEqual(names.map(() => []));
  });

  test.skipIf(majorOf(release) === 7)(
    "is put back by Converse alone when the plugin is turned off",
    async () => {
      expect(await followUps(false)).toEqual(names.map(() => ["join"]));
    },
  );
});

const harmless: Record<string, Answer> = {
  "service-unavailable": error("service-unavailable"),
  "feature-not-implemented": error("feature-not-implemented"),
  "item-not-found": error("item-not-found"),
};

describe("a room that we are in, whatever error its ping is answered with", () => {
  const names = Object.keys(harmless);
  const prepare: ChatOptions["prepare"] = (server) => {
    for (const [name, answer] of Object.entries(harmless))
      server.room(name).onPing(() => answer);
  };

  test("is not joined anew", async () => {
    const { chat, rooms } = await open(true, names, { prepare });
    await chat.comeBack();
    for (const room of rooms) await chat.heard("mucPushChecked", room);
    await chat.fence();
    for (const room of rooms)
      expect(room.order(0, "ping", "join")).toEqual(["join", "ping"]);
  });

  test("is joined anew by Converse alone when the plugin is turned off", async () => {
    const { chat, rooms } = await open(false, names, { prepare });
    await chat.comeBack();
    for (const room of rooms) await room.nth("join", 2);
    for (const room of rooms)
      expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
  });
});

test("rejoinIfNecessary tells whether the room is being rejoined, once that is known", async () => {
  const { chat, rooms } = await open(true, ["in", "out", "kicked"]);
  const [inside, out, kicked] = rooms as [Room, Room, Room];
  out.forgetSeats();
  kicked.removeAll({ codes: [307] });
  await isPutOut(chat, kicked);
  expect(await chat.rejoinIfNecessary(inside)).toBe(false);
  expect(await chat.rejoinIfNecessary(out)).toBe(true);
  expect(await chat.rejoinIfNecessary(kicked)).toBe(false);
  await chat.heard("mucPushBack", out);
});

test("a message that bounces is sent again where the user stays, and where they are brought back", async () => {
  const { chat, rooms } = await open(true, ["garden", "balcony"]);
  const [garden, balcony] = rooms as [Room, Room];
  garden.onMessage(inTurn(error("not-acceptable"), result));
  await chat.say(garden, "Refused");
  await garden.nth("message", 2);
  await chat.heard("mucPushChecked", garden);
  expect(garden.order(0, "ping", "join")).toEqual(["join", "ping"]);

  balcony.forgetSeats();
  await chat.say(balcony, "Forgotten");
  await chat.heard("mucPushBack", balcony);
  await balcony.nth("message", 2);
  await chat.fence();
  for (const room of [garden, balcony]) {
    expect(room.count("message")).toBe(2);
    expect(await chat.bounced(room)).toEqual([]);
  }
});

test("looks at the tab during a check or a join add neither a ping nor a join", async () => {
  const { chat, server, rooms } = await open(true, ["garden"]);
  const room = rooms[0] as Room;
  const [pings, joins] = [new Hold(), new Hold()];
  room.onPing(pings.responder);
  room.onJoin(joins.responder);
  server.rebootRooms();
  await chat.comeBack();
  const ping = await pings.next();
  await chat.comeBack();
  await chat.fence();
  ping.answer(error("not-acceptable"));
  const join = await joins.next();
  await look(chat, rooms);
  expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
  join.answer(result);
  await chat.heard("mucPushBack", room);
  expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
});

test("Converse's own rejoins after a reconnect are adopted: one join a room, and no ping", async () => {
  const names = ["garden", "balcony", "orchard", "tomb", "church"];
  const { chat, server, rooms } = await open(true, names);
  server.client.dropSocket();
  for (const room of rooms) await chat.heard("mucPushEnabled", room, 2);
  await chat.fence();
  for (const room of rooms)
    expect(room.order(0, "ping", "join")).toEqual(["join", "join"]);
});

test("a room that Converse restores by itself is left to Converse until it is joined", async () => {
  const { chat, room } = await openRegistered(harness(), {
    settings: alwaysQuiet,
    server: { offersStreamManagement: true },
  });
  await chat.page.reload();
  await chat.heard("mucPushEnabled", room, 2);
  room.forgetSeats();
  await chat.comeBack();
  await chat.heard("mucPushBack", room);
  expect(room.count("join")).toBe(2);
});

describe("another plugin that overrides the same methods", () => {
  const openBeside = (order: "before" | "after") =>
    openRegistered(harness(), {
      hasArchive: true,
      otherPlugin: { source: OTHER_PLUGIN, order },
      settings: {
        ...alwaysQuiet,
        whitelisted_plugins: ["rig", "converse-muc-push", "other-plugin"],
      },
    });
  const callsOf = (chat: Chat) =>
    chat.page.evaluate(
      () => (window as unknown as { otherPlugin: object }).otherPlugin,
    );

  test.each(["before", "after"] as const)(
    "and is registered %s this one hears of each leave, after disable",
    async (order) => {
      const { chat, room } = await openBeside(order);
      await chat.leave(room);
      await room.nth("leave", 1);
      expect(room.order(0, "disable", "leave")).toEqual(["disable", "leave"]);
      expect(await callsOf(chat)).toMatchObject({ leave: 1 });
    },
  );

  test.each(["before", "after"] as const)(
    "and is registered %s this one sees messages and presences pass, and this one brings its user back",
    async (order) => {
      const { chat, room } = await openBeside(order);
      room.forgetSeats();
      room.say("juliet", "Missed");
      chat.server.push({ from: room.jid });
      await chat.heard("mucPushBack", room);
      await chat.say(room, "Back again");
      await room.nth("message", 1);
      await chat.hasMessage(room, "Missed");
      expect(await callsOf(chat)).toEqual({
        leave: 0,
        rejoinIfNecessary: 0,
        onPresence: 2,
        createMessage: 2,
        queueMessage: expect.any(Number) as number,
        refreshDiscoInfo: 1,
      });
    },
  );

  test("and is registered after this one hears of each look at a room, and one ping does for all", async () => {
    const { chat, room } = await openBeside("after");
    room.forgetSeats();
    await chat.comeBack();
    await chat.heard("mucPushBack", room);
    expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
    // Up to 10.1.2 Converse looks twice.
    const looks = majorOf(release) < 12 ? 2 : 1;
    expect(await callsOf(chat)).toMatchObject({ rejoinIfNecessary: looks });
  });
});

test("another plugin that looks at what is sent finds our requests by their namespaces", async () => {
  const { chat, rooms } = await open(true, ["garden"]);
  const [room] = rooms as [Room];
  await chat.page.evaluate((ping) => {
    const seen: unknown[] = [];
    (window as unknown as { seen: unknown[] }).seen = seen;
    const { api } = window.rig._converse as unknown as {
      api: { listen: { on(name: string, see: (sent: Element) => void): void } };
    };
    api.listen.on("send", (sent) => {
      const [found] = sent.getElementsByTagNameNS(ping, "ping");
      if (found) seen.push([sent.namespaceURI, found.parentNode === sent]);
    });
  }, NS.ping);
  await chat.check(room);
  await chat.heard("mucPushChecked", room);
  const seen = await chat.page.evaluate(
    () => (window as unknown as { seen: unknown[] }).seen,
  );
  expect(seen).toEqual([["jabber:client", true]]);
});

test("a room that does not push is kept all the same", async () => {
  const { chat, server, rooms } = await open(true, [], {
    prepare: (server) => server.room("plain").features.delete(NS.push),
  });
  expect(rooms).toEqual([]);
  const room = server.room("plain");
  await chat.join(room);
  room.onPing(() => error("item-not-found"));
  await chat.comeBack();
  await chat.heard("mucPushChecked", room);
  await chat.fence();
  expect(room.order(0, "ping", "join")).toEqual(["join", "ping"]);
});
