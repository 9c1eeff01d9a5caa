import { describe, expect, test } from "vitest";
import type { Chat } from "../plugin/chat";
import type { ChatOptions } from "../plugin/harness";
import { directInvite, mediatedInvite } from "../plugin/invitations";
import { lendHarness } from "./lent-harness";
import {
  attribute,
  error,
  NS,
  x,
  type Element,
  type Room,
  inTurn,
  result,
} from "../plugin/scripted-server";

const HOUR_MS = 3_600_000;
const CHECK_INTERVAL_MS = 5_000;
const LONGEST_FIRST_WAIT_MS = 4_000;

const harness = lendHarness();

const hostOf = (room: Room) => room.jid.slice(room.jid.indexOf("@") + 1);

type Sender = (room: Room) => string;
type Trigger = (chat: Chat, room: Room) => Promise<void> | void;

/** A direct invitation that says that the room is ready, from whoever `senderOf` names. */
const ready =
  (senderOf: Sender): Trigger =>
  ({ server }, room) =>
    server.send(
      directInvite(senderOf(room), server.client.fullJid, room, {
        isReady: true,
      }),
    );

const bounce = (
  condition: string,
  addresses: { from: string; to: string },
): Element =>
  x(
    "message",
    { xmlns: NS.client, type: "error", id: condition, ...addresses },
    x("body", {}, "Thy lips are warm"),
    x("error", { type: "cancel" }, x(condition, { xmlns: NS.stanzaErrors })),
  );

/** The room, or somebody on the way, returns what the user says. */
const bounced =
  (condition: string): Trigger =>
  async (chat, room) => {
    room.onMessage(inTurn(error(condition), result));
    const from = room.mark();
    await chat.say(room, "Is anybody there?");
    await room.nth("message", 1, from);
  };

/** The same for something that was said before: while it is out, Converse sends nothing to a room. */
const bouncedLate =
  (condition: string): Trigger =>
  ({ server }, room) =>
    server.send(
      bounce(condition, { from: room.jid, to: server.client.fullJid }),
    );

/** What the room itself says: proof that it is there. */
const ownWords: Record<string, Trigger> = {
  "a push": ({ server }, room) => void server.push({ from: room.jid }),
  "a ready invite from the room": ready((room) => room.jid),
  "a ready invite from its service": ready(hostOf),
};

/** What others say, or what is found out without it. */
const hints: Record<string, Trigger> = {
  "a ready invite from a stranger": ready(() => "eve@else.test/x"),
  "a ready invite from another room": ready((room) => `attic@${hostOf(room)}`),
  "a ready invite from an occupant": ready((room) => `${room.jid}/juliet`),
  "a ready invite from the own occupant": ready((room) => `${room.jid}/me`),
  "a ready invite from another service": ready(() => "else.test"),
  "a ready invite from the user's server": ready(() => "users.test"),
  "a direct invite": ({ server }, room) =>
    server.send(
      directInvite("juliet@users.test/x", server.client.fullJid, room),
    ),
  "a mediated invite": ({ server }, room) =>
    server.send(
      mediatedInvite("juliet@users.test", server.client.fullJid, room),
    ),
  "another plugin's call": (chat, room) => chat.check(room),
};

const triggers = { ...ownWords, ...hints };

const BOUNCES = [
  "not-acceptable",
  "remote-server-not-found",
  "remote-server-timeout",
];
const bounces = (of: (condition: string) => Trigger): Record<string, Trigger> =>
  Object.fromEntries(
    BOUNCES.map((condition) => [
      `a message bounced with ${condition}`,
      of(condition),
    ]),
  );

/** One room for each name, on a host of its own. */
async function openRunning(names: string[], options: ChatOptions = {}) {
  const jids = names.map((_name, index) => `garden@host-${index}.test`);
  const chat = await harness().open({ rooms: jids, ...options });
  const rooms = new Map(
    names.map((name, index) => [name, chat.room(jids[index])]),
  );
  for (const room of rooms.values()) await chat.heard("mucPushEnabled", room);
  await watchInvitations(chat);
  return { chat, server: chat.server, clock: chat.page.clock, rooms };
}

