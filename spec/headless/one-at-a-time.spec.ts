import { expect, test } from "vitest";
import type { Chat } from "../plugin/chat";
import type { ChatOptions } from "../plugin/harness";
import { pingInFlight, rejoinInFlight } from "../plugin/in-flight";
import { lendHarness } from "./lent-harness";
import {
  openRegistered,
  openRegisteredTimeless,
  QUICK,
} from "../plugin/registered";
import {
  attribute,
  error,
  Hold,
  never,
  NS,
  result,
  type Answer,
  type HeldRequest,
  type Removal,
  type Room,
} from "../plugin/scripted-server";

const HOUR_MS = 3_600_000;
const JOIN_TIMEOUT_MS = 60_000;
const LONGEST_FIRST_WAIT_MS = 4_000;

const harness = lendHarness({ mayComplain: true });

const open = (options?: ChatOptions) => openRegistered(harness(), options);
const openTimeless = (options?: ChatOptions) =>
  openRegisteredTimeless(harness(), options);

test("pushes during a check start no second ping; one check follows at the end of the interval", async () => {
  const { chat, server, room, clock } = await openTimeless();
  const ping = await pingInFlight(chat, room);
  for (let count = 0; count < 10; count++) server.push({ from: room.jid });
  await clock.runFor(4_000);
  await server.roundTrip();
  expect(room.count("ping")).toBe(1);
  expect(await chat.state(room)).toBe("checking");

  room.onPing(() => result);
  ping.answer(result);
  await chat.heard("mucPushChecked", room);
  await server.roundTrip();
  expect(room.count("ping")).toBe(1);
  await clock.runFor(5_000);
  await chat.heard("mucPushChecked", room, 2);
  await clock.runFor(HOUR_MS);
  await server.roundTrip();
  expect(room.count("ping")).toBe(2);
  expect(room.count("answer")).toBe(11);
});

test("a room that pushes while its answer to a ping is missing is joined when the interval is over", async () => {
  const { chat, server, room, clock } = await openTimeless();
  room.onPing(() => never);
  server.push({ from: room.jid });
  await room.nth("ping", 1);
  server.rebootRooms();
  server.push({ from: room.jid });
  await server.roundTrip();
  await clock.runFor(5_000);
  await chat.heard("mucPushBack", room);
  await server.roundTrip();
  expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
});

test("pushes during a rejoin are answered and start neither a ping nor a second join", async () => {
  const { chat, server, room, clock } = await openTimeless();
  const join = await rejoinInFlight(chat, room);
  expect(await chat.state(room)).toBe("joining");

  const ids = [1, 2, 3].map(() => server.push({ from: room.jid }));
  await server.settle();
  await clock.runFor(4_000);
  await server.roundTrip();
  for (const id of ids) {
    const answers = server.answersTo(id);
    expect(answers.map((iq) => attribute(iq, "type"))).toEqual(["result"]);
  }
  expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);

  join.answer(result);
  await chat.heard("mucPushBack", room);
  await chat.heard("mucPushEnabled", room, 2);
  expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
  expect(chat.complaints).toEqual([]);
});

test("a join without an answer, of a room that pushes, was lost: after the check interval it is pinged, and joined again", async () => {
  const { chat, server, room, clock } = await openTimeless();
  room.onJoin(() => never);
  server.rebootRooms();
  server.push({ from: room.jid });
  await room.nth("join", 2);
  await server.settle();
  room.unscript();
  server.push({ from: room.jid });
  await server.settle();
  await clock.runFor(5_000);
  expect(await chat.state(room)).toBe("waiting");
  // The longest first wait of the backoff.
  await clock.runFor(4_000);
  await chat.heard("mucPushBack", room);
  expect(room.order(0, "ping", "join")).toEqual([
    "join",
    "ping",
    "join",
    "ping",
    "join",
  ]);
});

test("out and back are announced once, with how long it took", async () => {
  const { chat, room, clock } = await openTimeless();
  const join = await rejoinInFlight(chat, room);
  await clock.runFor(7_000);
  join.answer(result);
  const back = await chat.heard("mucPushBack", room);
  expect(back.payload).toEqual({ room: room.jid, outForMs: 7_000, missed: 0 });
  const out = chat.allHeard("mucPushOut", room);
  expect(out.map(({ payload }) => payload)).toEqual([
    { room: room.jid, reason: "self-ping" },
  ]);
});

