import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bare, type RawClient } from "../../rig/raw-client";
import {
  disable,
  enable,
  featuresOf,
  fence,
  NS,
  outcomeOf,
  pushesOf,
  register,
  registerAndLeave,
  type Registration,
  sayAndFence,
  waitForPush,
  wasRegistered,
} from "./acts";
import { ownerAndGuest } from "./openings";
import { SERVERS } from "./servers";
import { useStage } from "./stage";

const MAX_NODE_BYTES = 64;

describe.each(SERVERS)("$name: registration", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    maxNodeLengthBytes: MAX_NODE_BYTES,
  });

  it("is announced in the disco#info of the room", async () => {
    const { bob, room } = await ownerAndGuest(stage);
    const features = await featuresOf(bob, room);
    expect(features.filter((feature) => feature === NS.push)).toHaveLength(1);
  });

  interface Row {
    name: string;
    request: (own: string) => Registration;
    outcome: string;
  }
  const node = "a-node";

  const SYNTAX_ROWS: readonly Row[] = [
    {
      name: "no jid",
      request: () => ({ node }),
      outcome: "modify/bad-request",
    },
    {
      name: "an empty jid",
      request: () => ({ jid: "", node }),
      outcome: "modify/bad-request",
    },
    {
      name: "a bare jid",
      request: (own) => ({ jid: bare(own), node }),
      outcome: "modify/jid-malformed",
    },
    {
      name: "a jid without a domain",
      request: () => ({ jid: "bob@/phone", node }),
      outcome: "modify/jid-malformed",
    },
    {
      name: "a jid that ends with its slash",
      request: (own) => ({ jid: `${bare(own)}/`, node }),
      outcome: "modify/jid-malformed",
    },
    {
      name: "a jid with a forbidden character",
      request: () => ({ jid: "b b@example.org/phone", node }),
      outcome: "modify/jid-malformed",
    },
    {
      name: "a jid with an overlong resource",
      request: (own) => ({ jid: `${bare(own)}/${"x".repeat(1100)}`, node }),
      outcome: "modify/jid-malformed",
    },
    {
      name: "the jid of another account",
      request: (own) => ({ jid: own.replace(/^[^@]+/, "carol"), node }),
      outcome: "auth/forbidden",
    },
  ];

  const ENABLE_ROWS: readonly Row[] = [
    ...SYNTAX_ROWS,
    {
      name: "no node",
      request: (jid) => ({ jid }),
      outcome: "modify/bad-request",
    },
    {
      name: "an empty node",
      request: (jid) => ({ jid, node: "" }),
      outcome: "modify/bad-request",
    },
    {
      name: "the jid of another session of the same account",
      request: (own) => ({ jid: `${own}-too`, node }),
      outcome: "auth/forbidden",
    },
    {
      name: "a node that is too long",
      request: (jid) => ({ jid, node: "n".repeat(MAX_NODE_BYTES + 1) }),
      outcome: "modify/policy-violation",
    },
    {
      name: "a node that is too long in bytes only",
      request: (jid) => ({ jid, node: "é".repeat(MAX_NODE_BYTES / 2 + 1) }),
      outcome: "modify/policy-violation",
    },
  ];

  it.each(ENABLE_ROWS)(
    "enable with $name is answered $outcome",
    async ({ request, outcome }) => {
      const { alice, bob, room } = await ownerAndGuest(stage);
      await bob.joinRoom(room, "bob");
      expect(await enable(bob, room, request(bob.jid))).toBe(outcome);
      await bob.leaveRoom(room, "bob");
      await sayAndFence(alice, room, bob);
      expect(pushesOf(bob, room)).toEqual([]);
    },
  );

  it("enable is refused to one who is not in the room", async () => {
    const { bob, room } = await ownerAndGuest(stage);
    const own = { jid: bob.jid, node };
    expect(await enable(bob, room, own)).toBe("cancel/not-acceptable");
    await bob.joinRoom(room, "bob");
    await bob.leaveRoom(room, "bob");
    expect(await enable(bob, room, own)).toBe("cancel/not-acceptable");
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  it("a seat of another session of the account is not enough to enable", async () => {
    const { bob, room } = await ownerAndGuest(stage);
    const phone = await stage.connect("bob");
    await bob.joinRoom(room, "bob");
    expect(await enable(phone, room, { jid: phone.jid, node })).toBe(
      "cancel/not-acceptable",
    );
  });

  it.each(["enable", "disable"])(
    "%s in a room that does not exist is answered cancel/item-not-found",
    async (name) => {
      const bob = await stage.connect("bob");
      const act = name === "enable" ? enable : disable;
      expect(await act(bob, stage.newRoomJid(), { jid: bob.jid, node })).toBe(
        "cancel/item-not-found",
      );
    },
  );

  it("a node of exactly the longest length is accepted", async () => {
    const { bob, room } = await ownerAndGuest(stage);
    await bob.joinRoom(room, "bob");
    const longest = "n".repeat(MAX_NODE_BYTES);
    expect(await enable(bob, room, { jid: bob.jid, node: longest })).toBe(
      "result",
    );
  });

  it("a jid is compared after its preparation", async () => {
    const { bob, room } = await ownerAndGuest(stage);
    await bob.joinRoom(room, "bob");
    const shouted = bob.jid.replace(/^bob/, "BOB");
    expect(await enable(bob, room, { jid: shouted, node })).toBe("result");
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("to enable twice with one node leaves one registration", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    const first = await register(bob, room);
    expect(await enable(bob, room, { jid: bob.jid, node: first })).toBe(
      "result",
    );
    await bob.leaveRoom(room, "bob");
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(1);
    expect(await wasRegistered(bob, room)).toBe(true);
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  it("to enable with a new node replaces the old one", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    const old = await register(bob, room);
    expect(await enable(bob, room, { jid: bob.jid, node: "new" })).toBe(
      "result",
    );
    expect(await disable(bob, room, { jid: bob.jid, node: old })).toBe(
      "cancel/item-not-found",
    );
    await bob.leaveRoom(room, "bob");
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(1);
    const push = await waitForPush(bob, room);
    expect(
      push.getChild("pubsub", NS.pubsub)?.getChild("publish")?.attrs.node,
    ).toBe("new");
  });

  it("two sessions of one account are registered apart", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    const phone = await stage.connect("bob");
    await registerAndLeave(bob, room, "bob");
    await registerAndLeave(phone, room, "phone");
    await alice.say(room, "hello");
    await waitForPush(bob, room);
    await waitForPush(phone, room);
    expect(await wasRegistered(bob, room)).toBe(true);
    expect(await wasRegistered(phone, room)).toBe(true);
  });

  it.each(SYNTAX_ROWS)(
    "disable with $name is answered $outcome",
    async ({ request, outcome }) => {
      const { bob, room } = await ownerAndGuest(stage);
      await register(bob, room);
      expect(await disable(bob, room, request(bob.jid))).toBe(outcome);
      expect(await wasRegistered(bob, room)).toBe(true);
    },
  );

  it("nobody can disable another's registration", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    const bobs = await register(bob, room);
    expect(await disable(alice, room, { jid: bob.jid, node: bobs })).toBe(
      "auth/forbidden",
    );
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("disable of what is not registered is answered cancel/item-not-found", async () => {
    const { bob, room } = await ownerAndGuest(stage);
    await bob.joinRoom(room, "bob");
    expect(await disable(bob, room, { jid: bob.jid, node })).toBe(
      "cancel/item-not-found",
    );
  });

  it.each([
    { name: "with its node", withNode: true },
    { name: "without a node", withNode: false },
  ])(
    "disable $name ends the registration, in the room or not",
    async ({ withNode }) => {
      const { alice, bob, room } = await ownerAndGuest(stage);
      for (const leaveFirst of [false, true]) {
        const own = await register(bob, room);
        if (leaveFirst) await bob.leaveRoom(room, "bob");
        expect(
          await disable(bob, room, {
            jid: bob.jid,
            ...(withNode ? { node: own } : {}),
          }),
        ).toBe("result");
        if (!leaveFirst) await bob.leaveRoom(room, "bob");
        await sayAndFence(alice, room, bob);
        expect(pushesOf(bob, room)).toEqual([]);
      }
    },
  );

  it("disable with another node leaves the registration", async () => {
    const { bob, room } = await ownerAndGuest(stage);
    await register(bob, room);
    expect(await disable(bob, room, { jid: bob.jid, node: "other" })).toBe(
      "cancel/item-not-found",
    );
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("another session of the account can disable, without a seat", async () => {
    const { bob, room } = await ownerAndGuest(stage);
    const phone = await stage.connect("bob");
    await register(bob, room);
    expect(await wasRegistered(phone, room, bob.jid)).toBe(true);
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  it("junk is refused and harms nobody", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    await bob.joinRoom(room, "bob");
    // More than any part of a JID may have; much more in one tag is held back by newer versions of expat.
    const huge = "x".repeat(5000);
    const own = bob.jid;
    const junk = [
      `<enable xmlns="${NS.push}"/>`,
      `<enable xmlns="${NS.push}" jid="@" node="n"/>`,
      `<enable xmlns="${NS.push}" jid="/" node="/"/>`,
      `<enable xmlns="${NS.push}" jid="${huge}" node="n"/>`,
      `<enable xmlns="${NS.push}" jid="${own}" node="${huge}"/>`,
      `<enable xmlns="${NS.push}" jid="${own}&#xFFFD;&#x1F600;" node="&#xFFFD;"/>`,
      `<disable xmlns="${NS.push}"/>`,
      `<disable xmlns="${NS.push}" jid="${huge}"/>`,
      `<disable xmlns="${NS.push}" jid="${own}" node="${huge}"/>`,
      `<other xmlns="${NS.push}"/>`,
    ];
    for (const payload of junk) {
      const answer = await bob.request(
        `<iq type="set" to="${room}">${payload}</iq>`,
      );
      expect(outcomeOf(answer), payload.slice(0, 80)).not.toBe("result");
    }
    const asGet = await bob.request(
      `<iq type="get" to="${room}"><enable xmlns="${NS.push}" jid="${own}" node="n"/></iq>`,
    );
    expect(asGet.attrs.type).toBe("error");
    const toService = await bob.request(
      `<iq type="set" to="${stage.servers.rooms.host}"><enable xmlns="${NS.push}" jid="${own}" node="n"/></iq>`,
    );
    expect(toService.attrs.type).toBe("error");
    expect(await wasRegistered(bob, room)).toBe(false);

    const odd = await bob.request(
      `<iq type="set" to="${room}"><enable xmlns="${NS.push}" jid="${own}" node="a&quot;&lt;]]&gt;é\\&apos;" more="1"><x xmlns="jabber:x:data"><y/></x>text</enable></iq>`,
    );
    expect(outcomeOf(odd)).toBe("result");
    await bob.leaveRoom(room, "bob");
    await alice.say(room, "hello");
    const push = await waitForPush(bob, room);
    expect(
      push.getChild("pubsub", NS.pubsub)?.getChild("publish")?.attrs.node,
    ).toBe(`a"<]]>é\\'`);
  });

  it("neither nodes nor messages get into the log", async () => {
    const { alice, bob, room } = await ownerAndGuest(stage);
    const secretNode = await registerAndLeave(bob, room);
    const secretBody = randomUUID();
    await alice.say(room, secretBody);
    bob.answer(await waitForPush(bob, room), "result");
    await fence(bob, room);
    expect(await wasRegistered(bob, room)).toBe(true);
    const log = stage.servers.rooms.readLog();
    expect(log).toContain(room);
    expect(log).not.toContain(secretNode);
    expect(log).not.toContain(secretBody);
  });
});

describe.each(SERVERS)("$name: limits", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    maxPerUser: 2,
    maxPerRoom: 3,
  });

  it("a room full of registrations refuses one more, but lets the others renew", async () => {
    const clients = await Promise.all(
      ["alice", "bob", "carol", "dave"].map((name) => stage.connect(name)),
    );
    const [alice, bob, carol, dave] = clients as [
      RawClient,
      RawClient,
      RawClient,
      RawClient,
    ];
    const room = await stage.createRoom(alice);
    await register(alice, room);
    await register(bob, room);
    await register(carol, room);
    await dave.joinRoom(room, "dave");
    const daves = { jid: dave.jid, node: "dave's" };
    expect(await enable(dave, room, daves)).toBe("wait/resource-constraint");
    expect(await wasRegistered(dave, room)).toBe(false);
    expect(await enable(bob, room, { jid: bob.jid, node: "renewed" })).toBe(
      "result",
    );
    expect(await wasRegistered(carol, room)).toBe(true);
    expect(await enable(dave, room, daves)).toBe("result");
    expect(await wasRegistered(alice, room)).toBe(true);
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("a user over the own limit replaces the own oldest registration, also in a full room", async () => {
    const alice = await stage.connect("alice");
    const room = await stage.createRoom(alice);
    const sessions: RawClient[] = [];
    for (let i = 0; i < 3; i++) sessions.push(await stage.connect("bob"));
    const [first, second, third] = sessions as [
      RawClient,
      RawClient,
      RawClient,
    ];
    await register(alice, room);
    await register(first, room, "first");
    await register(second, room, "second");
    // Renewed: the second one is now the oldest.
    expect(await enable(first, room, { jid: first.jid, node: "again" })).toBe(
      "result",
    );
    await register(third, room, "third");
    expect(await wasRegistered(second, room)).toBe(false);
    expect(await wasRegistered(first, room)).toBe(true);
    expect(await wasRegistered(third, room)).toBe(true);
    expect(await wasRegistered(alice, room)).toBe(true);
  });

  it("what was disabled does not count", async () => {
    const alice = await stage.connect("alice");
    const room = await stage.createRoom(alice);
    await register(alice, room);
    const sessions: RawClient[] = [];
    for (let i = 0; i < 4; i++) sessions.push(await stage.connect("bob"));
    for (const [i, session] of sessions.entries()) {
      await register(session, room, `bob${i}`);
      if (i < 2) expect(await wasRegistered(session, room)).toBe(true);
    }
    for (const session of sessions.slice(2))
      expect(await wasRegistered(session, room)).toBe(true);
  });
});
