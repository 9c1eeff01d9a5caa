import { describe, expect, test } from "vitest";
import { rejoinInFlight } from "../plugin/in-flight";
import { lendHarness } from "./lent-harness";
import {
  openRegistered,
  openRegisteredTimeless,
  type RegisteredOptions,
} from "../plugin/registered";
import {
  error,
  Hold,
  never,
  NS,
  result,
  type Answer,
} from "../plugin/scripted-server";

const MINUTE_MS = 60_000;
const SHORTEST_WAIT_MS = 2_000;
const LONGEST_FIRST_WAIT_MS = 4_000;
const MISSING_TRIES = 5;
const ANSWER_TIMEOUT_MS = 15_000;

const harness = lendHarness();

const openRunning = (options?: RegisteredOptions) =>
  openRegistered(harness(), options);

/** A page whose time stands still from now on. */
async function open() {
  const opened = await openRegisteredTimeless(harness());
  const now = () => opened.chat.page.evaluate(() => Date.now());
  return { ...opened, now };
}

describe("state() tells", () => {
  test("nothing of a room that was never joined, whatever it is asked for", async () => {
    const { chat, server } = await open();
    expect(await chat.report(server.room("cellar"))).toBeNull();
    await chat.check(server.room("cellar"));
    expect(await chat.report(server.room("cellar"))).toBeNull();
  });

  test("of a room that is joined since when, and how a loss would show", async () => {
    const { chat, room, clock, now } = await open();
    const report = await chat.report(room);
    expect(report).toEqual({
      state: "joined",
      since: expect.any(Number) as number,
      guard: "push",
    });
    expect(report?.since).toBeLessThanOrEqual(await now());
    await clock.runFor(MINUTE_MS);
    expect(await chat.report(room)).toEqual(report);
  });

  test("of a room whatever the case of its JID", async () => {
    const { chat, room } = await open();
    const report = await chat.page.evaluate((jid) => {
      const api = window.rig._converse?.api as unknown as {
        mucPush: { state(room: string): unknown };
      };
      return api.mucPush.state(jid.toUpperCase());
    }, room.jid);
    expect(report).toMatchObject({ state: "joined" });
  });

  test("the way of a room from joined through checking and joining back to joined", async () => {
    const { chat, server, room, clock, now } = await open();
    const [pings, joins] = [new Hold(), new Hold()];
    room.onPing(pings.responder);
    room.onJoin(joins.responder);
    server.rebootRooms();
    await chat.check(room);
    const ping = await pings.next();
    const askedAt = await now();
    const checking = { state: "checking", since: askedAt, guard: "push" };
    expect(await chat.report(room)).toEqual(checking);

    await clock.runFor(3_000);
    expect(await chat.report(room)).toEqual(checking);
    ping.answer(error("not-acceptable"));
    const join = await joins.next();
    const outSince = await now();
    expect(await chat.report(room)).toEqual({
      state: "joining",
      since: outSince,
      outSince,
      guard: "push",
    });

    await clock.runFor(2_000);
    join.answer(result);
    await chat.heard("mucPushBack", room);
    await chat.heard("mucPushEnabled", room, 2);
    expect(await chat.report(room)).toEqual({
      state: "joined",
      since: await now(),
      guard: "push",
    });
  });

  test("of a room that is waited for why, since when the user is out, and when it is asked again", async () => {
    const { chat, room, clock, now } = await open();
    room.onPing(() => never);
    room.removeAll({ codes: [332] });
    await chat.heard("mucPushOut", room);
    const outSince = await now();
    const first = await chat.report(room);
    expect(first).toEqual({
      state: "waiting",
      reason: "shutdown",
      since: outSince,
      outSince,
      nextAttemptAt: expect.any(Number) as number,
      guard: "push",
    });
    const firstWait = (first?.nextAttemptAt ?? 0) - outSince;
    expect(firstWait).toBeGreaterThanOrEqual(SHORTEST_WAIT_MS);
    expect(firstWait).toBeLessThanOrEqual(LONGEST_FIRST_WAIT_MS);

    await clock.runFor(firstWait);
    await room.nth("ping", 1);
    await clock.runFor(ANSWER_TIMEOUT_MS);
    await chat.heard("mucPushChecked", room);
    const second = await chat.report(room);
    expect(second).toMatchObject({
      state: "waiting",
      reason: "unreachable",
      since: outSince + firstWait + ANSWER_TIMEOUT_MS,
      outSince,
    });
    expect(second?.nextAttemptAt).toBeGreaterThan(second?.since ?? 0);
  });

  test("of a room that may be out of reach no more than is known: not that the user is out", async () => {
    const { chat, room } = await open();
    room.onPing(() => error("remote-server-timeout", "wait"));
    await chat.check(room);
    await chat.heard("mucPushChecked", room);
    const report = await chat.report(room);
    expect(report).toMatchObject({ state: "waiting", reason: "unreachable" });
    expect(report).not.toHaveProperty("outSince");
    expect(chat.allHeard("mucPushOut", room)).toEqual([]);
  });

  test("of a new nick that is not confirmed yet", async () => {
    const { chat, room } = await open();
    room.onNick(() => never);
    await chat.askForNick(room, "montague");
    await room.nth("presence", 1);
    await chat.hasState(room, "renaming");
  });

  test("of a stream that is down, and why rooms are waited for after it", async () => {
    const { chat, server, room } = await open();
    server.client.dropSocket();
    await chat.hasState(room, "suspended");
    expect(await chat.report(room)).toEqual({
      state: "suspended",
      since: expect.any(Number) as number,
      guard: "push",
    });
  });

  test.each([
    ["plain", [], "silence"],
    ["ready", [NS.mucReady], "ready"],
    ["push", [NS.push], "push"],
    ["push and ready", [NS.push, NS.mucReady], "push"],
  ] as const)(
    "how a loss would show in a room with %s",
    async (_what, features, guard) => {
      const chat = await harness().open({
        prepare: (server) => {
          const room = server.room("garden");
          room.features.delete(NS.push);
          for (const feature of features) room.features.add(feature);
        },
      });
      const room = chat.room();
      if (guard === "push") await chat.heard("mucPushEnabled", room);
      await chat.fence();
      expect(await chat.report(room)).toMatchObject({ state: "joined", guard });
    },
  );
});