/** The same, in a page whose time stands still from now on. */
async function open(names: string[]) {
  const opened = await openRunning(names, { isTimeScripted: true });
  await opened.chat.stopTime();
  return opened;
}

/** Writes down which rooms Converse takes its user to be invited to. */
const watchInvitations = (chat: Chat) =>
  chat.page.evaluate(() => {
    const invitations: unknown[] = [];
    Object.assign(window, { invitations });
    const { api } = window.rig._converse as unknown as {
      api: {
        listen: {
          on(
            name: string,
            hook: (asked: { jid: string }, isAccepted: boolean) => boolean,
          ): void;
        };
      };
    };
    api.listen.on("confirmDirectMUCInvitation", ({ jid }, isAccepted) => {
      invitations.push(jid);
      return isAccepted;
    });
  });

const invitations = (chat: Chat) =>
  chat.page.evaluate(
    () => (window as unknown as { invitations: string[] }).invitations,
  );

describe("each of these starts one check", () => {
  test("of a room that is believed joined, and nothing else where it is", async () => {
    const all = { ...triggers, ...bounces(bounced) };
    const { chat, clock, rooms } = await open(Object.keys(all));
    for (const [name, trigger] of Object.entries(all)) {
      const room = rooms.get(name) as Room;
      await trigger(chat, room);
      await chat.heard("mucPushChecked", room);
    }
    await clock.runFor(2 * CHECK_INTERVAL_MS);
    await chat.fence();
    for (const [name, room] of rooms) {
      const followed = room.order(0, "ping", "join");
      expect([name, ...followed]).toEqual([name, "join", "ping"]);
    }
    expect(await invitations(chat)).toEqual([]);
  });

  test("of a room that has forgotten the user, and brings them back with one join", async () => {
    const all = { ...triggers, ...bounces(bounced) };
    const { chat, clock, rooms } = await open(Object.keys(all));
    chat.server.rebootRooms();
    for (const [name, trigger] of Object.entries(all)) {
      const room = rooms.get(name) as Room;
      await trigger(chat, room);
      await chat.heard("mucPushBack", room);
      await chat.heard("mucPushEnabled", room, 2);
    }
    await clock.runFor(2 * CHECK_INTERVAL_MS);
    await chat.fence();
    for (const [name, room] of rooms) {
      const followed = room.order(0, "ping", "join");
      expect([name, ...followed]).toEqual([name, "join", "ping", "join"]);
      expect(chat.allHeard("mucPushOut", room)).toHaveLength(1);
    }
  });
});

test("known to be out, the room's own word leads to a join at once, everything else to a ping before it", async () => {
  const all = { ...triggers, ...bounces(bouncedLate) };
  const { chat, clock, rooms } = await open(Object.keys(all));
  for (const [name, trigger] of Object.entries(all)) {
    const room = rooms.get(name) as Room;
    const from = room.mark();
    room.removeAll({ codes: [332] });
    await chat.heard("mucPushOut", room);
    await trigger(chat, room);
    await chat.heard("mucPushBack", room);
    const pings = name in ownWords ? [] : ["ping"];
    const followed = room.order(from, "ping", "join");
    expect([name, ...followed]).toEqual([name, ...pings, "join"]);
  }
  await clock.runFor(2 * LONGEST_FIRST_WAIT_MS);
  await chat.fence();
  for (const [name, room] of rooms)
    expect([name, room.count("join")]).toEqual([name, 2]);
  expect(await invitations(chat)).toEqual([]);
});

