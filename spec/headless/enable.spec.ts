import { expect, test } from "vitest";
import type { Chat } from "../plugin/chat";
import type { ChatOptions } from "../plugin/harness";
import {
  openEnabling,
  pingInFlight,
  rejoinInFlight,
} from "../plugin/in-flight";
import { lendHarness } from "./lent-harness";
import { openRegistered } from "../plugin/registered";
import {
  attribute,
  error,
  Hold,
  never,
  NS,
  type Answer,
  type Element,
  type Removal,
  type Room,
} from "../plugin/scripted-server";

const ANSWER_TIMEOUT_MS = 15_000;

const harness = lendHarness({ mayComplain: true });

const open = (options?: ChatOptions) => openRegistered(harness(), options);

/** What a request to enable or to disable says. */
function registrationOf(iq: Element, act: "enable" | "disable" = "enable") {
  const payload = iq.getChild(act, NS.push) as Element;
  return {
    type: attribute(iq, "type"),
    to: attribute(iq, "to"),
    jid: attribute(payload, "jid"),
    node: attribute(payload, "node"),
  };
}

const nodeOf = (iq: Element) => registrationOf(iq).node;

/** Everything that was sent to the client before has had its effect by now. */
async function fence(chat: Chat): Promise<void> {
  await chat.server.roundTrip();
  await chat.page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(resolve)),
  );
  await chat.server.roundTrip();
}

test("the own full JID is registered with an unguessable node", async () => {
  const { server, room } = await open();
  const enable = registrationOf(await room.nth("enable", 1));
  expect(enable).toMatchObject({
    type: "set",
    to: room.jid,
    jid: server.client.fullJid,
  });
  expect(enable.node).toMatch(/^[0-9a-f]{32}$/);
});

/** A chat whose first join the room has not answered yet. */
async function openJoining() {
  const chat = await harness().open({ rooms: [] });
  const room = chat.room();
  const joins = new Hold();
  room.onJoin(joins.responder);
  await chat.open(room);
  return { chat, room, join: await joins.next() };
}

test("enable waits for the self-presence", async () => {
  const { chat, room, join } = await openJoining();
  await fence(chat);
  expect(room.count("enable")).toBe(0);

  join.answer({ kind: "result" });
  await chat.heard("mucPushEnabled", room);
  expect(room.order(0, "join", "enable")).toEqual(["join", "enable"]);
});

test("it counts as enabled only after the result", async () => {
  const { chat, room, enables } = await openEnabling(harness());
  const enable = await enables.next();
  await fence(chat);
  expect(chat.allHeard("mucPushEnabled", room)).toEqual([]);
  enable.answer({ kind: "result" });
  await chat.heard("mucPushEnabled", room);
});

test("a room that does not announce push is not asked", async () => {
  const chat = await harness().open({
    rooms: ["plain", "garden"],
    prepare: (server) => server.room("plain").features.delete(NS.push),
  });
  const plain = chat.room("plain");
  await chat.heard("mucPushEnabled", chat.room("garden"));
  await fence(chat);
  expect(plain.count("enable")).toBe(0);
  await chat.closeRoom(plain);
  await plain.nth("leave", 1);
  expect(plain.count("disable")).toBe(0);
  expect(chat.complaints).toEqual([]);
});

test("Converse's disco#info serves: the room is asked for it no more often than without the plugin", async () => {
  const { chat, room } = await open();
  const withPlugin = room.count("info");
  await chat.rejoin(room);
  await chat.heard("mucPushEnabled", room, 2);
  const plain = await harness().open({ plugin: "off" });
  expect(withPlugin).toBe(plain.room().count("info"));
  expect(room.count("info")).toBe(withPlugin + 1);
});

test("a feature that comes or goes between two joins is noticed", async () => {
  const chat = await harness().open({
    prepare: (server) => server.room("garden").features.delete(NS.push),
  });
  const room = chat.room();
  await fence(chat);
  expect(room.count("enable")).toBe(0);

  room.features.add(NS.push);
  await chat.rejoin(room);
  await chat.heard("mucPushEnabled", room);

  room.features.delete(NS.push);
  await chat.rejoin(room);
  await room.nth("join", 3);
  await chat.entered(room);
  await fence(chat);
  expect(room.count("enable")).toBe(1);
});

