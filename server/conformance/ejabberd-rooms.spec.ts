/** mod_muc_push for ejabberd and where rooms are kept: in their sleep, in a database, in Mnesia. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  disable,
  fence,
  pushesOf,
  register,
  registerAndLeave,
  stanzaError,
  waitForPush,
  wasRegistered,
} from "./acts";
import { EJABBERDS, ejabberdWith } from "./ejabberd";
import { ownerAndAbsentee, ownerAndGuest } from "./openings";
import { type Stage, useStage } from "./stage";

const POLL_MS = 20;
const LIMIT_MS = 15_000;

/** Resolves when ejabberd has put the room aside so many times. */
async function waitUntilHibernated(
  stage: Stage,
  room: string,
  times = 1,
): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  const line = `Hibernating room ${room}`;
  while (stage.servers.rooms.readLog().split(line).length <= times) {
    if (Date.now() > end) throw new Error(`${room} does not hibernate`);
    await delay(POLL_MS);
  }
}

describe.each(EJABBERDS)(
  "$server.name: rooms that hibernate",
  ({ release }) => {
    const stage = useStage(
      ejabberdWith(release, {
        modules: { mod_muc: { hibernation_timeout: 1 } },
      }),
      // The first retry comes two to four seconds after the answer: by then the room hibernates.
      { intervalSeconds: 0, retryMinSeconds: 4 },
    );

    it("push when somebody wakes them", async () => {
      const { alice, bob, room } = await ownerAndAbsentee(stage);
      await alice.leaveRoom(room, "alice");
      await waitUntilHibernated(stage, room);
      await alice.joinRoom(room, "alice");
      await fence(bob, room);
      expect(pushesOf(bob, room)).toEqual([]);
      await alice.say(room, "hello");
      await waitForPush(bob, room);
    });

    it("are woken by a retry", async () => {
      const { alice, bob, room } = await ownerAndAbsentee(stage);
      await alice.say(room, "hello");
      const push = await waitForPush(bob, room);
      await alice.leaveRoom(room, "alice");
      bob.answer(push, stanzaError("wait", "resource-constraint"));
      await waitUntilHibernated(stage, room);
      await waitForPush(bob, room, 2);
    });

    it("take an answer in their sleep", async () => {
      const { alice, bob, room } = await ownerAndAbsentee(stage);
      await alice.say(room, "hello");
      const push = await waitForPush(bob, room);
      await alice.leaveRoom(room, "alice");
      await waitUntilHibernated(stage, room);
      bob.answer(push, stanzaError("cancel", "item-not-found"));
      await fence(bob, room);
      expect(await wasRegistered(bob, room)).toBe(false);
    });

    it("are woken by a disable", async () => {
      const { alice, bob, room, node } = await ownerAndAbsentee(stage);
      await alice.leaveRoom(room, "alice");
      await waitUntilHibernated(stage, room);
      expect(await disable(bob, room, { jid: bob.jid, node })).toBe("result");
      expect(await wasRegistered(bob, room)).toBe(false);
    });

    it("keep their registrations over a SIGKILL", async () => {
      const { alice, bob, room } = await ownerAndAbsentee(stage);
      await alice.leaveRoom(room, "alice");
      await waitUntilHibernated(stage, room);
      await stage.servers.rooms.kill();
      await stage.servers.rooms.start();
      await alice.joinRoom(room, "alice");
      await alice.say(room, "hello");
      await waitForPush(bob, room);
    });
  },
);

describe.each(EJABBERDS)(
  "$server.name: rooms that are loaded when they are needed",
  ({ release }) => {
    const stage = useStage(
      ejabberdWith(release, { modules: { mod_muc: { preload_rooms: false } } }),
      { intervalSeconds: 0, startupRate: 50, startupDelaySeconds: 0 },
    );

    it("push after a start, and only in rooms that are still there", async () => {
      const [alice, bob] = await Promise.all([
        stage.connect("alice"),
        stage.connect("bob"),
      ]);
      const temporary = await stage.createRoom(alice);
      const rooms = [temporary];
      for (let i = 0; i < 4; i++) rooms.push(await stage.createRoom(alice));
      for (const room of rooms) await registerAndLeave(bob, room);
      await alice.configureRoom(temporary, { persistent: false });
      await stage.servers.rooms.kill();
      await stage.servers.rooms.start();
      for (const room of rooms.slice(1)) {
        bob.answer(await waitForPush(bob, room), "result");
        await fence(bob, room);
        expect(pushesOf(bob, room)).toHaveLength(1);
        expect(await wasRegistered(bob, room)).toBe(true);
      }
      expect(pushesOf(bob, temporary)).toEqual([]);
      await alice.joinRoom(temporary, "alice");
      await alice.configureRoom(temporary, { persistent: true });
      expect(await wasRegistered(bob, temporary)).toBe(false);
    });
  },
);

describe.each(EJABBERDS)("$server.name: rooms in Mnesia", ({ release }) => {
  const stage = useStage(
    ejabberdWith(release, { modules: { mod_muc: { db_type: "mnesia" } } }),
    { intervalSeconds: 0 },
  );

  it.each([1, 2, 3])(
    "survive a SIGKILL as soon as somebody has registered (%i)",
    async () => {
      const { alice, bob, room } = await ownerAndGuest(stage);
      await register(bob, room);
      await stage.servers.rooms.kill();
      await stage.servers.rooms.start();
      await alice.joinRoom(room, "alice");
      await alice.say(room, "hello");
      await waitForPush(bob, room);
    },
  );
});