test("a join that is never answered goes back to the backoff, and the room is pinged again", async () => {
  const { chat, server, room, clock } = await openTimeless();
  room.onJoin(() => never);
  server.rebootRooms();
  server.push({ from: room.jid });
  for (const joins of [2, 3, 4]) {
    await room.nth("join", joins);
    await clock.runFor(JOIN_TIMEOUT_MS);
    const report = await chat.report(room);
    expect(report).toMatchObject({ state: "waiting", reason: "join-timeout" });
    if (joins === 4) room.unscript();
    const now = await chat.page.evaluate(() => Date.now());
    await clock.runFor((report?.nextAttemptAt ?? now) - now);
  }
  await chat.heard("mucPushBack", room);
  const retried = ["ping", "join", "ping", "join", "ping", "join"];
  expect(room.order(0, "ping", "join")).toEqual([
    "join",
    ...retried,
    "ping",
    "join",
  ]);
  await chat.heard("mucPushEnabled", room, 2);
  expect(chat.allHeard("mucPushOut", room)).toHaveLength(1);
  expect(await chat.state(room)).toBe("joined");
  expect(chat.complaints).toEqual([]);
});

test("a join that is confirmed late, during the check that follows it, is registered", async () => {
  const { chat, room, clock } = await openTimeless();
  const join = await rejoinInFlight(chat, room);
  const pings = new Hold();
  room.onPing(pings.responder);
  await clock.runFor(JOIN_TIMEOUT_MS + LONGEST_FIRST_WAIT_MS);
  const ping = await pings.next();
  join.answer(result);
  await chat.heard("mucPushBack", room);
  await chat.heard("mucPushEnabled", room, 2);
  ping.answer(error("not-acceptable"));
  await chat.fence();
  expect(room.order(0, "ping", "join")).toEqual([
    "join",
    "ping",
    "join",
    "ping",
  ]);
  expect(await chat.report(room)).toMatchObject({
    state: "joined",
    guard: "push",
  });
});

const passing: Record<string, Answer> = {
  "full-wait": error("service-unavailable", "wait"),
  "full-cancel": error("service-unavailable", "cancel"),
  "resource-constraint": error("resource-constraint", "wait"),
  "remote-server-not-found": error("remote-server-not-found"),
  "remote-server-timeout": error("remote-server-timeout", "wait"),
  locked: error("item-not-found"),
  "internal-server-error": error("internal-server-error", "wait"),
};

test("a rejoin that is refused for now is tried again later", async () => {
  const names = Object.keys(passing);
  const chat = await harness().open({ rooms: names, settings: QUICK });
  for (const [name, refusal] of Object.entries(passing)) {
    const room = chat.room(name);
    await chat.heard("mucPushEnabled", room);
    room.onJoin(() => refusal);
    room.forgetSeats();
    chat.server.push({ from: room.jid });
    await room.nth("join", 3);
    room.unscript();
    await chat.heard("mucPushBack", room);
    expect([name, chat.allHeard("mucPushGivenUp", room)]).toEqual([name, []]);
  }
  expect(chat.complaints).toEqual([]);
});

const final: Record<string, Answer> = {
  "registration-required": error("registration-required", "auth"),
  forbidden: error("forbidden", "auth"),
  "not-authorized": error("not-authorized", "auth"),
  "not-allowed": error("not-allowed", "cancel"),
  gone: error("gone"),
};

test("a rejoin that is refused for good is given up", async () => {
  const names = Object.keys(final);
  const chat = await harness().open({ rooms: names, isTimeScripted: true });
  for (const name of names) await chat.heard("mucPushEnabled", chat.room(name));
  await chat.stopTime();
  for (const [name, refusal] of Object.entries(final)) {
    const room = chat.room(name);
    room.onJoin(() => refusal);
    room.forgetSeats();
    chat.server.push({ from: room.jid });
    await chat.heard("mucPushGivenUp", room);
  }
  await chat.page.clock.runFor(HOUR_MS);
  await chat.server.roundTrip();
  for (const name of names) {
    const room = chat.room(name);
    expect([name, ...room.order(0, "ping", "join", "disable")]).toEqual([
      name,
      "join",
      "ping",
      "join",
      "disable",
    ]);
    expect([name, await chat.state(room)]).toEqual([name, "left"]);
  }
  expect(chat.complaints).toEqual([]);
});

