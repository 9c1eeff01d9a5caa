import { describe, expect, it } from "vitest";
import { bare, type RawClient } from "../../rig/raw-client";
import {
  enable,
  fence,
  NS,
  pushesOf,
  register,
  registerAndLeave,
  sayAndFence,
  stanzaError,
  waitForPush,
  wasRegistered,
} from "./acts";
import { ownerAndAbsentee } from "./openings";
import { SERVERS } from "./servers";
import { useStage } from "./stage";

interface Row {
  name: string;
  /** As for `RawClient.answer`. */
  answer: string;
  verdict: "keep" | "retry" | "forget";
}

function row(type: string, condition: string, verdict: Row["verdict"]): Row {
  return {
    name: `${condition} of type ${type}`,
    answer: stanzaError(type, condition),
    verdict,
  };
}

const ROWS: readonly Row[] = [
  { name: "a result", answer: "result", verdict: "keep" },
  row("cancel", "remote-server-not-found", "retry"),
  row("wait", "remote-server-timeout", "retry"),
  row("cancel", "remote-server-timeout", "retry"),
  row("wait", "resource-constraint", "retry"),
  row("cancel", "resource-constraint", "retry"),
  row("cancel", "internal-server-error", "retry"),
  row("wait", "recipient-unavailable", "retry"),
  row("wait", "undefined-condition", "retry"),
  row("cancel", "item-not-found", "forget"),
  row("cancel", "service-unavailable", "forget"),
  row("cancel", "feature-not-implemented", "forget"),
  row("cancel", "not-allowed", "forget"),
  row("cancel", "gone", "forget"),
  row("auth", "forbidden", "forget"),
  row("modify", "bad-request", "forget"),
  row("modify", "not-acceptable", "forget"),
  {
    name: "an error without a condition",
    answer: '<error type="cancel"/>',
    verdict: "forget",
  },
  { name: "an error of no type", answer: "<error/>", verdict: "forget" },
];

const RETRY_SECONDS = 0.2;

