import { describe, expect, it } from "vitest";
import { bare, type RawClient } from "../../rig/raw-client";
import {
  featuresOf,
  fence,
  NS,
  pushesOf,
  readyMessagesOf,
  register,
  registerAndLeave,
  setAffiliation,
  waitForPush,
  waitForReady,
} from "./acts";
import type { PushSettings, ServerUnderTest } from "./server-under-test";
import { SERVERS } from "./servers";
import { useStage } from "./stage";

function useReadyStage(server: ServerUnderTest, settings: PushSettings) {
  const stage = useStage(server, {
    intervalSeconds: 0,
    startupRate: 50,
    startupDelaySeconds: 0,
    ...settings,
  });

  /** Messages to bare JIDs reach those who are available. */
  async function connectAvailable(
    name: string,
    resource?: string,
  ): Promise<RawClient> {
    const client = await stage.connect(name, resource);
    const seen = client.waitForNext((stanza) => stanza.is("presence"));
    client.send("<presence/>");
    await seen;
    return client;
  }

  async function crash(): Promise<void> {
    await stage.servers.rooms.kill();
    await stage.servers.rooms.start();
  }

  return { stage, connectAvailable, crash };
}

describe.each(SERVERS)(
  "$name: a room that is ready tells the registered",
  (server) => {
    const { stage, connectAvailable, crash } = useReadyStage(server, {
      announceReady: "registered",
    });

    it("at their full JID, once, as an invitation with a mark", async () => {
      const [alice, bob, phone] = await Promise.all([
        connectAvailable("alice"),
        connectAvailable("bob"),
        connectAvailable("bob"),
      ]);
      const room = await stage.createRoom(alice);
      await register(bob, room);
      await crash();
      const ready = await waitForReady(bob, room);
      expect(ready.attrs.to).toBe(bob.jid);
      expect(ready.attrs.type ?? "normal").toBe("normal");
      expect(ready.getChild("x", NS.invite)?.attrs.jid).toBe(room);
      expect(ready.getChild("body")).toBeUndefined();
      await waitForPush(bob, room);
      for (const client of [alice, bob, phone]) await fence(client, room);
      expect(readyMessagesOf(bob, room)).toHaveLength(1);
      // Another session, and one who owns the room but is not registered.
      expect(readyMessagesOf(phone, room)).toEqual([]);
      expect(readyMessagesOf(alice, room)).toEqual([]);
    });

    it("announces it in the disco#info of the room", async () => {
      const alice = await stage.connect("alice");
      const room = await stage.createRoom(alice);
      expect(await featuresOf(alice, room)).toContain(NS.ready);
    });

    it("but says nothing when somebody speaks", async () => {
      const [alice, bob] = await Promise.all([
        connectAvailable("alice"),
        connectAvailable("bob"),
      ]);
      const room = await stage.createRoom(alice);
      await registerAndLeave(bob, room);
      await alice.say(room, "hello");
      await waitForPush(bob, room);
      await fence(bob, room);
      expect(readyMessagesOf(bob, room)).toEqual([]);
    });
  },
);

describe.each(SERVERS)(
  "$name: a room that is ready tells the affiliated too",
  (server) => {
    const { stage, connectAvailable, crash } = useReadyStage(server, {
      announceReady: "affiliated",
      maxLiveRooms: 2,
    });

    it("owners, admins and members at their bare JID, the registered at their full JID", async () => {
      const names = ["alice", "bob", "carol", "dave", "eve", "frank"];
      const people = await Promise.all(
        names.map((name) => connectAvailable(name)),
      );
      const [alice, bob, carol, dave, eve, frank] = people as [
        RawClient,
        RawClient,
        RawClient,
        RawClient,
        RawClient,
        RawClient,
      ];
      const room = await stage.createRoom(alice);
      await register(bob, room);
      await setAffiliation(alice, room, bare(bob.jid), "member");
      await setAffiliation(alice, room, bare(carol.jid), "member");
      await setAffiliation(alice, room, bare(dave.jid), "admin");
      await setAffiliation(alice, room, bare(eve.jid), "outcast");
      await crash();
      for (const client of [alice, carol, dave]) {
        const ready = await waitForReady(client, room);
        expect(ready.attrs.to).toBe(bare(client.jid));
      }
      expect((await waitForReady(bob, room)).attrs.to).toBe(bob.jid);
      for (const client of people) await fence(client, room);
      for (const client of [alice, bob, carol, dave])
        expect(readyMessagesOf(client, room)).toHaveLength(1);
      expect(pushesOf(bob, room)).toHaveLength(1);
      for (const client of [eve, frank])
        expect(readyMessagesOf(client, room)).toEqual([]);
      for (const client of [alice, carol, dave])
        expect(pushesOf(client, room)).toEqual([]);
    });

    it("also of rooms without any registration, and of more rooms than are kept in memory", async () => {
      const alice = await connectAvailable("alice");
      const rooms: string[] = [];
      for (let i = 0; i < 5; i++) {
        const room = await stage.createRoom(alice);
        await alice.leaveRoom(room, "alice");
        rooms.push(room);
      }
      await crash();
      for (const room of rooms) await waitForReady(alice, room);
    });
  },
);

describe.each(SERVERS)("$name: a room that is ready", (server) => {
  const { stage, connectAvailable, crash } = useReadyStage(server, {
    announceReady: "affiliated",
    // Long enough to come back in, on a busy machine too.
    startupDelaySeconds: 6,
  });

  it("says nothing to those who are in it already", async () => {
    const [alice, bob, carol] = await Promise.all([
      connectAvailable("alice"),
      connectAvailable("bob"),
      connectAvailable("carol"),
    ]);
    const room = await stage.createRoom(alice);
    await register(bob, room);
    await setAffiliation(alice, room, bare(carol.jid), "member");
    await crash();
    await Promise.all([
      alice.joinRoom(room, "alice"),
      bob.joinRoom(room, "bob"),
    ]);
    await waitForReady(carol, room);
    // The last room of the wave ends it for all: only one is left to be told after Carol at the most.
    const other = await stage.createRoom(alice);
    await Promise.all([fence(alice, other), fence(bob, other)]);
    expect(readyMessagesOf(alice, room)).toEqual([]);
    expect(readyMessagesOf(bob, room)).toEqual([]);
    expect(pushesOf(bob, room)).toEqual([]);
  });
});

describe.each(SERVERS)("$name: a room that announces nothing", (server) => {
  const { stage, connectAvailable, crash } = useReadyStage(server, {});

  it("pushes, but does not say that it is ready", async () => {
    const [alice, bob] = await Promise.all([
      connectAvailable("alice"),
      connectAvailable("bob"),
    ]);
    const room = await stage.createRoom(alice);
    await register(bob, room);
    await crash();
    await waitForPush(bob, room);
    for (const client of [alice, bob]) {
      expect(await featuresOf(client, room)).not.toContain(NS.ready);
      expect(readyMessagesOf(client, room)).toEqual([]);
    }
  });
});
