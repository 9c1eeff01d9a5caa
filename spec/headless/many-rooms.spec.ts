import { describe, expect, test } from "vitest";
import type { Chat } from "../plugin/chat";
import { Gauge } from "../plugin/gauge";
import type { ChatOptions } from "../plugin/harness";
import { directInvite } from "../plugin/invitations";
import { lendHarness } from "./lent-harness";
import {
  error,
  Hold,
  never,
  result,
  type Room,
} from "../plugin/scripted-server";

const MANY = 100;
const CONCURRENT_JOINS = 3;
const QUIET_MS = 30_000;
const JOIN_TIMEOUT_MS = 60_000;

const harness = lendHarness();

const roomsAt = (host: string, count: number) =>
  Array.from({ length: count }, (_, index) => `room-${index}@${host}`);

/** A page whose time stands still from now on, registered with all its rooms. */
async function open(names: string[], options: ChatOptions = {}) {
  const chat = await harness().open({
    rooms: names,
    isTimeScripted: true,
    ...options,
  });
  const rooms = names.map((name) => chat.room(name));
  for (const room of rooms) await chat.heard("mucPushEnabled", room);
  await chat.stopTime();
  return { chat, server: chat.server, clock: chat.page.clock, rooms };
}

function sayReady({ server }: Chat, room: Room): void {
  const to = server.client.fullJid;
  server.send(directInvite(room.jid, to, room, { isReady: true }));
}

test("coming back to a tab with a hundred rooms asks every silent one, one at a time, and no other", async () => {
  const { chat, server, clock, rooms } = await open(
    roomsAt("rooms.test", MANY),
  );
  const gauge = new Gauge(server);
  for (const room of rooms) room.onPing(gauge.responder);
  await clock.runFor(QUIET_MS);
  const talking = rooms.filter((_room, index) => index % 10 === 0);
  const silent = rooms.filter((room) => !talking.includes(room));
  for (const room of talking) room.say("juliet", "Good morrow");
  await chat.fence();

  await chat.comeBack();
  await chat.comeBack();
  for (const room of silent) await chat.heard("mucPushChecked", room);
  await chat.fence();
  expect(gauge.most).toBe(1);
  expect(rooms.map((room) => room.count("ping"))).toEqual(
    rooms.map((room) => (talking.includes(room) ? 0 : 1)),
  );
  expect(rooms.every((room) => room.count("join") === 1)).toBe(true);
});

test("after the crash of a host with a hundred rooms all come back, a few at a time", async () => {
  const { chat, server, rooms } = await open(roomsAt("rooms.test", MANY));
  const gauge = new Gauge(server);
  for (const room of rooms) room.onJoin(gauge.responder);
  server.rebootRooms();
  for (const room of rooms) server.push({ from: room.jid });
  for (const room of rooms) await chat.heard("mucPushBack", room);
  expect(gauge.most).toBe(CONCURRENT_JOINS);
  expect(gauge.total).toBe(MANY);
  for (const room of rooms)
    expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
});

test("how many join at a time is a setting", async () => {
  const { chat, server, rooms } = await open(roomsAt("rooms.test", 6), {
    settings: { muc_push_concurrent_joins: 1 },
  });
  const gauge = new Gauge(server);
  for (const room of rooms) room.onJoin(gauge.responder);
  server.rebootRooms();
  for (const room of rooms) server.push({ from: room.jid });
  for (const room of rooms) await chat.heard("mucPushBack", room);
  expect(gauge.most).toBe(1);
});

test("the room that the user looks at joins next, then hosts take turns", async () => {
  const names = [...roomsAt("rooms.test", 6), ...roomsAt("far.test", 2)];
  const { chat, rooms } = await open(names);
  const visible = rooms[4] as Room;
  await chat.show(visible);
  const hold = new Hold();
  for (const room of rooms) room.onJoin(hold.responder);
  for (const room of rooms) room.removeAll({ codes: [332] });
  await chat.fence();
  for (const room of rooms) sayReady(chat, room);

  const next = async () => {
    const held = await hold.next();
    const to = String(held.request.attrs["to"]);
    return { room: to.slice(0, to.indexOf("/")), answer: held.answer };
  };
  const first = [await next(), await next(), await next()];
  const order = first.map(({ room }) => room);
  for (let joining = first; joining.length > 0;) {
    joining.shift()?.answer(result);
    if (order.length === rooms.length) continue;
    const joiner = await next();
    order.push(joiner.room);
    joining.push(joiner);
  }
  expect(order.map((jid) => jid.split(".")[0])).toEqual([
    "room-0@rooms",
    "room-1@rooms",
    "room-2@rooms",
    "room-4@rooms",
    "room-0@far",
    "room-3@rooms",
    "room-5@rooms",
    "room-1@far",
  ]);
  for (const room of rooms) await chat.heard("mucPushBack", room);
});

/** The rooms that were pinged at a host, whether they got the ping or not. */
function pinged({ server }: Chat, host: string, from: number): string[] {
  const pings = server.received.all(
    (iq) =>
      iq.getChild("ping", "urn:xmpp:ping") !== undefined &&
      String(iq.attrs["to"]).includes(`@${host}/`),
    from,
  );
  return pings.map(({ attrs }) => String(attrs["to"]).split("/")[0] ?? "");
}

const unreachable = {
  condition: "remote-server-not-found",
  type: "cancel",
} as const;

