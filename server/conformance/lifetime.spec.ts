import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bare, isSelfPresence, type RawClient } from "../../rig/raw-client";
import {
  destroyRoom,
  disable,
  enable,
  featuresOf,
  fence,
  NS,
  pushesOf,
  register,
  registerAndLeave,
  sayAndFence,
  setAffiliation,
  stanzaError,
  waitForPush,
  waitUntilGone,
  wasRegistered,
} from "./acts";
import { ownerAndAbsentee, ownerAndGuest } from "./openings";
import { SERVERS } from "./servers";
import { useStage } from "./stage";

describe.each(SERVERS)("$name: restarts", (server) => {
  const stage = useStage(server, { intervalSeconds: 0 });

  async function crash(): Promise<void> {
    await stage.servers.rooms.kill();
    await stage.servers.rooms.start();
  }

  it.each([1, 2, 3])(
    "a SIGKILL as soon as the result is there loses no registration (%i)",
    async () => {
      const { alice, bob, room } = await ownerAndGuest(stage);
      const node = await register(bob, room);
      await crash();
      await alice.joinRoom(room, "alice");
      await alice.say(room, "hello");
      expect((await waitForPush(bob, room)).toString()).toContain(node);
    },
  );

  it("a new node survives a SIGKILL as well", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    await register(bob, room);
    expect(await enable(bob, room, { jid: bob.jid, node: "new" })).toBe(
      "result",
    );
    await crash();
    await alice.joinRoom(room, "alice");
    await alice.say(room, "hello");
    expect((await waitForPush(bob, room)).toString()).toContain('node="new"');
  });

  it("everybody is absent after a SIGKILL until seen again", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    const carol = await stage.connect("carol");
    for (const client of [alice, bob, carol]) await register(client, room);
    await crash();
    await alice.joinRoom(room, "alice");
    await carol.joinRoom(room, "carol");
    await sayAndFence(alice, room, bob);
    await Promise.all([fence(alice, room), fence(carol, room)]);
    expect(pushesOf(bob, room)).toHaveLength(1);
    expect(pushesOf(alice, room)).toEqual([]);
    expect(pushesOf(carol, room)).toEqual([]);
  });

  it("a registration can be renewed and used again after a SIGKILL", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    const node = await register(bob, room);
    await crash();
    await bob.joinRoom(room, "bob");
    expect(await enable(bob, room, { jid: bob.jid, node })).toBe("result");
    await crash();
    await alice.joinRoom(room, "alice");
    await alice.say(room, "hello");
    await waitForPush(bob, room);
  });

  it("a disabled registration does not come back after a SIGKILL", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    const node = await registerAndLeave(bob, room);
    await registerAndLeave(alice, room);
    expect(await disable(bob, room, { jid: bob.jid, node })).toBe("result");
    await crash();
    expect(await wasRegistered(bob, room)).toBe(false);
    expect(await wasRegistered(alice, room)).toBe(true);
  });

  it("a room that is not persistent neither announces push nor takes registrations; once it is persistent it does both", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage, {
      persistent: false,
    });
    await bob.joinRoom(room, "bob");
    expect(await featuresOf(bob, room)).not.toContain(NS.push);
    const own = { jid: bob.jid, node: "a-node" };
    expect(await enable(bob, room, own)).toBe("cancel/feature-not-implemented");
    expect(await wasRegistered(bob, room)).toBe(false);
    await alice.configureRoom(room, { persistent: true });
    expect(await featuresOf(bob, room)).toContain(NS.push);
    expect(await wasRegistered(bob, room)).toBe(false);
    expect(await enable(bob, room, own)).toBe("result");
    await crash();
    await alice.joinRoom(room, "alice");
    await alice.say(room, "hello");
    await waitForPush(bob, room);
  });

  it("a room that is not persistent any more forgets its registrations and what it was about to push", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await register(alice, room);
    await alice.say(room, "hello");
    const push = await waitForPush(bob, room);
    await alice.configureRoom(room, { persistent: false });
    expect(await featuresOf(alice, room)).not.toContain(NS.push);
    expect(await enable(alice, room, { jid: alice.jid, node: "n" })).toBe(
      "cancel/feature-not-implemented",
    );
    bob.answer(push, stanzaError("wait", "resource-constraint"));
    await fence(bob, room);
    await sayAndFence(alice, room, bob);
    await alice.configureRoom(room, { persistent: true });
    await sayAndFence(alice, room, bob);
    for (const client of [alice, bob])
      expect(await wasRegistered(client, room)).toBe(false);
    expect(pushesOf(bob, room)).toHaveLength(1);
  });

  it("registrations of a room that became temporary die with it: SIGKILL", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    await register(bob, room);
    await alice.configureRoom(room, { persistent: false });
    await crash();
    await alice.joinRoom(room, "alice");
    await alice.configureRoom(room, { persistent: true });
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toEqual([]);
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  it("after a clean restart, those without a seat are pushed", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    const carol = await stage.connect("carol");
    await register(bob, room);
    await registerAndLeave(carol, room);
    await stage.servers.rooms.terminate();
    await stage.servers.rooms.start();
    if (!server.keepsSeatsOverCleanRestart) await alice.joinRoom(room, "alice");
    await alice.say(room, "hello");
    await waitForPush(carol, room);
    await fence(bob, room);
    expect(pushesOf(bob, room)).toHaveLength(
      server.keepsSeatsOverCleanRestart ? 0 : 1,
    );
  });
});

