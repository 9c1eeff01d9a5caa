import type { Element } from "ltx";
import { describe, expect, it } from "vitest";
import { isSelfPresence, type RawClient } from "../../rig/raw-client";
import {
  fence,
  NS,
  pushesOf,
  register,
  registerAndLeave,
  sayAndFence,
  setAffiliation,
  setRole,
  stanzaError,
  waitForPush,
  wasRegistered,
} from "./acts";
import { ownerAndAbsentee } from "./openings";
import { SERVERS } from "./servers";
import { useStage } from "./stage";

const AXOLOTL = "eu.siacs.conversations.axolotl";

function names(element: Element): unknown {
  return element.children.map((child) =>
    typeof child === "string" ? child : [child.getName(), names(child)],
  );
}

describe.each(SERVERS)("$name: who is pushed", (server) => {
  const stage = useStage(server, { intervalSeconds: 0 });

  it("a registered full JID that is not in the room, with its node and nothing else", async () => {
    const { alice, bob, room, node } = await ownerAndAbsentee(stage);
    await alice.say(room, "the secret word");
    const push = await waitForPush(bob, room);
    expect(push.attrs).toMatchObject({
      type: "set",
      from: room,
      to: bob.jid,
    });
    expect(names(push)).toEqual([
      ["pubsub", [["publish", [["item", [["notification", []]]]]]]],
    ]);
    const publish = push.getChild("pubsub", NS.pubsub)?.getChild("publish");
    expect(publish?.attrs).toEqual({ node });
    const item = publish?.getChild("item");
    expect(item?.attrs).toEqual({});
    expect(item?.getChild("notification", NS.push)?.attrs).toEqual({
      xmlns: NS.push,
    });
    expect(push.toString()).not.toMatch(/secret|alice/);
  });

  it("by its id no push can be foretold", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const ids = new Set<string>();
    for (let count = 1; count <= 5; count++) {
      await alice.say(room, "hello");
      const push = await waitForPush(bob, room, count);
      ids.add(String(push.attrs.id));
      bob.answer(push, "result");
      await fence(bob, room);
    }
    expect(ids.size).toBe(5);
    for (const id of ids) expect(id.length).toBeGreaterThanOrEqual(22);
  });

  it("nobody who is in the room", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await register(bob, room);
    await register(alice, room);
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toEqual([]);
    expect(pushesOf(alice, room)).toEqual([]);
  });

  it("nobody who never registered", async () => {
    const { alice, room } = await ownerAndAbsentee(stage);
    const carol = await stage.connect("carol");
    await carol.joinRoom(room, "carol");
    await carol.leaveRoom(room, "carol");
    await sayAndFence(alice, room, carol);
    expect(pushesOf(carol, room)).toEqual([]);
  });

  async function expectPushOnlyAfterLeaving(
    speaker: RawClient,
    bob: RawClient,
    room: string,
    nick: string,
  ) {
    await sayAndFence(speaker, room, bob);
    expect(pushesOf(bob, room)).toEqual([]);
    await bob.leaveRoom(room, nick);
    await sayAndFence(speaker, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(1);
  }

  it("not one who has taken a seat again without registering again", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await bob.joinRoom(room, "bob");
    await expectPushOnlyAfterLeaving(alice, bob, room, "bob");
  });

  it("not one who has changed the nick", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await register(bob, room);
    const renamed = bob.waitForNext(
      (stanza) =>
        isSelfPresence(stanza, room) &&
        stanza.attrs.from === `${room}/robert` &&
        stanza.attrs.type === undefined,
    );
    bob.send(`<presence to="${room}/robert"/>`);
    await renamed;
    await expectPushOnlyAfterLeaving(alice, bob, room, "robert");
  });

  it("one who was kicked, as long as its client does not disable", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await register(bob, room);
    await setRole(alice, room, "bob", "none");
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(1);
  });

  it.runIf(server.sharesNicks)(
    "the session that left a shared nick, not the one that stayed",
    async () => {
      const alice = await stage.connect("alice");
      const room = await stage.createRoom(alice);
      const laptop = await stage.connect("bob");
      const phone = await stage.connect("bob");
      await register(laptop, room, "bob");
      await register(phone, room, "bob");
      phone.send(`<presence type="unavailable" to="${room}/bob"/>`);
      await fence(phone, room);
      await sayAndFence(alice, room, phone);
      await fence(laptop, room);
      expect(pushesOf(phone, room)).toHaveLength(1);
      expect(pushesOf(laptop, room)).toEqual([]);
    },
  );

  const QUIET: readonly { name: string; xml: string }[] = [
    {
      name: "a chat state",
      xml: '<composing xmlns="http://jabber.org/protocol/chatstates"/>',
    },
    {
      name: "a chat marker",
      xml: '<displayed xmlns="urn:xmpp:chat-markers:0" id="1"/>',
    },
    { name: "a subject", xml: "<subject>all new</subject>" },
    {
      name: "a reaction",
      xml: '<reactions xmlns="urn:xmpp:reactions:0" id="1"><reaction>+</reaction></reactions>',
    },
    {
      name: "a key without a payload",
      xml: `<encrypted xmlns="${AXOLOTL}"><header sid="1"><iv/></header></encrypted>`,
    },
    {
      name: "a body in a namespace of its own",
      xml: '<body xmlns="urn:example:other">x</body>',
    },
  ];

  it.each(QUIET)("nobody for $name", async ({ xml }) => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const echo = alice.waitForNext(
      (stanza) => stanza.is("message") && stanza.attrs.from === `${room}/alice`,
    );
    alice.send(`<message type="groupchat" to="${room}">${xml}</message>`);
    await echo;
    await fence(bob, room);
    expect(pushesOf(bob, room)).toEqual([]);
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(1);
  });

  it("nobody for a configuration notice", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const notice = alice.waitForNext(
      (stanza) => stanza.is("message") && stanza.attrs.from === room,
    );
    await alice.configureRoom(room, { public: false });
    await notice;
    await fence(bob, room);
    expect(pushesOf(bob, room)).toEqual([]);
  });

  it("nobody for a private message", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const carol = await stage.connect("carol");
    await carol.joinRoom(room, "carol");
    const arrived = carol.waitForNext((stanza) => stanza.is("message"));
    alice.send(
      `<message type="chat" to="${room}/carol"><body>psst</body></message>`,
    );
    await arrived;
    await fence(bob, room);
    expect(pushesOf(bob, room)).toEqual([]);
  });

  it("nobody for a message that the room refuses", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const carol = await stage.connect("carol");
    const say = `<message type="groupchat" to="${room}"><body>me</body></message>`;
    const isRefusal = (stanza: Element) =>
      stanza.is("message") && stanza.attrs.type === "error";

    let refused = carol.waitForNext(isRefusal);
    carol.send(say);
    await refused;

    await alice.configureRoom(room, { moderated: true });
    await carol.joinRoom(room, "carol");
    await setRole(alice, room, "carol", "visitor");
    refused = carol.waitForNext(isRefusal);
    carol.send(say);
    await refused;

    await fence(bob, room);
    expect(pushesOf(bob, room)).toEqual([]);
  });

  const LOUD: readonly { name: string; xml: string }[] = [
    { name: "a body", xml: "<body>hello</body>" },
    {
      name: "a body with a subject",
      xml: "<subject>x</subject><body>hello</body>",
    },
    {
      name: "OMEMO 0.3",
      xml: `<encrypted xmlns="${AXOLOTL}"><header sid="1"/><payload>AA==</payload></encrypted>`,
    },
    {
      name: "OMEMO 0.4",
      xml: '<encrypted xmlns="urn:xmpp:omemo:1"><header sid="1"/><payload>AA==</payload></encrypted>',
    },
    {
      name: "OMEMO 0.8",
      xml: '<encrypted xmlns="urn:xmpp:omemo:2"><header sid="1"/><payload>AA==</payload></encrypted>',
    },
    {
      name: "OpenPGP for XMPP",
      xml: '<openpgp xmlns="urn:xmpp:openpgp:0">AA==</openpgp>',
    },
    {
      name: "legacy OpenPGP",
      xml: '<x xmlns="jabber:x:encrypted">AA==</x>',
    },
  ];

  it.each(LOUD)("an absentee for $name", async ({ xml }) => {
    const { alice, bob, room, node } = await ownerAndAbsentee(stage);
    alice.send(`<message type="groupchat" to="${room}">${xml}</message>`);
    const push = await waitForPush(bob, room);
    expect(
      push.getChild("pubsub", NS.pubsub)?.getChild("publish")?.attrs.node,
    ).toBe(node);
  });

  it("each of several absentees, once", async () => {
    const alice = await stage.connect("alice");
    const room = await stage.createRoom(alice);
    const absentees = await Promise.all(
      Array.from({ length: 8 }, (_, i) => stage.connect(`absentee${i}`)),
    );
    const nodes = [];
    for (const absentee of absentees)
      nodes.push(await registerAndLeave(absentee, room));
    await alice.say(room, "hello");
    for (const [i, absentee] of absentees.entries()) {
      await fence(absentee, room);
      const pushes = pushesOf(absentee, room);
      expect(pushes).toHaveLength(1);
      expect(pushes[0]?.toString()).toContain(nodes[i]);
    }
  });

  it("one push is under way at a time", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    for (let i = 0; i < 3; i++) await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(1);
    bob.answer(await waitForPush(bob, room), "result");
    await fence(bob, room);
    await alice.say(room, "and another");
    await waitForPush(bob, room, 2);
    for (let i = 0; i < 3; i++) await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(2);
  });

  it("a push under way in one room does not hold up another room", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const other = await stage.createRoom(alice);
    await registerAndLeave(bob, other);
    await alice.say(room, "hello");
    await waitForPush(bob, room);
    await alice.say(other, "hello");
    await waitForPush(bob, other);
  });

  it("a user who lost the right to enter is not pushed but forgotten: members-only", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const carol = await stage.connect("carol");
    await registerAndLeave(carol, room);
    await setAffiliation(alice, room, carol.jid.replace(/\/.*/, ""), "member");
    await alice.configureRoom(room, { membersOnly: true });
    await alice.say(room, "members only");
    await waitForPush(carol, room);
    await fence(bob, room);
    expect(pushesOf(bob, room)).toEqual([]);
    expect(await wasRegistered(bob, room)).toBe(false);
  });
});

