import { randomInt } from "node:crypto";
import { createElement, type Element } from "ltx";
import { describe, expect, it } from "vitest";
import type { RawClient } from "../../rig/raw-client";
import { NS, waitForPush, wasRegistered } from "./acts";
import { SERVERS } from "./servers";
import { localpart, useStage } from "./stage";

const ROUNDS = 4;
const PEOPLE = 12;
const ROOMS = 3;
/** The server is killed after one of so many results. */
const MOST_RESULTS = 120;

/** The number in a node that `storm` has made. */
function numberOf(node: unknown): number {
  return Number(String(node).split("-")[1]);
}

/** `over` resolves with that call of `count`. */
function countDown(from: number) {
  let left = from;
  let resolve: () => void;
  const over = new Promise<void>((done) => (resolve = done));
  const count = () => {
    if (--left === 0) resolve();
  };
  return { over, count };
}

describe.each(SERVERS)("$name: killed while clients register", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    startupRate: 200,
    startupDelaySeconds: 0,
  });

  /** Registers with one node after the other, each as soon as the last has its result. */
  function storm(client: RawClient, room: string, onResult: () => void) {
    let sent = 0;
    let acknowledged = -1;
    const register = () =>
      client.send(
        createElement(
          "iq",
          { type: "set", to: room, id: `storm-${sent}` },
          createElement("enable", {
            xmlns: NS.push,
            jid: client.jid,
            node: `node-${sent++}`,
          }),
        ),
      );
    const stop = client.onStanza((stanza: Element) => {
      if (!stanza.is("iq") || stanza.attrs.type !== "result") return;
      if (!String(stanza.attrs.id).startsWith("storm-")) return;
      acknowledged = numberOf(stanza.attrs.id);
      onResult();
      register();
    });
    register();
    return { stop, acknowledged: () => acknowledged };
  }

  it.each(Array.from({ length: ROUNDS }, (_, i) => i + 1))(
    "every registration with a result is there afterwards (%i)",
    async () => {
      const alice = await stage.connect("alice");
      const rooms: string[] = [];
      for (let i = 0; i < ROOMS; i++) rooms.push(await stage.createRoom(alice));
      const seats = await Promise.all(
        Array.from({ length: PEOPLE }, async (_, i) => {
          const client = await stage.connect(`user${i}`);
          const room = rooms[i % ROOMS] ?? "";
          await client.joinRoom(room, localpart(client.jid));
          return { client, room };
        }),
      );

      const results = countDown(randomInt(1, MOST_RESULTS));
      const storms = seats.map(({ client, room }) => ({
        client,
        room,
        ...storm(client, room, results.count),
      }));
      await results.over;
      await stage.servers.rooms.kill();
      for (const { stop } of storms) stop();
      await stage.servers.rooms.start();

      for (const { client, room, acknowledged } of storms) {
        if (acknowledged() < 0) continue;
        const push = await waitForPush(client, room);
        const node = push.getChild("pubsub", NS.pubsub)?.getChild("publish")
          ?.attrs.node as unknown;
        // What was sent and not acknowledged may have been stored as well.
        expect(numberOf(node)).toBeGreaterThanOrEqual(acknowledged());
        expect(await wasRegistered(client, room)).toBe(true);
      }
    },
  );
});