test("the answer to a ping of an earlier membership is dropped", async () => {
  const { chat, server, room, clock } = await openTimeless();
  const ping = await pingInFlight(chat, room);
  await chat.leave(room);
  await room.nth("leave", 1);
  await chat.rejoin(room);
  await chat.heard("mucPushEnabled", room, 2);

  ping.answer(error("not-acceptable"));
  await clock.runFor(1_000);
  await server.roundTrip();
  expect(room.count("join")).toBe(2);
  expect(await chat.state(room)).toBe("joined");
  expect(chat.allHeard("mucPushChecked", room)).toEqual([]);
});

test("only the room answers for the room: a forged answer to a ping is no answer", async () => {
  const { chat, server, room, clock } = await openTimeless();
  const { request } = await pingInFlight(chat, room);
  const id = attribute(request, "id");
  for (const forger of ["eve@else.test/x", "rooms.test", "users.test"]) {
    server.send(
      `<iq xmlns="${NS.client}" type="error" id="${id}" from="${forger}" to="${server.client.fullJid}">` +
        `<error type="cancel"><not-acceptable xmlns="${NS.stanzaErrors}"/></error></iq>`,
    );
  }
  await clock.runFor(1_000);
  await server.roundTrip();
  expect(chat.allHeard("mucPushChecked", room)).toEqual([]);
  expect(room.count("join")).toBe(1);
});

const knownOut: Record<string, Removal> = {
  shutdown: { codes: [332] },
  "technical-problem": { codes: [333] },
  "bare-unavailable": {},
  "unavailable-from-the-room": { fromRoom: true },
};

test("known to be out, a push leads to a join at once, without a ping", async () => {
  const names = Object.keys(knownOut);
  const chat = await harness().open({ rooms: names, isTimeScripted: true });
  for (const name of names) await chat.heard("mucPushEnabled", chat.room(name));
  await chat.stopTime();
  for (const [name, removal] of Object.entries(knownOut)) {
    const room = chat.room(name);
    room.removeAll(removal);
    await chat.heard("mucPushOut", room);
    chat.server.push({ from: room.jid });
    await chat.heard("mucPushBack", room);
    expect([name, ...room.order(0, "ping", "join")]).toEqual([
      name,
      "join",
      "join",
    ]);
    expect(room.isSeated(chat.server.client)).toBe(true);
  }
});

test("known to be out, and no push: a ping comes before the join", async () => {
  const { chat, room } = await open({ settings: QUICK });
  room.removeAll({ codes: [332] });
  await chat.heard("mucPushBack", room);
  expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
});

test("a host out of reach is pinged again after a backoff, and joined once when it is back", async () => {
  const { chat, server, room } = await open({ settings: QUICK });
  server.mucDown = { condition: "remote-server-not-found", type: "cancel" };
  server.push({ from: room.jid });
  await chat.heard("mucPushChecked", room, 5);
  const verdicts = chat
    .allHeard("mucPushChecked", room)
    .map(({ payload }) => payload?.["verdict"]);
  expect(new Set(verdicts)).toEqual(new Set(["unreachable"]));
  expect(await chat.state(room)).toMatch(/waiting|checking/);

  server.rebootRooms();
  server.mucDown = undefined;
  await chat.heard("mucPushBack", room);
  await chat.heard("mucPushEnabled", room, 2);
  await server.roundTrip();
  expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
  expect(chat.complaints).toEqual([]);
});

test.each([
  ["shortest", 0, [2_000, 2_000, 2_000, 2_000]],
  ["longest", 1 - 2 ** -53, [4_000, 8_000, 16_000, 20_000, 20_000]],
])(
  "the waits between pings double up to a limit, with full jitter: the %s",
  async (_which, random, waits) => {
    const { chat, server, room, clock } = await openTimeless({
      settings: { muc_push_backoff_max_ms: 20_000 },
    });
    await chat.page.evaluate(
      (value) => void (Math.random = () => value),
      random,
    );
    const hold = new Hold();
    room.onPing(hold.responder);
    server.push({ from: room.jid });
    for (const [failed, wait] of waits.entries()) {
      // Answered while time stands still: the wait begins with the answer.
      const ping = await hold.next();
      ping.answer(error("remote-server-timeout", "wait"));
      await chat.heard("mucPushChecked", room, failed + 1);
      await clock.runFor(wait - 1);
      await server.roundTrip();
      expect(room.count("ping")).toBe(failed + 1);
      await clock.runFor(1);
    }
    await hold.next();
    expect(room.count("join")).toBe(1);
  },
);