describe.each(SERVERS)("$name: throttle", (server) => {
  const intervalSeconds = 1;
  const stage = useStage(server, {
    intervalSeconds,
    retryMinSeconds: 0.1,
    retryMaxSeconds: 0.1,
    retryLimit: 3,
  });

  it("a message within the interval is told once, when the interval is over", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    await alice.say(room, "one");
    const first = await waitForPush(bob, room);
    const answeredAt = performance.now();
    bob.answer(first, "result");
    await fence(bob, room);
    for (let i = 0; i < 3; i++) await sayAndFence(alice, room, bob);
    await waitForPush(bob, room, 2);
    // A millisecond less than the interval: the clocks of two processes.
    expect(performance.now() - answeredAt).toBeGreaterThanOrEqual(
      intervalSeconds * 1000 - 1,
    );
    await fence(bob, room);
    expect(pushesOf(bob, room)).toHaveLength(2);
  });

  it("what failed before an answer does not count after it", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const busy = stanzaError("wait", "resource-constraint");
    await alice.say(room, "one");
    for (const count of [1, 2])
      bob.answer(await waitForPush(bob, room, count), busy);
    bob.answer(await waitForPush(bob, room, 3), "result");
    await fence(bob, room);
    await alice.say(room, "two");
    bob.answer(await waitForPush(bob, room, 4), busy);
    await waitForPush(bob, room, 5);
    expect(await wasRegistered(bob, room)).toBe(true);
  });

  it("who came back within the interval is not told", async () => {
    const [alice, bob, carol] = await Promise.all([
      stage.connect("alice"),
      stage.connect("bob"),
      stage.connect("carol"),
    ]);
    const room = await stage.createRoom(alice);
    for (const absentee of [bob, carol]) await registerAndLeave(absentee, room);
    await alice.say(room, "one");
    for (const absentee of [bob, carol]) {
      absentee.answer(await waitForPush(absentee, room), "result");
      await fence(absentee, room);
    }
    await alice.say(room, "two");
    await bob.joinRoom(room, "bob");
    // Carol was answered later, so her interval ends later than Bob's.
    await waitForPush(carol, room, 2);
    await fence(bob, room);
    expect(pushesOf(bob, room)).toHaveLength(1);
  });
});