test("each room has a node of its own", async () => {
  const names = ["garden", "balcony", "tomb"];
  const chat = await harness().open({ rooms: names });
  const nodes = await Promise.all(
    names.map(async (name) => nodeOf(await chat.room(name).nth("enable", 1))),
  );
  expect(new Set(nodes).size).toBe(names.length);
});

test("a rejoin enables again with the same node", async () => {
  const { chat, room } = await open();
  await chat.rejoin(room);
  await chat.heard("mucPushEnabled", room, 2);
  expect(room.order(0, "join", "enable")).toEqual([
    "join",
    "enable",
    "join",
    "enable",
  ]);
  const [first, second] = room.all("enable").map(nodeOf);
  expect(second).toBe(first);
  expect(room.count("disable")).toBe(0);
});

test("the node survives a page reload with the same full JID", async () => {
  const { chat, server, room } = await open({
    settings: { jid: "romeo@users.test/fixed" },
  });
  await chat.page.reload();
  await chat.heard("mucPushEnabled", room, 2);
  const [first, second] = room.all("enable").map((iq) => registrationOf(iq));
  expect(second).toEqual(first);
  server.push({ from: room.jid });
  await chat.heard("mucPushChecked", room);
});

test("a page reload whose stream is resumed keeps full JID and node, and a push is still accepted", async () => {
  const { chat, server, room } = await open({
    server: { offersStreamManagement: true },
  });
  const session = server.client;
  await chat.page.reload();
  const [first, second] = [
    registrationOf(await room.nth("enable", 1)),
    registrationOf(await room.nth("enable", 2)),
  ];
  expect(server.client).toBe(session);
  expect(room.count("join")).toBe(1);
  expect(second).toEqual(first);
  server.push({ from: room.jid });
  const checked = await chat.heard("mucPushChecked", room);
  expect(checked.payload?.["verdict"]).toBe("joined");
});

test("a stream that drops and is resumed enables again, after one join", async () => {
  const { chat, server, room } = await open({
    server: { offersStreamManagement: true },
  });
  const session = server.client;
  session.dropSocket();
  await chat.heard("mucPushEnabled", room, 2);
  await fence(chat);
  expect(server.client).toBe(session);
  expect(room.order(0, "join", "enable")).toEqual([
    "join",
    "enable",
    "join",
    "enable",
  ]);
  const [first, second] = room.all("enable").map((iq) => registrationOf(iq));
  expect(second).toEqual(first);
});

test("another full JID after a reload gets another node", async () => {
  const { chat, server, room } = await open();
  const before = server.client.fullJid;
  await chat.page.reload();
  await chat.heard("mucPushEnabled", room, 2);
  const [first, second] = room.all("enable").map((iq) => registrationOf(iq));
  expect(server.client.fullJid).not.toBe(before);
  expect(second?.jid).toBe(server.client.fullJid);
  expect(second?.node).not.toBe(first?.node);
});

test("a reconnect enables again for the full JID of the new stream", async () => {
  const { chat, server, room } = await open();
  server.client.dropSocket();
  await chat.heard("mucPushEnabled", room, 2);
  await fence(chat);
  const second = registrationOf(await room.nth("enable", 2));
  expect(second.jid).toBe(server.client.fullJid);
  expect(room.count("join")).toBe(2);
  expect(room.count("enable")).toBe(2);
  expect(room.registrations.get(server.client.fullJid)).toBe(second.node);
});

