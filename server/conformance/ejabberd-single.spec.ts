/** mod_muc_push for ejabberd where users and rooms are on one server, as they are with most people. */
import { describe, expect, it } from "vitest";
import type { RawClient } from "../../scripts/rig/raw-client";
import {
  enable,
  fence,
  pushesOf,
  register,
  registerAndLeave,
  sayAndFence,
  waitForPush,
  wasRegistered,
} from "./acts";
import { EJABBERDS, startSingleEjabberd } from "./ejabberd";
import { useStage } from "./stage";

describe.each(EJABBERDS)(
  "$server.name: users and rooms on one server",
  ({ release, server }) => {
    const stage = useStage(
      {
        ...server,
        start: (settings) => startSingleEjabberd(settings, release),
      },
      { intervalSeconds: 0, startupRate: 50, startupDelaySeconds: 6 },
    );

    it("pushes those who are online, and forgets those who are not, whose server answers within the send", async () => {
      const alice = await stage.connect("alice");
      const room = await stage.createRoom(alice);
      const online: RawClient[] = [];
      const gone: RawClient[] = [];
      for (let i = 0; i < 6; i++) {
        const absentee = await stage.connect(`user${i}`, "home");
        await registerAndLeave(absentee, room);
        (i % 2 === 0 ? online : gone).push(absentee);
      }
      for (const absentee of gone) await absentee.close();
      await alice.say(room, "hello");
      for (const absentee of online) {
        absentee.answer(await waitForPush(absentee, room), "result");
        await fence(absentee, room);
        expect(await wasRegistered(absentee, room)).toBe(true);
      }
      for (const { jid } of gone) {
        const again = await stage.connect(jid.split("@", 1)[0] ?? "", "home");
        expect(again.jid).toBe(jid);
        expect(await wasRegistered(again, room)).toBe(false);
      }
      await sayAndFence(alice, room, alice);
    });

    it("answers what can't be registered as it does to users of other servers", async () => {
      const alice = await stage.connect("alice");
      const bob = await stage.connect("bob");
      const room = await stage.createRoom(alice);
      const { jid } = bob;
      expect(await enable(bob, room, { jid, node: "n" })).toBe(
        "cancel/not-acceptable",
      );
      await bob.joinRoom(room, "bob");
      expect(await enable(bob, room, { jid })).toBe("modify/bad-request");
      expect(await enable(bob, room, { jid: "@/", node: "n" })).toBe(
        "modify/jid-malformed",
      );
      expect(await enable(bob, room, { jid: alice.jid, node: "n" })).toBe(
        "auth/forbidden",
      );
      expect(await enable(bob, stage.newRoomJid(), { jid, node: "n" })).toBe(
        "cancel/item-not-found",
      );
    });

    it("after a crash, those who come back within the delay are pushed", async () => {
      const alice = await stage.connect("alice", "home");
      const bob = await stage.connect("bob", "home");
      const room = await stage.createRoom(alice);
      await register(bob, room);
      await stage.servers.rooms.kill();
      await stage.servers.rooms.start();
      const again = await stage.connect("bob", "home");
      await waitForPush(again, room);
      expect(pushesOf(again, room)).toHaveLength(1);
    });
  },
);