describe.each(SERVERS)("$name: bound on pushes under way", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    graceSeconds: 60,
    maxPending: 1,
  });

  /** Two absentees and one message: one of them is pushed, the other is beyond the bound. */
  async function oneTooMany() {
    const [alice, bob, carol] = await Promise.all([
      stage.connect("alice"),
      stage.connect("bob"),
      stage.connect("carol"),
    ]);
    const room = await stage.createRoom(alice);
    for (const absentee of [bob, carol]) await registerAndLeave(absentee, room);
    await alice.say(room, "one");
    for (const absentee of [bob, carol]) await fence(absentee, room);
    const pushed = pushesOf(bob, room).length > 0 ? bob : carol;
    const left = pushed === bob ? carol : bob;
    expect(pushesOf(pushed, room)).toHaveLength(1);
    expect(pushesOf(left, room)).toEqual([]);
    return { alice, room, pushed, left };
  }

  it("a push beyond the bound waits for the next message", async () => {
    const { alice, room, pushed, left } = await oneTooMany();
    await pushed.joinRoom(room, "back");
    pushed.answer(await waitForPush(pushed, room), "result");
    await fence(pushed, room);
    await alice.say(room, "two");
    await waitForPush(left, room);
    left.answer(await waitForPush(left, room), "result");
    await fence(left, room);
  });

  it("a stranger's errors take no place", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    const mallory = await stage.connect("mallory");
    await alice.say(room, "one");
    bob.answer(await waitForPush(bob, room), "result");
    await fence(bob, room);
    for (const to of [room, `${room}/alice`])
      mallory.send(
        `<message type="error" to="${to}">${stanzaError("cancel", "service-unavailable")}</message>`,
      );
    await fence(mallory, room);
    await alice.say(room, "two");
    bob.answer(await waitForPush(bob, room, 2), "result");
    await fence(bob, room);
  });

  it("a registration that ends makes place for another's push", async () => {
    for (const end of ["answer", "disable"]) {
      const { alice, room, pushed, left } = await oneTooMany();
      if (end === "disable") await wasRegistered(pushed, room);
      else
        pushed.answer(
          await waitForPush(pushed, room),
          stanzaError("cancel", "item-not-found"),
        );
      await fence(pushed, room);
      await alice.say(room, "two");
      left.answer(await waitForPush(left, room), "result");
      await fence(left, room);
    }
  });
});