test.each(["leave", "closeRoom"] as const)(
  "%s disables before the unavailable goes out, and forgets the node",
  async (way) => {
    const { chat, server, room } = await open();
    const node = nodeOf(await room.nth("enable", 1)) as string;
    await chat[way](room);
    await room.nth("leave", 1);
    expect(room.order(0, "disable", "leave")).toEqual(["disable", "leave"]);
    const disable = registrationOf(await room.nth("disable", 1), "disable");
    expect(disable).toEqual(registrationOf(await room.nth("enable", 1)));
    await chat.heard("mucPushDisabled", room);

    const late = await server.answerTo(server.push({ from: room.jid, node }));
    expect(late.getChild("error")?.getChild("item-not-found")).toBeDefined();
    await fence(chat);
    expect(room.order(0, "ping", "join")).toEqual(["join"]);
    expect(room.count("disable")).toBe(1);

    if (way === "leave") await chat.rejoin(room);
    else await chat.open(room);
    await chat.heard("mucPushEnabled", room, 2);
    expect(nodeOf(await room.nth("enable", 2))).not.toBe(node);
    expect(chat.complaints).toEqual([]);
  },
);

test("a room that was left has no node left after a reload", async () => {
  const { chat, server, room } = await open({
    rooms: ["garden", "balcony"],
    settings: { jid: "romeo@users.test/fixed" },
  });
  const node = nodeOf(await room.nth("enable", 1)) as string;
  await chat.closeRoom(room);
  await room.nth("leave", 1);
  room.onJoin(() => never);
  await chat.page.reload();
  await chat.heard("mucPushEnabled", chat.room("balcony"), 2);
  const late = await server.answerTo(server.push({ from: room.jid, node }));
  expect(late.getChild("error")?.getChild("item-not-found")).toBeDefined();
});

/** One room for each case, all in one page. */
async function openEach(cases: object, settings = {}) {
  const names = Object.keys(cases);
  const chat = await harness().open({ rooms: names, settings });
  const rooms = names.map((name) => chat.room(name));
  for (const room of rooms) await chat.heard("mucPushEnabled", room);
  return { chat, server: chat.server };
}

const forGood: Record<string, Removal> = {
  kicked: { codes: [307] },
  banned: { codes: [301] },
  "affiliation-lost": { codes: [321] },
  "members-only": { codes: [322] },
  destroyed: { destroy: {} },
  "destroyed-with-alternative": { destroy: { alternative: "a@b.test" } },
};

test("who is kicked, banned, shut out or left without a room is disabled, and stays away", async () => {
  const { chat, server } = await openEach(forGood);
  for (const [why, removal] of Object.entries(forGood)) {
    const room = chat.room(why);
    const node = nodeOf(await room.nth("enable", 1)) as string;
    room.removeAll(removal);
    await room.nth("disable", 1);
    const givenUp = await chat.heard("mucPushGivenUp", room);
    expect(why).toContain(givenUp.payload?.["reason"]);

    const late = await server.answerTo(server.push({ from: room.jid, node }));
    expect(late.getChild("error")?.getChild("item-not-found")).toBeDefined();
    await fence(chat);
    expect([why, ...room.order(0, "ping", "join", "disable")]).toEqual([
      why,
      "join",
      "disable",
    ]);
    expect([why, await chat.state(room)]).toEqual([why, "left"]);
  }
  expect(chat.complaints).toEqual([]);
});

const forNow: Record<string, Removal> = {
  shutdown: { codes: [332] },
  "technical-reasons": { codes: [333] },
  "kicked-for-technical-reasons": { codes: [307, 333] },
  "no-reason": {},
  "unavailable-from-the-room": { fromRoom: true },
};

test("who is removed for now is not disabled, and comes back with the same node", async () => {
  const { chat, server } = await openEach(forNow, {
    muc_push_backoff_min_ms: 10,
    muc_push_backoff_max_ms: 20,
  });
  for (const [why, removal] of Object.entries(forNow)) {
    const room = chat.room(why);
    room.removeAll(removal);
    await chat.heard("mucPushEnabled", room, 2);
    expect([why, room.isSeated(server.client)]).toEqual([why, true]);
    expect([why, ...room.order(0, "join", "enable", "disable")]).toEqual([
      why,
      "join",
      "enable",
      "join",
      "enable",
    ]);
    const nodes = room.all("enable").map(nodeOf);
    expect([why, new Set(nodes).size]).toEqual([why, 1]);
  }
  expect(chat.complaints).toEqual([]);
});