describe.each(SERVERS)("$name: answers", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    retryMinSeconds: RETRY_SECONDS,
    retryMaxSeconds: 60,
  });

  async function pushedAbsentee() {
    const { alice, bob, room, node } = await ownerAndAbsentee(stage);
    await alice.say(room, "hello");
    const push = await waitForPush(bob, room);
    return { alice, bob, room, node, push };
  }

  /** Resolves with the absentee's third push: that comes after 1.5 times the longest first retry. */
  async function outlastFirstRetry(
    speaker: RawClient,
    absentee: RawClient,
    room: string,
  ) {
    await speaker.say(room, "hello");
    for (const count of [1, 2])
      absentee.answer(
        await waitForPush(absentee, room, count),
        stanzaError("wait", "resource-constraint"),
      );
    await waitForPush(absentee, room, 3);
  }

  it.each(ROWS.filter(({ verdict }) => verdict === "forget"))(
    "$name: the registration is forgotten",
    async ({ answer }) => {
      const { alice, bob, room, push } = await pushedAbsentee();
      bob.answer(push, answer);
      await fence(bob, room);
      await sayAndFence(alice, room, bob);
      expect(pushesOf(bob, room)).toHaveLength(1);
      expect(await wasRegistered(bob, room)).toBe(false);
    },
  );

  it.each(ROWS.filter(({ verdict }) => verdict === "retry"))(
    "$name: pushed again without a new message, same node, new id",
    async ({ answer }) => {
      const { bob, room, node, push } = await pushedAbsentee();
      const answeredAt = performance.now();
      bob.answer(push, answer);
      const again = await waitForPush(bob, room, 2);
      expect(performance.now() - answeredAt).toBeGreaterThanOrEqual(
        (RETRY_SECONDS / 2) * 1000 - 1,
      );
      expect(again.attrs.id).not.toBe(push.attrs.id);
      expect(
        again.getChild("pubsub", NS.pubsub)?.getChild("publish")?.attrs.node,
      ).toBe(node);
      expect(await wasRegistered(bob, room)).toBe(true);
    },
  );

  it.each(ROWS.filter(({ verdict }) => verdict === "keep"))(
    "$name: kept, and not pushed again before the next message",
    async ({ answer }) => {
      const { alice, bob, room, push } = await pushedAbsentee();
      const carol = await stage.connect("carol");
      await registerAndLeave(carol, room);
      bob.answer(push, answer);
      await fence(bob, room);

      const other = await stage.createRoom(alice);
      await registerAndLeave(carol, other);
      await outlastFirstRetry(alice, carol, other);
      await fence(bob, room);
      expect(pushesOf(bob, room)).toHaveLength(1);

      await alice.say(room, "news");
      await waitForPush(bob, room, 2);
    },
  );

  it("a message during a retry's wait does not shorten it", async () => {
    const { alice, bob, room, push } = await pushedAbsentee();
    bob.answer(push, stanzaError("wait", "resource-constraint"));
    await fence(bob, room);
    for (let i = 0; i < 3; i++) await alice.say(room, "more");
    await waitForPush(bob, room, 2);
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(2);
  });

  it.each(["result", stanzaError("cancel", "item-not-found")])(
    "an answer that was not asked for is ignored: %s",
    async (answer) => {
      const { alice, bob, room, push } = await pushedAbsentee();
      const phone = await stage.connect("bob");
      const carol = await stage.connect("carol");
      await carol.joinRoom(room, "carol");
      const other = await stage.createRoom(alice);
      for (const forger of [phone, carol, alice]) {
        forger.answer(push, answer);
        await fence(forger, room);
      }
      const type = answer === "result" ? "result" : "error";
      const child = answer === "result" ? "" : answer;
      const id = String(push.attrs.id);
      const astray = [
        { id, to: other },
        { id, to: stage.servers.rooms.host },
        { id, to: `${room}/alice` },
        { id: `${id}x`, to: room },
      ];
      for (const attrs of astray)
        bob.send(
          `<iq type="${type}" id="${attrs.id}" to="${attrs.to}">${child}</iq>`,
        );
      await fence(bob, room);
      // Still registered and still asked: no second push.
      await sayAndFence(alice, room, bob);
      expect(pushesOf(bob, room)).toHaveLength(1);
      // A request with the id of the push is no answer either.
      await bob.request(
        `<iq type="get" id="${id}" to="${room}"><query xmlns="${NS.disco}"/></iq>`,
      );
      await sayAndFence(alice, room, bob);
      expect(pushesOf(bob, room)).toHaveLength(1);

      bob.answer(push, stanzaError("cancel", "item-not-found"));
      await fence(bob, room);
      expect(await wasRegistered(bob, room)).toBe(false);
    },
  );

  it("a second answer to the same push is ignored", async () => {
    const { bob, room, push } = await pushedAbsentee();
    bob.answer(push, "result");
    bob.answer(push, stanzaError("cancel", "item-not-found"));
    await fence(bob, room);
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("an answer to the time before the client came back and enabled again is ignored", async () => {
    const { alice, bob, room, node, push } = await pushedAbsentee();
    await bob.joinRoom(room, "bob");
    expect(await enable(bob, room, { jid: bob.jid, node })).toBe("result");
    bob.answer(push, stanzaError("cancel", "service-unavailable"));
    await fence(bob, room);
    await bob.leaveRoom(room, "bob");
    await alice.say(room, "hello");
    await waitForPush(bob, room, 2);
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("an answer after disable is ignored", async () => {
    const { alice, bob, room, push } = await pushedAbsentee();
    expect(await wasRegistered(bob, room)).toBe(true);
    bob.answer(push, stanzaError("wait", "resource-constraint"));
    await fence(bob, room);
    await register(bob, room);
    await bob.leaveRoom(room, "bob");
    await alice.say(room, "hello");
    await waitForPush(bob, room, 2);
  });

  it("who came back while a retry was due is not pushed", async () => {
    const { alice, bob, room, push } = await pushedAbsentee();
    const carol = await stage.connect("carol");
    const other = await stage.createRoom(alice);
    await registerAndLeave(carol, other);
    bob.answer(push, stanzaError("wait", "resource-constraint"));
    await bob.joinRoom(room, "bob");
    await outlastFirstRetry(alice, carol, other);
    await fence(bob, room);
    expect(pushesOf(bob, room)).toHaveLength(1);
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("the user's server answers for a client that is gone: forgotten", async () => {
    const [alice, bob] = await Promise.all([
      stage.connect("alice"),
      stage.connect("bob", "home"),
    ]);
    const room = await stage.createRoom(alice);
    await registerAndLeave(bob, room);
    await bob.close();
    // The push reaches the users' server before this message's echo does.
    await alice.say(room, "hello");
    const again = await stage.connect("bob", "home");
    expect(again.jid).toBe(bob.jid);
    expect(bare(again.jid)).toBe(bare(bob.jid));
    expect(await wasRegistered(again, room)).toBe(false);
  });
});

describe.each(SERVERS)("$name: retries", (server) => {
  const timeoutSeconds = 0.3;
  const retryMinSeconds = 0.1;
  const retryLimit = 6;
  const stage = useStage(server, {
    intervalSeconds: 0,
    timeoutSeconds,
    retryMinSeconds,
    retryMaxSeconds: 60,
    retryLimit,
  });
  const busy = stanzaError("wait", "resource-constraint");

  async function absentee(name: string) {
    const [alice, client] = await Promise.all([
      stage.connect("alice"),
      stage.connect(name),
    ]);
    const room = await stage.createRoom(alice);
    await registerAndLeave(client, room);
    return { alice, client, room };
  }

  it("no answer: pushed again after a growing time, then forgotten", async () => {
    const { alice, client, room } = await absentee("bob");
    const saidAt = performance.now();
    await alice.say(room, "hello");
    let earliest = 0;
    for (let count = 1; count <= retryLimit; count++) {
      await waitForPush(client, room, count);
      expect((performance.now() - saidAt) / 1000).toBeGreaterThanOrEqual(
        earliest,
      );
      earliest += timeoutSeconds + (retryMinSeconds * 2 ** (count - 1)) / 2;
    }

    // Carol's second push comes when Bob's last one is overdue.
    const carols = await absentee("carol");
    await carols.alice.say(carols.room, "hello");
    await waitForPush(carols.client, carols.room, 2);
    await sayAndFence(alice, room, client);
    expect(pushesOf(client, room)).toHaveLength(retryLimit);
    expect(await wasRegistered(client, room)).toBe(false);
  });

  it("errors that ask for patience count like no answer", async () => {
    const { client, room, alice } = await absentee("bob");
    await alice.say(room, "hello");
    for (let count = 1; count <= retryLimit; count++)
      client.answer(await waitForPush(client, room, count), busy);
    await fence(client, room);
    expect(await wasRegistered(client, room)).toBe(false);
  });

  it("a result starts the count anew", async () => {
    const { client, room, alice } = await absentee("bob");
    await alice.say(room, "hello");
    let count = 1;
    for (let round = 0; round < 2; round++) {
      for (; count % retryLimit !== 0; count++)
        client.answer(await waitForPush(client, room, count), busy);
      client.answer(await waitForPush(client, room, count), "result");
      count++;
      await fence(client, room);
      await alice.say(room, "hello");
    }
    await waitForPush(client, room, count);
    expect(await wasRegistered(client, room)).toBe(true);
  });

  it("to enable again starts the count anew", async () => {
    const { client, room, alice } = await absentee("bob");
    await alice.say(room, "hello");
    for (let count = 1; count < retryLimit; count++)
      client.answer(await waitForPush(client, room, count), busy);
    await fence(client, room);
    await registerAndLeave(client, room);
    const before = pushesOf(client, room).length;
    await alice.say(room, "hello");
    for (let count = 1; count < retryLimit; count++)
      client.answer(await waitForPush(client, room, before + count), busy);
    await fence(client, room);
    expect(await wasRegistered(client, room)).toBe(true);
  });

  it("an answer that comes too late changes nothing", async () => {
    const { client, room, alice } = await absentee("bob");
    await alice.say(room, "hello");
    const first = await waitForPush(client, room);
    await waitForPush(client, room, 2);
    client.answer(first, stanzaError("cancel", "item-not-found"));
    await fence(client, room);
    expect(await wasRegistered(client, room)).toBe(true);
  });
});

describe.each(SERVERS)("$name: the longest wait for a retry", (server) => {
  const retryMaxSeconds = 0.1;
  const retryLimit = 9;
  const stage = useStage(server, {
    intervalSeconds: 0,
    retryMinSeconds: 0.1,
    retryMaxSeconds,
    retryLimit,
  });

  it("ends the growth", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const saidAt = performance.now();
    await alice.say(room, "hello");
    for (let count = 1; count < retryLimit; count++)
      bob.answer(
        await waitForPush(bob, room, count),
        stanzaError("wait", "resource-constraint"),
      );
    await waitForPush(bob, room, retryLimit);
    // Without a bound it would take twelve seconds at the least; the rest is for a busy machine.
    expect((performance.now() - saidAt) / 1000).toBeLessThan(
      retryMaxSeconds * retryLimit + 8,
    );
  });
});
