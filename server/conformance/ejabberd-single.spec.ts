/** mod_muc_push for ejabberd where users and rooms are on one server, as they are with most people. */
import { describe, expect, it } from "vitest";
import { enable, pushesOf, register, waitForPush } from "./acts";
import { EJABBERDS, startSingleEjabberd } from "./ejabberd";
import { itPushesOnlyThoseOnline } from "./single-server";
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

    itPushesOnlyThoseOnline(stage);

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
