import { describe, expect, it } from "vitest";
import type { HibernatingSession } from "../../rig/login";
import type { RawClient } from "../../rig/raw-client";
import {
  fence,
  pushesOf,
  registerAndLeave,
  waitForPush,
  wasRegistered,
} from "./acts";
import { ownerAndAbsentee } from "./openings";
import { SERVERS } from "./servers";
import { useStage } from "./stage";

const SM = "urn:xmpp:sm:3";

/** Cuts the line of a session that can be resumed (XEP-0198); the server keeps what comes for it. */
async function hibernate(client: RawClient): Promise<HibernatingSession> {
  const enabled = client.waitForNext((stanza) => stanza.is("enabled", SM));
  client.send(`<enable xmlns="${SM}" resume="true"/>`);
  const id = String((await enabled).attrs.id);
  await client.drop();
  return { jid: client.jid, id, handled: 0 };
}

describe.each(SERVERS)("$name: hibernating clients", (server) => {
  const timeoutSeconds = 0.3;
  const stage = useStage(server, {
    intervalSeconds: 0,
    timeoutSeconds,
    retryMinSeconds: 0.2,
    retryMaxSeconds: 0.2,
    retryLimit: 1000,
    startupRate: 50,
    startupDelaySeconds: 0,
  });

  async function hibernatingAbsentee() {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    return { alice, room, session: await hibernate(bob) };
  }

  /** Resolves when so many pushes more than one have timed out. */
  async function waitForRetries(room: string, count: number): Promise<void> {
    const carol = await stage.connect("carol");
    await registerAndLeave(carol, room);
    const alice = await stage.connect("alice");
    await alice.joinRoom(room, "witness");
    await alice.say(room, "hello");
    await waitForPush(carol, room, count + 1);
  }

  it("get the push when they are back, and stay registered", async () => {
    const { alice, room, session } = await hibernatingAbsentee();
    await alice.say(room, "hello");
    await waitForRetries(room, 3);

    const bob = await stage.resume(session);
    expect(bob.jid).toBe(session.jid);
    await waitForPush(bob, room, 3);
    // Each of them is answered, the old ones too.
    for (const push of pushesOf(bob, room)) bob.answer(push, "result");
    await fence(bob, room);
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("get the push of a start too", async () => {
    const { room, session } = await hibernatingAbsentee();
    await stage.servers.rooms.kill();
    await stage.servers.rooms.start();
    const bob = await stage.resume(session);
    bob.answer(await waitForPush(bob, room), "result");
    await fence(bob, room);
    expect(await wasRegistered(bob, room)).toBe(true);
  });
});
