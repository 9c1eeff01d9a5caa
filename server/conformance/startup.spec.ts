import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { waitUntilLinked } from "../../rig/links";
import { bare } from "../../rig/raw-client";
import {
  fence,
  pushesOf,
  register,
  registerAndLeave,
  setAffiliation,
  stanzaError,
  waitForPush,
  wasRegistered,
} from "./acts";
import { ownerAndAbsentee, ownerAndGuest } from "./openings";
import { SERVERS } from "./servers";
import { useStage } from "./stage";

const S2S_PORT = 5269;

describe.each(SERVERS)("$name: pushes after a start", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    startupRate: 50,
    startupDelaySeconds: 0,
    maxLiveRooms: 2,
  });

  async function crash(): Promise<void> {
    await stage.servers.rooms.kill();
    await stage.servers.rooms.start();
  }

  it("everyone who has lost the seat is pushed once, without anybody speaking", async () => {
    const people = await Promise.all(
      ["alice", "bob", "carol"].map((name) => stage.connect(name)),
    );
    const [alice, bob, carol] = people as [
      (typeof people)[0],
      (typeof people)[0],
      (typeof people)[0],
    ];
    const room = await stage.createRoom(alice);
    const nodes = new Map([
      [alice, await register(alice, room)],
      [bob, await register(bob, room)],
      [carol, await registerAndLeave(carol, room)],
    ]);
    await crash();
    for (const [client, node] of nodes) {
      const push = await waitForPush(client, room);
      expect(push.toString()).toContain(node);
      client.answer(push, "result");
    }
    for (const client of people) {
      await fence(client, room);
      expect(pushesOf(client, room)).toHaveLength(1);
      expect(await wasRegistered(client, room)).toBe(true);
    }
  });

  it("those whose server takes the connection and is slow to answer", async () => {
    const { bob, room } = await ownerAndGuest(stage);
    await register(bob, room);
    const { users, rooms } = stage.servers;
    await rooms.kill();
    users.freeze();
    try {
      await rooms.start();
      await waitUntilLinked(users.host, S2S_PORT);
    } finally {
      users.thaw();
    }
    bob.answer(await waitForPush(bob, room), "result");
    await fence(bob, room);
    expect(pushesOf(bob, room)).toHaveLength(1);
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("in many rooms, more than are kept in memory", async () => {
    const alice = await stage.connect("alice");
    const bob = await stage.connect("bob");
    const rooms: string[] = [];
    for (let i = 0; i < 6; i++) {
      const room = await stage.createRoom(alice);
      await registerAndLeave(bob, room);
      rooms.push(room);
    }
    await crash();
    for (const room of rooms) {
      bob.answer(await waitForPush(bob, room), "result");
    }
    for (const room of rooms) {
      await fence(bob, room);
      expect(pushesOf(bob, room)).toHaveLength(1);
    }
  });

  it("after each start anew, also when the last wave did not come to its end", async () => {
    const { bob, room } = await ownerAndGuest(stage);
    await register(bob, room);
    for (const count of [1, 2, 3]) {
      await crash();
      await waitForPush(bob, room, count);
    }
    await fence(bob, room);
    expect(pushesOf(bob, room)).toHaveLength(3);
  });

  it("who may not enter any more is not pushed but forgotten", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const carol = await stage.connect("carol");
    await registerAndLeave(carol, room);
    await setAffiliation(alice, room, bare(carol.jid), "member");
    await alice.configureRoom(room, { membersOnly: true });
    await crash();
    await waitForPush(carol, room);
    expect(await wasRegistered(bob, room)).toBe(false);
    expect(pushesOf(bob, room)).toEqual([]);
  });

  it("who has disabled, or whose room is gone, is not pushed", async () => {
    const alice = await stage.connect("alice");
    const bob = await stage.connect("bob");
    const disabled = await stage.createRoom(alice);
    const temporary = await stage.createRoom(alice);
    // The last one that is used: a room that was put aside meanwhile has its seats on the disk.
    const kept = await stage.createRoom(alice);
    for (const room of [disabled, temporary]) await register(bob, room);
    await alice.configureRoom(temporary, { persistent: false });
    await register(bob, kept);
    expect(await wasRegistered(bob, disabled)).toBe(true);
    await crash();
    await waitForPush(bob, kept);
    await fence(bob, kept);
    expect(pushesOf(bob, disabled)).toEqual([]);
    expect(pushesOf(bob, temporary)).toEqual([]);
  });

  it("an answer counts as always", async () => {
    const { bob, room } = await ownerAndGuest(stage);
    await register(bob, room);
    await crash();
    bob.answer(
      await waitForPush(bob, room),
      stanzaError("cancel", "item-not-found"),
    );
    await fence(bob, room);
    expect(await wasRegistered(bob, room)).toBe(false);
  });
});