test("logging out disables in every room", async () => {
  const names = ["garden", "balcony"];
  const chat = await harness().open({ rooms: names });
  const rooms = names.map((name) => chat.room(name));
  for (const room of rooms) await chat.heard("mucPushEnabled", room);
  await chat.logout();
  for (const room of rooms) {
    const disable = await room.nth("disable", 1);
    expect(registrationOf(disable, "disable")).toEqual(
      registrationOf(await room.nth("enable", 1)),
    );
    expect(room.count("ping")).toBe(0);
  }
  expect(chat.complaints).toEqual([]);
});

const refusals: Record<string, Answer> = {
  "service-unavailable": error("service-unavailable"),
  "feature-not-implemented": error("feature-not-implemented"),
  forbidden: error("forbidden", "auth"),
  "not-acceptable": error("not-acceptable"),
  "resource-constraint": error("resource-constraint", "wait"),
  "policy-violation": error("policy-violation", "modify"),
  "internal-server-error": error("internal-server-error", "wait"),
  "remote-server-not-found": error("remote-server-not-found"),
};

test("when enable is refused nothing is thrown, the chat goes on, and the next join enables", async () => {
  const names = Object.keys(refusals);
  const chat = await harness().open({
    rooms: names,
    prepare: (server) => {
      for (const [name, refusal] of Object.entries(refusals))
        server.room(name).onEnable(() => refusal);
    },
  });
  for (const name of names) {
    const room = chat.room(name);
    await room.nth("enable", 1);
    await fence(chat);
    expect(chat.allHeard("mucPushEnabled", room)).toEqual([]);
    expect([name, room.count("enable")]).toEqual([name, 1]);
    expect([name, await chat.state(room)]).toEqual([name, "joined"]);

    room.unscript();
    await chat.rejoin(room);
    await chat.heard("mucPushEnabled", room);
  }
  expect(chat.complaints).toEqual([]);
});

test("enable never answered: nothing is thrown, and the next join enables", async () => {
  const chat = await harness().open({
    isTimeScripted: true,
    prepare: (server) => server.room("garden").onEnable(() => never),
  });
  const room = chat.room();
  await room.nth("enable", 1);
  await chat.page.clock.runFor(ANSWER_TIMEOUT_MS);
  await fence(chat);
  expect(await chat.state(room)).toBe("joined");
  expect(chat.allHeard("mucPushEnabled", room)).toEqual([]);

  room.unscript();
  await chat.rejoin(room);
  await chat.heard("mucPushEnabled", room);
  expect(chat.complaints).toEqual([]);
});

test("disable refused or never answered: nothing is thrown", async () => {
  const { chat, room } = await open({
    rooms: ["garden", "balcony"],
    isTimeScripted: true,
  });
  const other = chat.room("balcony");
  await chat.heard("mucPushEnabled", other);
  room.onDisable(() => error("item-not-found"));
  other.onDisable(() => never);
  await chat.leave(room);
  await chat.leave(other);
  await other.nth("leave", 1);
  await chat.page.clock.runFor(ANSWER_TIMEOUT_MS);
  await fence(chat);
  expect(chat.complaints).toEqual([]);
});

/** The user's way out, then everything that might still follow from before. */
async function leaveAndWait(chat: Chat, room: Room): Promise<void> {
  await chat.closeRoom(room);
  await fence(chat);
}

test("leaving while a ping is in flight: its answer starts nothing", async () => {
  const { chat, room } = await open();
  const ping = await pingInFlight(chat, room);
  await leaveAndWait(chat, room);
  ping.answer(error("not-acceptable"));
  await fence(chat);
  expect(room.order(0, "ping", "join")).toEqual(["join", "ping"]);
  expect(await chat.state(room)).toBe("left");
});