const givenUp: Record<string, Answer> = {
  "nick-conflict": error("conflict"),
  "nick-refused": error("not-acceptable", "modify"),
  "password-required": error("not-authorized", "auth"),
  "members-only": error("registration-required", "auth"),
  banned: error("forbidden", "auth"),
  "not-allowed": error("not-allowed"),
  destroyed: error("gone"),
  refused: error("jid-malformed", "modify"),
};

describe("a rejoin that only a person can help", () => {
  test("ends as left, with the reason, told once", async () => {
    const names = Object.keys(givenUp);
    const chat = await harness().open({ rooms: names, isTimeScripted: true });
    for (const name of names)
      await chat.heard("mucPushEnabled", chat.room(name));
    await chat.stopTime();
    for (const [reason, refusal] of Object.entries(givenUp)) {
      const room = chat.room(reason);
      room.onJoin(() => refusal);
      room.forgetSeats();
      chat.server.push({ from: room.jid });
      const { payload } = await chat.heard("mucPushGivenUp", room);
      expect(payload).toEqual({ room: room.jid, reason });
      await chat.heard("mucPushDisabled", room);
    }
    await chat.page.clock.runFor(10 * MINUTE_MS);
    await chat.fence();
    for (const reason of names) {
      const room = chat.room(reason);
      const report = await chat.report(room);
      expect(report).toMatchObject({ state: "left", reason });
      expect(report).not.toHaveProperty("outSince");
      expect(chat.allHeard("mucPushGivenUp", room)).toHaveLength(1);
      expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
    }
  });

  test("of a room that is not there any more ends after a few tries", async () => {
    const { chat, room, clock, now } = await open();
    room.onJoin(() => error("item-not-found"));
    room.forgetSeats();
    chat.server.push({ from: room.jid });
    for (let joins = 2; joins < 1 + MISSING_TRIES; joins++) {
      await room.nth("join", joins);
      await chat.hasState(room, "waiting");
      const { nextAttemptAt = 0 } = (await chat.report(room)) ?? {};
      await clock.runFor(nextAttemptAt - (await now()));
    }
    const { payload } = await chat.heard("mucPushGivenUp", room);
    expect(payload).toEqual({ room: room.jid, reason: "not-found" });
  });
});

describe("check()", () => {
  test("asks the room, and puts a second call off to the end of the interval", async () => {
    const { chat, room, clock } = await open();
    await chat.check(room);
    await chat.heard("mucPushChecked", room);
    await chat.check(room);
    await chat.check(room);
    await chat.fence();
    expect(room.count("ping")).toBe(1);
    await clock.runFor(5_000);
    await chat.heard("mucPushChecked", room, 2);
    await clock.runFor(5_000);
    await chat.fence();
    expect(room.count("ping")).toBe(2);
  });

  test("does not wait for the next attempt", async () => {
    const { chat, room } = await open();
    room.removeAll({ codes: [332] });
    await chat.heard("mucPushOut", room);
    await chat.check(room);
    await chat.heard("mucPushBack", room);
    expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
  });
});

