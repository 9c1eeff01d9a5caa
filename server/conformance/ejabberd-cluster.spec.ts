/** mod_muc_push for ejabberd on two nodes of a cluster. */
import { describe, expect, it } from "vitest";
import {
  enable,
  fence,
  pushesOf,
  register,
  registerAndLeave,
  waitForPush,
  wasRegistered,
} from "./acts";
import { EJABBERDS, FAILURE_OF_NODE } from "./ejabberd";
import { type Cluster, startCluster } from "./ejabberd-cluster";
import { useStage } from "./stage";

describe.each(EJABBERDS)(
  "$server.name: two nodes of a cluster",
  ({ release, server }) => {
    let started: Cluster | undefined;
    const stage = useStage(
      {
        ...server,
        failureInLog: FAILURE_OF_NODE,
        start: async (settings) => {
          const { servers, cluster } = await startCluster(release, settings);
          started = cluster;
          return servers;
        },
      },
      {
        intervalSeconds: 0,
        startupRate: 50,
        // Nodes that are started together have to see each other first.
        startupDelaySeconds: 6,
        // The users' server may not yet get to a node that has just been started.
        retryMinSeconds: 0.5,
      },
    );
    const cluster = (): Cluster => {
      if (!started) throw new Error("the cluster runs inside of tests only");
      return started;
    };

    /** The number of registrations in the room, as a node knows it. */
    async function countAt(which: 0 | 1, room: string): Promise<number> {
      return Number(await cluster().nodes[which].ctl("muc_push_count", room));
    }

    it("a client registers through one node in a room on the other, and is pushed through both", async () => {
      const { nodes, use } = cluster();
      const [alice, bob] = await Promise.all([
        stage.connect("alice"),
        stage.connect("bob"),
      ]);
      const room = await stage.createRoom(alice);
      await use(nodes[1]);
      await registerAndLeave(bob, room);
      expect(await countAt(0, room)).toBe(1);
      expect(await countAt(1, room)).toBe(1);

      // The room is on the first node, the message and the answer come in at the second.
      await alice.say(room, "hello");
      bob.answer(await waitForPush(bob, room), "result");
      await fence(bob, room);
      await use(nodes[0]);
      await alice.say(room, "hello");
      bob.answer(await waitForPush(bob, room, 2), "result");
      await fence(bob, room);
      expect(pushesOf(bob, room)).toHaveLength(2);

      // Dropped through the node that does not have the room.
      await nodes[1].ctl("muc_push_drop", room, bob.jid);
      expect(await countAt(0, room)).toBe(0);
      expect(await wasRegistered(bob, room)).toBe(false);
    });

    it("a node that is killed takes no registration with it, and the other pushes those who were in its rooms, each once", async () => {
      const { nodes, use } = cluster();
      const [alice, bob, carol] = await Promise.all([
        stage.connect("alice"),
        stage.connect("bob"),
        stage.connect("carol"),
      ]);
      const lost = await stage.createRoom(alice);
      await register(bob, lost);
      await use(nodes[1]);
      const kept = await stage.createRoom(alice);
      await register(bob, kept);
      await register(carol, lost);
      await registerAndLeave(carol, kept);

      await nodes[0].kill();
      // Without anybody speaking; and only to those who have lost a seat.
      for (const client of [bob, carol])
        client.answer(await waitForPush(client, lost), "result");
      for (const client of [bob, carol]) {
        await fence(client, kept);
        expect(pushesOf(client, lost)).toHaveLength(1);
        expect(pushesOf(client, kept)).toEqual([]);
      }
      expect(await countAt(1, lost)).toBe(2);
      expect(await countAt(1, kept)).toBe(2);

      // Pushes go on, and registrations too.
      await alice.say(kept, "hello");
      carol.answer(await waitForPush(carol, kept), "result");
      await alice.joinRoom(lost, "alice");
      await bob.joinRoom(lost, "bob");
      expect(await enable(bob, lost, { jid: bob.jid, node: "new" })).toBe(
        "result",
      );
      await alice.say(lost, "hello");
      await waitForPush(carol, lost, 2);
      await fence(bob, lost);
      expect(pushesOf(bob, lost)).toHaveLength(1);

      // Who comes back learns what has happened meanwhile, and pushes nobody: no seat was lost.
      await nodes[0].start();
      expect(await wasRegistered(bob, kept)).toBe(true);
      expect(await countAt(0, kept)).toBe(1);
      expect(await countAt(0, lost)).toBe(2);
      await fence(bob, kept);
      expect(pushesOf(bob, lost)).toHaveLength(1);
    });

    it("after both were killed each client is pushed once for each room, by one of them", async () => {
      const { nodes, use } = cluster();
      const [alice, bob] = await Promise.all([
        stage.connect("alice"),
        stage.connect("bob"),
      ]);
      const rooms: string[] = [];
      for (const node of [nodes[0], nodes[1], nodes[0], nodes[1]]) {
        await use(node);
        const room = await stage.createRoom(alice);
        await register(bob, room);
        rooms.push(room);
      }
      await stage.servers.rooms.kill();
      await stage.servers.rooms.start();
      for (const room of rooms)
        bob.answer(await waitForPush(bob, room), "result");
      for (const node of nodes) {
        await use(node);
        for (const room of rooms) await fence(bob, room);
      }
      for (const room of rooms) {
        expect(pushesOf(bob, room)).toHaveLength(1);
        expect(await wasRegistered(bob, room)).toBe(true);
      }
    });
  },
);