describe.each(SERVERS)("$name: the time before the first push", (server) => {
  // Long enough to come back in, on a busy machine too.
  const startupDelaySeconds = 6;
  const stage = useStage(server, {
    intervalSeconds: 0,
    startupRate: 50,
    startupDelaySeconds,
  });

  async function seatedAndAbsent() {
    const [alice, bob, carol] = await Promise.all([
      stage.connect("alice"),
      stage.connect("bob"),
      stage.connect("carol"),
    ]);
    const room = await stage.createRoom(alice);
    await register(bob, room);
    await registerAndLeave(carol, room);
    return { bob, carol, room };
  }

  it("is for those who come back by themselves: they are not pushed", async () => {
    const { bob, carol, room } = await seatedAndAbsent();
    await stage.servers.rooms.kill();
    const startedAt = performance.now();
    await stage.servers.rooms.start();
    await bob.joinRoom(room, "bob");
    await fence(carol, room);
    expect(pushesOf(carol, room)).toEqual([]);
    await waitForPush(carol, room);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(
      startupDelaySeconds * 1000 - 1,
    );
    await fence(bob, room);
    expect(pushesOf(bob, room)).toEqual([]);
  });

  it("after a clean restart nobody is pushed who has a seat", async () => {
    const { bob, carol, room } = await seatedAndAbsent();
    await stage.servers.rooms.terminate();
    await stage.servers.rooms.start();
    if (!server.keepsSeatsOverCleanRestart) await bob.joinRoom(room, "bob");
    await waitForPush(carol, room);
    await fence(bob, room);
    expect(pushesOf(bob, room)).toEqual([]);
  });
});

describe.each(SERVERS)("$name: a start without pushes", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    startupRate: 0,
    startupDelaySeconds: 0,
  });

  it("a rate of zero leaves it to the next message", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    await register(bob, room);
    await stage.servers.rooms.kill();
    await stage.servers.rooms.start();
    await alice.joinRoom(room, "alice");
    await fence(bob, room);
    expect(pushesOf(bob, room)).toEqual([]);
    await alice.say(room, "hello");
    await waitForPush(bob, room);
  });
});

describe.each(SERVERS)("$name: a start while the users are away", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    startupRate: 50,
    startupDelaySeconds: 0,
    // The first retry comes after three seconds at the earliest: by then Bob is back, on a busy machine too.
    retryMinSeconds: 6,
  });

  /** Takes the place of the users' server, and hangs up on the first who calls. */
  async function hangUpOnce(): Promise<{ called: Promise<void> }> {
    const server = createServer();
    server.listen(S2S_PORT, stage.servers.users.host);
    await once(server, "listening");
    async function hangUp(): Promise<void> {
      const [socket] = (await once(server, "connection")) as [Socket];
      const closed = once(server, "close");
      socket.destroy();
      server.close();
      await closed;
    }
    return { called: hangUp() };
  }

  it("who cannot be reached is pushed later", async () => {
    const alice = await stage.connect("alice");
    const bob = await stage.connect("bob", "home");
    const room = await stage.createRoom(alice);
    await register(bob, room);
    await Promise.all([stage.servers.rooms.kill(), stage.servers.users.kill()]);
    const line = await hangUpOnce();
    await stage.servers.rooms.start();
    await line.called;
    await stage.servers.users.start();
    const again = await stage.connect("bob", "home");
    expect(again.jid).toBe(bob.jid);
    await waitForPush(again, room);
    await fence(again, room);
    expect(pushesOf(again, room)).toHaveLength(1);
    expect(await wasRegistered(again, room)).toBe(true);
  });
});