test("leaving while the plugin rejoins: a late self-presence enables nothing", async () => {
  const { chat, room } = await open();
  const join = await rejoinInFlight(chat, room);
  await leaveAndWait(chat, room);
  join.answer({ kind: "result" });
  await fence(chat);
  expect(room.order(0, "ping", "join", "enable")).toEqual([
    "join",
    "enable",
    "ping",
    "join",
  ]);
  expect(await chat.state(room)).toBe("left");
});

test("leaving before the room has let the user in: nothing is enabled", async () => {
  const { chat, room, join } = await openJoining();
  await leaveAndWait(chat, room);
  join.answer({ kind: "result" });
  await fence(chat);
  expect(room.order(0, "ping", "join", "enable")).toEqual(["join"]);
  expect(await chat.state(room)).toBe("left");
  expect(chat.complaints).toEqual([]);
});

test("leaving while enable is not answered yet: it is disabled all the same", async () => {
  const { chat, room, enables } = await openEnabling(harness());
  const enable = await enables.next();
  await leaveAndWait(chat, room);
  enable.answer({ kind: "result" });
  await fence(chat);
  expect(room.order(0, "enable", "disable", "leave")).toEqual([
    "enable",
    "disable",
    "leave",
  ]);
  expect(chat.allHeard("mucPushEnabled", room)).toEqual([]);
  const node = nodeOf(await room.nth("enable", 1)) as string;
  const { server } = chat;
  const late = await server.answerTo(server.push({ from: room.jid, node }));
  expect(attribute(late, "type")).toBe("error");
});

test("kicked while a ping is in flight: its answer starts nothing", async () => {
  const { chat, room } = await open();
  const ping = await pingInFlight(chat, room);
  room.removeAll({ codes: [307] });
  await chat.heard("mucPushGivenUp", room);
  ping.answer(error("not-acceptable"));
  await fence(chat);
  expect(room.order(0, "ping", "join")).toEqual(["join", "ping"]);
  expect(await chat.state(room)).toBe("left");
});

test("another occupant's departure, kick or ban is none of ours", async () => {
  const { chat, server, room } = await open();
  for (const code of ["", '<status code="307"/>', '<status code="301"/>'])
    server.send(
      `<presence xmlns="${NS.client}" type="unavailable" from="${room.jid}/juliet" to="${server.client.fullJid}">` +
        `<x xmlns="${NS.mucUser}"><item affiliation="none" role="none"/>${code}</x></presence>`,
    );
  await fence(chat);
  expect(await chat.state(room)).toBe("joined");
  expect(room.order(0, "ping", "join", "disable")).toEqual(["join"]);
});

test("a presence of somebody outside the room that claims a removal is ignored", async () => {
  const { chat, server, room } = await open();
  for (const from of ["rooms.test", "balcony@rooms.test/me", "eve@else.test/x"])
    server.send(
      `<presence xmlns="${NS.client}" type="unavailable" from="${from}" to="${server.client.fullJid}">` +
        `<x xmlns="${NS.mucUser}"><item affiliation="none" role="none"/><status code="110"/><status code="301"/></x></presence>`,
    );
  await fence(chat);
  expect(await chat.state(room)).toBe("joined");
  expect(room.count("disable")).toBe(0);
});

test("leaving while waiting for a room out of reach ends the waiting", async () => {
  const { chat, server, room } = await open({
    rooms: ["garden", "balcony"],
    settings: { muc_push_backoff_min_ms: 50, muc_push_backoff_max_ms: 100 },
  });
  const other = chat.room("balcony");
  await chat.heard("mucPushEnabled", other);
  room.onPing(() => error("remote-server-not-found"));
  other.onPing(() => error("remote-server-not-found"));
  server.push({ from: room.jid });
  await chat.heard("mucPushChecked", room);
  await leaveAndWait(chat, room);
  const pings = room.count("ping");
  server.push({ from: other.jid });
  await other.nth("ping", 5);
  expect(room.count("ping")).toBe(pings);
  expect(room.count("join")).toBe(1);
});