/** The room pushes before it has answered the user, who has asked for another nick. */
async function pushWhileRenaming(chat: Chat, room: Room): Promise<HeldRequest> {
  const nicks = new Hold();
  room.onNick(nicks.responder);
  await chat.askForNick(room, "montague");
  const nick = await nicks.next();
  chat.server.push({ from: room.jid });
  await chat.server.roundTrip();
  return nick;
}

test("no ping between asking for a new nick and the answer; then the new nick is pinged", async () => {
  const { chat, room } = await openTimeless();
  const nick = await pushWhileRenaming(chat, room);
  expect(room.count("ping")).toBe(0);
  expect(await chat.state(room)).toBe("renaming");

  nick.answer(result);
  const ping = await room.nth("ping", 1);
  expect(attribute(ping, "to")).toBe(`${room.jid}/montague`);
  const checked = await chat.heard("mucPushChecked", room);
  expect(checked.payload?.["verdict"]).toBe("joined");
});

test.each([
  // Converse takes a conflict for the end of its membership: a result then calls for a join.
  ["conflict", error("conflict"), ["ping", "join"]],
  ["not-acceptable", error("not-acceptable", "modify"), ["ping"]],
] as const)(
  "a nick refused with %s: the old one is pinged and kept",
  async (_condition, refusal, followed) => {
    const { chat, server, room } = await openTimeless();
    const from = room.mark();
    const nick = await pushWhileRenaming(chat, room);
    nick.answer(refusal);
    const ping = await room.nth("ping", 1);
    expect(attribute(ping, "to")).toBe(`${room.jid}/me`);
    await chat.heard("mucPushChecked", room);
    await chat.entered(room);
    await server.roundTrip();
    expect(room.order(from, "ping", "join")).toEqual(followed);
    expect(room.nickOf(server.client)).toBe("me");
    expect(await chat.state(room)).toBe("joined");
  },
);

test("the nick that the service imposed or changed is the one that is pinged", async () => {
  const { chat, server, room } = await open({
    settings: QUICK,
    prepare: (server) => (server.room("garden").imposedNick = "registered"),
  });
  server.push({ from: room.jid });
  const first = await room.nth("ping", 1);
  expect(attribute(first, "to")).toBe(`${room.jid}/registered`);
  await chat.heard("mucPushChecked", room);

  room.rename(server.client, "montague");
  await chat.hasNick(room, "montague");
  server.push({ from: room.jid });
  const second = await room.nth("ping", 2);
  expect(attribute(second, "to")).toBe(`${room.jid}/montague`);
});

test("no ping while the stream is down; one check or join after it is back", async () => {
  const { chat, server, room } = await open({ settings: QUICK });
  room.onPing(() => error("remote-server-not-found"));
  server.push({ from: room.jid });
  await chat.heard("mucPushChecked", room, 2);
  const from = room.mark();
  server.client.dropSocket();
  room.unscript();
  await chat.heard("mucPushEnabled", room, 2);
  await server.roundTrip();
  expect(room.order(from, "ping", "join").slice(-1)).toEqual(["join"]);
  expect(room.count("join", from)).toBe(1);
  expect(chat.complaints).toEqual([]);
});

test("Converse's own rejoin is adopted, not doubled", async () => {
  const { chat, server, room } = await openTimeless();
  const join = await rejoinInFlight(chat, room, () => chat.rejoin(room));
  server.push({ from: room.jid });
  await server.roundTrip();
  expect(await chat.state(room)).toBe("joining");
  expect(room.order(0, "ping", "join")).toEqual(["join", "join"]);
  join.answer(result);
  await chat.heard("mucPushEnabled", room, 2);
  expect(room.order(0, "ping", "join")).toEqual(["join", "join"]);
});

test("a push while Converse still asks for the disco#info before its join starts no ping", async () => {
  const { chat, server, room } = await openTimeless();
  const hold = new Hold();
  room.onInfo(hold.responder);
  server.rebootRooms();
  await chat.page.evaluate((jid) => {
    const model = window.rig.chat(jid) as unknown as { rejoin(): void };
    model.rejoin();
  }, room.jid);
  const info = await hold.next();
  server.push({ from: room.jid });
  await server.roundTrip();
  expect(await chat.state(room)).toBe("joining");
  expect(room.order(0, "ping", "join")).toEqual(["join"]);

  info.answer(result);
  await chat.heard("mucPushEnabled", room, 2);
  expect(room.order(0, "ping", "join")).toEqual(["join", "join"]);
});