/** Two hosts with some rooms each; the hosts are away, and each room wants to know whether it is still in. */
async function openOutage(count = 5) {
  const near = roomsAt("near.test", count);
  const far = roomsAt("far.test", count);
  const opened = await open([...near, ...far]);
  const { chat, server, rooms } = opened;
  for (const host of ["near.test", "far.test"])
    server.away.set(host, unreachable);
  const from = server.received.mark();
  for (const room of rooms) await chat.check(room);
  const atNear = rooms.slice(0, count);
  const atFar = rooms.slice(count);
  await chat.heard("mucPushChecked", atNear[0] as Room);
  await chat.heard("mucPushChecked", atFar[0] as Room);
  await chat.fence();
  /** Has each host asked once more; the answer comes while time stands still, and so in time. */
  const outwait = async () => {
    const reports = await Promise.all(rooms.map((room) => chat.report(room)));
    const attempts = reports.flatMap((report) => report?.nextAttemptAt ?? []);
    for (const at of attempts.sort((a, b) => a - b)) {
      const now = await chat.page.evaluate(() => Date.now());
      await opened.clock.runFor(Math.max(0, at - now));
      await chat.fence();
    }
  };
  return { ...opened, from, atNear, atFar, outwait };
}

describe("while a host is away", () => {
  test("one of its rooms asks after it and the others wait; other hosts are asked for themselves", async () => {
    const { chat, from, atNear, atFar, outwait } = await openOutage();
    for (let count = 0; count < 4; count++) await outwait();
    for (const [host, rooms] of [
      ["near.test", atNear],
      ["far.test", atFar],
    ] as const) {
      const asked = pinged(chat, host, from);
      // While the other host is waited for, this one may be asked once more: the waits are of random length.
      expect(asked.length).toBeGreaterThanOrEqual(5);
      // By turns: a room that never answers must not speak for the others.
      const [first = "", ...inTurn] = asked.slice(0, 5);
      expect(first).toBe(rooms[0]?.jid);
      expect(inTurn).toEqual(rooms.slice(0, 4).map(({ jid }) => jid));
      const reports = await Promise.all(rooms.map((room) => chat.report(room)));
      for (const report of reports) {
        expect(report).toMatchObject({
          state: "waiting",
          reason: "unreachable",
        });
      }
      const asking = reports.filter((report) => report?.nextAttemptAt);
      expect(asking).toHaveLength(1);
    }
  });

  test("all its rooms return when it is back, and those of other hosts go on waiting", async () => {
    const { chat, server, atNear, atFar, outwait } = await openOutage();
    await outwait();
    server.away.delete("near.test");
    server.rebootRooms("near.test");
    await outwait();
    for (const room of atNear) {
      await chat.heard("mucPushBack", room);
      expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
    }
    for (const room of atFar)
      expect(await chat.report(room)).toMatchObject({ state: "waiting" });

    server.away.delete("far.test");
    await outwait();
    for (const room of atFar) await chat.hasState(room, "joined");
    for (const room of atFar)
      expect(room.order(0, "ping", "join")).toEqual(["join", "ping"]);
  });

  test.each([
    ["a push", (chat: Chat, { jid }: Room) => chat.server.push({ from: jid })],
    ["a ready invite", sayReady],
    ["a message", (_chat: Chat, room: Room) => room.say("juliet", "Hark!")],
  ])("%s from one of its rooms releases them all", async (_what, speak) => {
    const { chat, server, atNear, atFar } = await openOutage();
    server.away.delete("near.test");
    speak(chat, atNear[3] as Room);
    for (const room of atNear) await chat.hasState(room, "joined");
    for (const room of atNear) expect(room.count("join")).toBe(1);
    for (const room of atFar)
      expect(await chat.report(room)).toMatchObject({ state: "waiting" });
  });

  test("another room asks when the user leaves the one that asked", async () => {
    const { chat, server, from, atNear, outwait } = await openOutage();
    const [probe, ...others] = atNear as [Room, ...Room[]];
    await chat.closeRoom(probe);
    await chat.fence();
    await outwait();
    const askers = pinged(chat, "near.test", from).slice(1);
    expect(askers.length).toBeGreaterThan(0);
    expect(askers).not.toContain(probe.jid);

    server.away.delete("near.test");
    await outwait();
    for (const room of others) await chat.hasState(room, "joined");
    expect(await chat.state(probe)).toBe("left");
    expect(probe.order(0, "ping", "join")).toEqual(["join"]);
  });

  test("a room that is told to wait does so without an answer of its own, and silence counts as away", async () => {
    const { chat, server, clock, rooms } = await open(roomsAt("near.test", 3));
    server.away.set("near.test", "silent");
    const from = server.received.mark();
    for (const room of rooms) await chat.check(room);
    await clock.runFor(15_000);
    await chat.heard("mucPushChecked", rooms[0] as Room);
    await chat.fence();
    expect(pinged(chat, "near.test", from)).toHaveLength(1);
    for (const room of rooms)
      expect(await chat.report(room)).toMatchObject({ state: "waiting" });
  });
});

test("rooms that can't be entered do not hold up the others", async () => {
  const { chat, server, clock, rooms } = await open(roomsAt("rooms.test", 9));
  const [banned, full, mute, ...fine] = rooms as [Room, Room, Room, ...Room[]];
  banned.onJoin(() => error("forbidden", "auth"));
  full.onJoin(() => error("service-unavailable", "wait"));
  mute.onJoin(() => never);
  server.rebootRooms();
  for (const room of rooms) server.push({ from: room.jid });
  for (const room of fine) await chat.heard("mucPushBack", room);
  await chat.heard("mucPushGivenUp", banned);
  expect(await chat.state(mute)).toBe("joining");

  full.unscript();
  await chat.check(full);
  await chat.heard("mucPushBack", full);

  mute.unscript();
  await clock.runFor(JOIN_TIMEOUT_MS);
  await chat.hasState(mute, "waiting");
  await chat.check(mute);
  await chat.heard("mucPushBack", mute);
});