describe("the events", () => {
  test("tell of a crash from the push to the return, in this order, with these payloads", async () => {
    const { chat, room, clock } = await open();
    const from = chat.events.mark();
    const join = await rejoinInFlight(chat, room);
    await clock.runFor(2_500);
    join.answer(result);
    await chat.heard("mucPushBack", room);
    await chat.heard("mucPushEnabled", room, 2);
    await chat.leave(room);
    await chat.heard("mucPushDisabled", room);
    const { jid } = room;
    const told = chat.events
      .all(({ name }) => name.startsWith("mucPush"), from)
      .map(({ name, payload }) => [name, payload] as const);
    const [back, enabled] = [
      ["mucPushBack", { room: jid, outForMs: 2_500, missed: 0 }],
      ["mucPushEnabled", { room: jid }],
    ];
    expect([told.slice(0, 3), told.slice(5)]).toEqual([
      [
        ["mucPushReceived", { room: jid, accepted: true }],
        ["mucPushChecked", { room: jid, verdict: "out" }],
        ["mucPushOut", { room: jid, reason: "self-ping" }],
      ],
      [["mucPushDisabled", { room: jid }]],
    ]);
    expect(told.slice(3, 5)).toContainEqual(back);
    expect(told.slice(3, 5)).toContainEqual(enabled);
  });

  test.each([0, 1, 7])(
    "say that %i messages were missed, after they are there",
    async (count) => {
      const { chat, server, room } = await openRunning({
        hasArchive: true,
      });
      room.say("juliet", "Good morrow");
      await chat.hasMessage(room, "Good morrow");
      server.rebootRooms();
      const missed = Array.from({ length: count }, (_, n) => `Hark ${n}`);
      for (const body of missed) room.say("juliet", body);
      server.push({ from: room.jid });
      const back = await chat.heard("mucPushBack", room);
      expect(back.payload).toMatchObject({ missed: count });
      expect(await chat.messages(room)).toEqual(["Good morrow", ...missed]);
    },
  );

  test("do not count what the user said elsewhere, nor what is said after the return", async () => {
    const { chat, server, room } = await openRunning({
      hasArchive: true,
    });
    room.say("juliet", "Good morrow");
    await chat.hasMessage(room, "Good morrow");
    server.rebootRooms();
    room.say("juliet", "One");
    room.say("me", "Two");
    room.say("nurse", "Three");
    server.push({ from: room.jid });
    const back = await chat.heard("mucPushBack", room);
    expect(back.payload).toMatchObject({ missed: 2 });
    room.say("juliet", "Four");
    await chat.hasMessage(room, "Four");
    expect(chat.allHeard("mucPushBack", room)).toHaveLength(1);
  });

  test("stop nothing when a listener of another plugin throws or rejects", async () => {
    const chat = await harness().open();
    const room = chat.room();
    await chat.heard("mucPushEnabled", room);
    await chat.page.evaluate(() => {
      const { api } = window.rig._converse as unknown as {
        api: {
          listen: { on(name: string, listener: () => unknown): void };
        };
      };
      const names = ["Received", "Checked", "Out", "Back", "Enabled"];
      for (const name of [...names, "Disabled", "GivenUp"]) {
        api.listen.on(`mucPush${name}`, () => {
          throw new Error("a fault of another's");
        });
        api.listen.on(`mucPush${name}`, () =>
          Promise.reject(new Error("a late fault of another's")),
        );
      }
    });
    chat.server.rebootRooms();
    const id = chat.server.push({ from: room.jid });
    await chat.heard("mucPushBack", room);
    await chat.heard("mucPushEnabled", room, 2);
    await chat.fence();
    expect(chat.server.answersTo(id)).toHaveLength(1);
    expect(room.order(0, "ping", "join")).toEqual(["join", "ping", "join"]);
    room.removeAll({ codes: [307] });
    await chat.heard("mucPushGivenUp", room);
    await chat.heard("mucPushDisabled", room);
    await room.nth("disable", 1);
    expect(await chat.state(room)).toBe("left");
    expect(chat.complaints.filter((text) => !isOthers(text))).toEqual([]);
    chat.complaints.length = 0;
  });
});

const isOthers = (complaint: string) =>
  complaint.includes("fault of another's");
