import { createElement } from "ltx";
import { describe, expect, it } from "vitest";
import type { RawClient } from "../../rig/raw-client";
import {
  enable,
  fence,
  NS,
  outcomeOf,
  pushesOf,
  register,
  sayAndFence,
  stanzaError,
  waitForPush,
  wasRegistered,
} from "./acts";
import { ownerAndAbsentee } from "./openings";
import { SERVERS } from "./servers";
import { useStage } from "./stage";

const REFUSALS =
  /^(modify|auth|cancel|wait)\/(bad-request|jid-malformed|forbidden|policy-violation|service-unavailable|feature-not-implemented|not-acceptable|item-not-found|resource-constraint|not-allowed)$/;

describe.each(SERVERS)("$name: abuse", (server) => {
  const stage = useStage(server, { intervalSeconds: 0 });

  /** Bob is registered and away; Mallory is in the room. */
  async function victimAndMallory() {
    const { alice, bob, room, node } = await ownerAndAbsentee(stage);
    const mallory = await stage.connect("mallory");
    await mallory.joinRoom(room, "mallory");
    return { alice, bob, mallory, room, node };
  }

  /** The room works, and Bob's registration is what it was. */
  async function expectUnharmed(
    alice: RawClient,
    bob: RawClient,
    room: string,
    node: string,
  ) {
    const before = pushesOf(bob, room).length;
    await alice.say(room, "still here?");
    const push = await waitForPush(bob, room, before + 1);
    expect(
      push.getChild("pubsub", NS.pubsub)?.getChild("publish")?.attrs.node,
    ).toBe(node);
    bob.answer(push, "result");
    await fence(bob, room);
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(before + 2);
    expect(await wasRegistered(bob, room)).toBe(true);
  }

  const many = (count: number, xml: string) => xml.repeat(count);
  const nested = (depth: number) =>
    many(depth, "<x xmlns='urn:example:deep'>") + many(depth, "</x>");

  /** In place of OWN and NODE come the sender's full JID and a harmless node. */
  const REFUSED: readonly { name: string; payload: string; type?: string }[] = [
    {
      name: "enable in another namespace",
      payload: '<enable xmlns="urn:xmpp:push:1" jid="OWN" node="NODE"/>',
    },
    {
      name: "enable in an empty namespace",
      payload: '<enable xmlns="" jid="OWN" node="NODE"/>',
    },
    {
      name: "enable in a wrapper",
      payload: `<x xmlns="urn:example:wrap"><enable xmlns="${NS.push}" jid="OWN" node="NODE"/></x>`,
    },
    {
      name: "another name in the namespace",
      payload: `<enabled xmlns="${NS.push}" jid="OWN" node="NODE"/>`,
    },
    {
      name: "a push notification",
      payload: `<pubsub xmlns="${NS.pubsub}"><publish node="NODE"><item><notification xmlns="${NS.push}"/></item></publish></pubsub>`,
    },
    {
      name: "enable as a get",
      type: "get",
      payload: `<enable xmlns="${NS.push}" jid="OWN" node="NODE"/>`,
    },
    {
      name: "disable as a get",
      type: "get",
      payload: `<disable xmlns="${NS.push}" jid="OWN" node="NODE"/>`,
    },
    {
      name: "enable and disable in one",
      payload: `<enable xmlns="${NS.push}" jid="OWN"/><disable xmlns="${NS.push}" jid="OWN"/>`,
    },
    {
      name: "no child",
      payload: "",
    },
    {
      name: "attributes in a namespace of their own",
      payload: `<enable xmlns="${NS.push}" xmlns:p="urn:example:p" p:jid="OWN" p:node="NODE"/>`,
    },
    {
      name: "the jid as a child",
      payload: `<enable xmlns="${NS.push}"><jid>OWN</jid><node>NODE</node></enable>`,
    },
    {
      name: "a jid of white space",
      payload: `<enable xmlns="${NS.push}" jid="  " node="NODE"/>`,
    },
    {
      name: "a jid with a line feed",
      payload: `<enable xmlns="${NS.push}" jid="OWN&#10;" node="NODE"/>`,
    },
    {
      name: "a jid with an overlong domain",
      payload: `<enable xmlns="${NS.push}" jid="bob@${"x".repeat(1100)}/y" node="NODE"/>`,
    },
  ];

  it.each(REFUSED)("$name is refused", async ({ payload, type = "set" }) => {
    const { alice, bob, mallory, room, node } = await victimAndMallory();
    const xml = payload.replaceAll("OWN", mallory.jid).replaceAll("NODE", "n");
    const answer = await mallory.request(
      `<iq type="${type}" to="${room}">${xml}</iq>`,
    );
    expect(outcomeOf(answer)).toMatch(REFUSALS);
    expect(await wasRegistered(mallory, room)).toBe(false);
    await expectUnharmed(alice, bob, room, node);
  });

  it.each([
    { name: "many children", more: many(2000, "<x xmlns='urn:example:x'/>") },
    { name: "deep children", more: nested(200) },
    { name: "much text", more: "é".repeat(20_000) },
    {
      name: "many attributes",
      attrs: Array.from({ length: 500 }, (_, i) => `a${i}="v"`).join(" "),
    },
  ])("enable with $name ends well", async ({ more = "", attrs = "" }) => {
    const { alice, bob, mallory, room, node } = await victimAndMallory();
    const answer = await mallory.request(
      `<iq type="set" to="${room}"><enable xmlns="${NS.push}" jid="${mallory.jid}" node="n" ${attrs}>${more}</enable></iq>`,
    );
    const outcome = outcomeOf(answer);
    if (outcome !== "result") expect(outcome).toMatch(REFUSALS);
    expect(await wasRegistered(mallory, room)).toBe(outcome === "result");
    await expectUnharmed(alice, bob, room, node);
  });

  it("nodes of every kind of letter come back as they were", async () => {
    const { mallory, alice, room } = await victimAndMallory();
    const odd = `\u{1F600}\u202E\u0301ß'"<>&]]>\\n%s %d {} [[ ]] --`;
    const own = { jid: mallory.jid, node: odd };
    expect(await enable(mallory, room, own)).toBe("result");
    await mallory.leaveRoom(room, "mallory");
    await alice.say(room, "hello");
    const push = await waitForPush(mallory, room);
    expect(
      push.getChild("pubsub", NS.pubsub)?.getChild("publish")?.attrs.node,
    ).toBe(odd);
    // It was stored as it is, too.
    await stage.servers.rooms.kill();
    await stage.servers.rooms.start();
    expect(await wasRegistered(mallory, room)).toBe(true);
  });

  it.each(["an occupant", "another's occupant", "the service"])(
    "enable sent to %s registers nobody",
    async (whom) => {
      const { alice, bob, mallory, room, node } = await victimAndMallory();
      const to = {
        "an occupant": `${room}/mallory`,
        "another's occupant": `${room}/alice`,
        "the service": stage.servers.rooms.host,
      }[whom];
      // To an occupant it goes on to that occupant's client, as any request; here none answers.
      const answers = [mallory, alice].map((client) =>
        client.waitForNext(
          (stanza) =>
            stanza.is("iq") &&
            (stanza.getChild("enable", NS.push) !== undefined ||
              stanza.attrs.type === "error"),
        ),
      );
      for (const answer of answers) answer.catch(() => undefined);
      mallory.send(
        createElement(
          "iq",
          { type: "set", id: "astray", to: to ?? "" },
          createElement("enable", {
            xmlns: NS.push,
            jid: mallory.jid,
            node: "n",
          }),
        ),
      );
      await Promise.race(answers);
      expect(await wasRegistered(mallory, room)).toBe(false);
      await expectUnharmed(alice, bob, room, node);
    },
  );

  it("answers that nobody asked for, and many of them, change nothing", async () => {
    const { alice, bob, mallory, room, node } = await victimAndMallory();
    await register(mallory, room);
    await alice.say(room, "hello");
    const push = await waitForPush(bob, room);
    const id = String(push.attrs.id);
    const gone = stanzaError("cancel", "item-not-found");
    const forged = [
      `<iq type="error" id="${id}" to="${room}">${gone}</iq>`,
      `<iq type="result" id="${id}" to="${room}"/>`,
      `<iq type="error" id="" to="${room}">${gone}</iq>`,
      `<iq type="error" id="${"x".repeat(3000)}" to="${room}">${gone}</iq>`,
      `<iq type="error" id="${id}" to="${room}"><error/></iq>`,
      `<iq type="error" id="${id}" to="${room}"/>`,
      `<message type="error" id="${id}" to="${room}">${gone}</message>`,
      `<message type="error" to="${room}/bob">${gone}</message>`,
      `<presence type="error" id="${id}" to="${room}/mallory2">${gone}</presence>`,
    ];
    for (let i = 0; i < 20; i++)
      for (const stanza of forged) mallory.send(stanza);
    await mallory.joinRoom(room, "mallory");
    await fence(mallory, room);
    // Still asked: no second push, and the true answer counts.
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(1);
    bob.answer(push, "result");
    await fence(bob, room);
    await expectUnharmed(alice, bob, room, node);
  });

  it("odd answers of the one who was asked harm nobody else", async () => {
    const { alice, bob, mallory, room, node } = await victimAndMallory();
    const odd = [
      '<error type="cancel"/>',
      "<error/>",
      `<error type="${"x".repeat(500)}"><${"y".repeat(100)} xmlns="${NS.stanzas}"/></error>`,
      `<error type="cancel"><item-not-found xmlns="urn:example:other"/></error>`,
      `<error type="cancel">${nested(50)}</error>`,
    ];
    for (const answer of odd) {
      await register(mallory, room);
      await mallory.leaveRoom(room, "mallory");
      const before = pushesOf(mallory, room).length;
      await alice.say(room, "hello");
      mallory.answer(await waitForPush(mallory, room, before + 1), answer);
      await fence(mallory, room);
      for (const push of pushesOf(bob, room)) bob.answer(push, "result");
      await fence(bob, room);
    }
    await expectUnharmed(alice, bob, room, node);
  });
});