describe.each(SERVERS)("$name: the end of a registration", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    retryMinSeconds: 0.2,
    maxLiveRooms: 2,
  });

  it("a ban ends it at once and for good", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await setAffiliation(alice, room, bare(bob.jid), "outcast");
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toEqual([]);
    await setAffiliation(alice, room, bare(bob.jid), "none");
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toEqual([]);
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  it("a ban ends the registration of one who is in the room", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await register(bob, room);
    await setAffiliation(alice, room, bare(bob.jid), "outcast");
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toEqual([]);
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  it("a ban of one leaves the others registered", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const carol = await stage.connect("carol");
    await registerAndLeave(carol, room);
    await setAffiliation(alice, room, bare(bob.jid), "outcast");
    await alice.say(room, "hello");
    await waitForPush(carol, room);
  });

  it("a ban survives a SIGKILL", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await setAffiliation(alice, room, bare(bob.jid), "outcast");
    await stage.servers.rooms.kill();
    await stage.servers.rooms.start();
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  it.runIf(server.bansDomains)("a ban of a domain ends it", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await setAffiliation(alice, room, stage.servers.users.host, "outcast");
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  it("a member who loses membership of a members-only room is forgotten", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await setAffiliation(alice, room, bare(bob.jid), "member");
    await alice.configureRoom(room, { membersOnly: true });
    await sayAndFence(alice, room, bob);
    bob.answer(await waitForPush(bob, room), "result");
    await setAffiliation(alice, room, bare(bob.jid), "none");
    expect(await wasRegistered(bob, room)).toBe(false);
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(1);
  });

  it("a change of affiliation that leaves the right to enter leaves the registration", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    for (const affiliation of ["member", "admin", "none"]) {
      await setAffiliation(alice, room, bare(bob.jid), affiliation);
    }
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("the right to enter is checked again before a retry", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const carol = await stage.connect("carol");
    await registerAndLeave(carol, room);
    await setAffiliation(alice, room, bare(carol.jid), "member");
    await alice.say(room, "hello");
    for (const client of [bob, carol]) {
      await waitForPush(client, room);
    }
    await alice.configureRoom(room, { membersOnly: true });
    const busy = stanzaError("wait", "resource-constraint");
    bob.answer(await waitForPush(bob, room), busy);
    await fence(bob, room);
    for (const count of [1, 2])
      carol.answer(await waitForPush(carol, room, count), busy);
    await waitForPush(carol, room, 3);
    await fence(bob, room);
    expect(pushesOf(bob, room)).toHaveLength(1);
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  /** The room is destroyed and made again before Bob answers its push. */
  async function pushedByOldRoom() {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await alice.say(room, "hello");
    const late = await waitForPush(bob, room);
    await destroyRoom(alice, room);
    await waitUntilGone(alice, room);
    await alice.joinRoom(room, "alice");
    await alice.configureRoom(room, { persistent: true });
    return { alice, bob, room, late };
  }

  it("a room that is destroyed and made again knows nobody of the old one", async () => {
    const { alice, bob, room, late } = await pushedByOldRoom();
    bob.answer(late, stanzaError("wait", "resource-constraint"));
    await fence(bob, room);
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(1);
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  it("a push to the old room neither counts for nor harms a registration in the new one", async () => {
    const { alice, bob, room, late } = await pushedByOldRoom();
    await registerAndLeave(bob, room);
    bob.answer(late, stanzaError("cancel", "item-not-found"));
    await fence(bob, room);
    await alice.say(room, "hello");
    await waitForPush(bob, room, 2);
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("registrations of a room that became temporary die with it: everybody left", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await alice.configureRoom(room, { persistent: false });
    await alice.leaveRoom(room, "alice");
    await waitUntilGone(alice, room);
    await alice.joinRoom(room, "alice");
    await alice.configureRoom(room, { persistent: true });
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toEqual([]);
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  /** Makes the server put its other rooms aside. */
  async function fillMemory(alice: RawClient): Promise<void> {
    for (let i = 0; i < 3; i++) await stage.createRoom(alice);
  }

  it.each([true, false])(
    "a room that was put aside and loaded again pushes if it is persistent (%s)",
    async (persistent) => {
      const { alice, bob, room } = await ownerAndAbsentee(stage);
      const carol = await stage.connect("carol");
      await register(carol, room);
      await alice.configureRoom(room, { persistent });
      await fillMemory(alice);
      await alice.say(room, "hello");
      if (persistent) await waitForPush(bob, room);
      await fence(bob, room);
      await fence(carol, room);
      expect(pushesOf(bob, room)).toHaveLength(persistent ? 1 : 0);
      expect(pushesOf(carol, room)).toEqual([]);
      expect((await featuresOf(carol, room)).includes(NS.push)).toBe(
        persistent,
      );
      const own = { jid: carol.jid, node: "a-node" };
      expect(await enable(carol, room, own)).toBe(
        persistent ? "result" : "cancel/feature-not-implemented",
      );
    },
  );

  it("an answer and a retry find a room that was put aside meanwhile", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await alice.say(room, "hello");
    const first = await waitForPush(bob, room);
    await fillMemory(alice);
    bob.answer(first, stanzaError("wait", "resource-constraint"));
    await fillMemory(alice);
    const second = await waitForPush(bob, room, 2);
    await fillMemory(alice);
    bob.answer(second, stanzaError("cancel", "item-not-found"));
    await fence(bob, room);
    expect(await wasRegistered(bob, room)).toBe(false);
  });
});

describe.each(SERVERS)("$name: a bounce that costs the seat", (server) => {
  // Long enough for what has to happen before its end, on a busy machine too.
  const graceSeconds = 5;
  const stage = useStage(server, { intervalSeconds: 0, graceSeconds });

  /** Bob's and Carol's clients are dead, but the room does not know; Alice is back. */
  async function deadOccupants() {
    const [alice, bob, carol] = await Promise.all([
      stage.connect("alice", "home"),
      stage.connect("bob", "home"),
      stage.connect("carol", "home"),
    ]);
    const room = await stage.createRoom(alice);
    await register(bob, room);
    await register(carol, room);
    await stage.servers.users.kill();
    await stage.servers.users.start();
    const speaker = await stage.connect("alice", "home");
    await speaker.joinRoom(room, "alice");
    return { speaker, room };
  }

  /** Resolves when the room has thrown this nick out. */
  function waitForExit(speaker: RawClient, room: string, nick: string) {
    return speaker.waitForNext(
      (stanza) =>
        stanza.is("presence") &&
        stanza.attrs.type === "unavailable" &&
        stanza.attrs.from === `${room}/${nick}`,
    );
  }

  it("after a bounced message the room looks again, and pushes whom it does not see", async () => {
    const { speaker, room } = await deadOccupants();
    const exits = ["bob", "carol"].map((nick) =>
      waitForExit(speaker, room, nick),
    );
    const saidAt = performance.now();
    await speaker.say(room, "anybody there?");
    await Promise.all(exits);
    // Bob takes his seat again by himself, Carol does not.
    const bob = await stage.connect("bob", "home");
    const carol = await stage.connect("carol", "home");
    await bob.joinRoom(room, "bob");
    await fence(carol, room);
    expect(pushesOf(carol, room)).toEqual([]);
    await waitForPush(carol, room);
    expect(performance.now() - saidAt).toBeGreaterThanOrEqual(
      graceSeconds * 1000 - 1,
    );
    await bob.leaveRoom(room, "bob");
    await sayAndFence(speaker, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(1);
  });

  it("what is said meanwhile does not shorten the time", async () => {
    const { speaker, room } = await deadOccupants();
    const exit = waitForExit(speaker, room, "carol");
    const saidAt = performance.now();
    await speaker.say(room, "anybody there?");
    await exit;
    const carol = await stage.connect("carol", "home");
    await sayAndFence(speaker, room, carol);
    expect(pushesOf(carol, room)).toEqual([]);
    await waitForPush(carol, room);
    expect(performance.now() - saidAt).toBeGreaterThanOrEqual(
      graceSeconds * 1000 - 1,
    );
  });

  it("a bounce that comes during a push changes nothing about it", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await alice.say(room, "hello");
    const push = await waitForPush(bob, room);
    bob.send(
      `<message type="error" to="${room}/alice">${stanzaError("cancel", "service-unavailable")}</message>`,
    );
    bob.answer(push, stanzaError("cancel", "item-not-found"));
    await fence(bob, room);
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  it("a bounced chat state alone is no reason to push", async () => {
    const { speaker, room } = await deadOccupants();
    const exit = waitForExit(speaker, room, "bob");
    speaker.send(
      `<message type="groupchat" to="${room}"><composing xmlns="http://jabber.org/protocol/chatstates"/></message>`,
    );
    await exit;
    const bob = await stage.connect("bob", "home");
    const saidAt = performance.now();
    await sayAndFence(speaker, room, bob);
    // At once: nothing was waiting for the end of a grace time.
    expect(pushesOf(bob, room)).toHaveLength(1);
    expect(performance.now() - saidAt).toBeLessThan(graceSeconds * 1000);
  });

  it("an error that a stranger sends sets nothing off", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const mallory = await stage.connect("mallory");
    await alice.say(room, "hello");
    bob.answer(await waitForPush(bob, room), "result");
    for (const to of [
      room,
      `${room}/alice`,
      `${randomUUID()}@${stage.servers.rooms.host}/x`,
      stage.servers.rooms.host,
    ])
      mallory.send(
        `<message type="error" to="${to}">${stanzaError("cancel", "service-unavailable")}</message>`,
      );
    await fence(mallory, room);
    expect(
      alice.received.some(
        (stanza) =>
          isSelfPresence(stanza, room) && stanza.attrs.type === "unavailable",
      ),
    ).toBe(false);
    expect(await wasRegistered(bob, room)).toBe(true);
  });
});