test("a ready invite to a room whose chat is still open but was left puts nobody back", async () => {
  const { chat, rooms } = await open(["left"]);
  const room = rooms.get("left") as Room;
  await chat.leave(room);
  await room.nth("leave", 1);
  const from = room.mark();
  for (const trigger of Object.values(ownWords)) await trigger(chat, room);
  await chat.fence();
  expect(room.order(from, "ping", "join")).toEqual([]);
  expect(await chat.state(room)).toBe("left");
});

/** By the reason that the plugin gives. */
const removals = {
  shutdown: { codes: [332] },
  "shutdown, from the room's bare JID": { fromRoom: true },
  "technical-problem": { codes: [333] },
  "technical-problem, and called a kick": { codes: [307, 333] },
  unavailable: {},
};

test("who is put out for now is checked: at once when the room gives no reason, otherwise after a pause", async () => {
  const { chat, clock, rooms } = await open(Object.keys(removals));
  for (const [name, removal] of Object.entries(removals)) {
    const room = rooms.get(name) as Room;
    const from = room.mark();
    room.removeAll(removal);
    const out = await chat.heard("mucPushOut", room);
    expect(out.payload?.["reason"]).toBe(name.split(",")[0]);
    await chat.fence();
    const isAtOnce = name.startsWith("unavailable");
    if (!isAtOnce) {
      expect([name, room.count("ping")]).toEqual([name, 0]);
      expect(await chat.report(room)).toMatchObject({ state: "waiting" });
    }
    await clock.runFor(isAtOnce ? 0 : LONGEST_FIRST_WAIT_MS);
    await chat.heard("mucPushBack", room);
    const followed = room.order(from, "ping", "join");
    expect([name, ...followed]).toEqual([name, "ping", "join"]);
  }
});

const harmless = [
  "bad-request",
  "conflict",
  "feature-not-implemented",
  "forbidden",
  "internal-server-error",
  "not-allowed",
  "not-authorized",
  "policy-violation",
  "recipient-unavailable",
  "registration-required",
  "resource-constraint",
  "service-unavailable",
  "unexpected-request",
];

test("a message that bounces with any other error starts nothing, nor does a private one to somebody who has gone", async () => {
  const { chat, server, rooms } = await open(["garden"]);
  const room = rooms.get("garden") as Room;
  for (const condition of harmless) await bounced(condition)(chat, room);
  const [from, to] = [`${room.jid}/juliet`, server.client.fullJid];
  server.send(bounce("item-not-found", { from, to }));
  await chat.fence();
  expect(room.order(0, "ping", "join")).toEqual(["join"]);
  expect(room.count("message")).toBe(harmless.length);
});

test("bounces by the dozen cost one check, and one more at the end of the interval", async () => {
  const { chat, clock, rooms } = await openRunning(["garden"], {
    isTimeScripted: true,
    // Converse itself has a look at the room after each error, whenever it gets to it: a quiet room is asked.
    settings: { muc_push_quiet_ms: HOUR_MS },
  });
  await chat.stopTime();
  const room = rooms.get("garden") as Room;
  const { server } = chat;
  const addresses = { from: room.jid, to: server.client.fullJid };
  for (let count = 0; count < 12; count++)
    server.send(bounce("not-acceptable", addresses));
  await chat.heard("mucPushChecked", room);
  await chat.fence();
  expect(room.count("ping")).toBe(1);
  await clock.runFor(CHECK_INTERVAL_MS);
  await chat.heard("mucPushChecked", room, 2);
  await clock.runFor(10 * CHECK_INTERVAL_MS);
  await chat.fence();
  expect(room.count("ping")).toBe(2);
  expect(room.count("join")).toBe(1);
});

test("what a bounced message is checked with is the nick that the room confirmed", async () => {
  const { chat, rooms } = await open(["garden"]);
  const room = rooms.get("garden") as Room;
  room.rename(chat.server.client, "montague");
  await chat.hasNick(room, "montague");
  await bounced("not-acceptable")(chat, room);
  const ping = await room.nth("ping", 1);
  expect(attribute(ping, "to")).toBe(`${room.jid}/montague`);
});
