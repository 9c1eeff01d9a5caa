/** Pushes that are none, over real servers: only the room itself may push, and only with its node. */
import { afterEach, expect, test } from "vitest";
import type { ChatPage } from "../../rig/chat-page";
import { setStage, storyOf, type Stage } from "./stage";

let stage: Stage;
afterEach(() => stage.close());

const NOTIFICATION = '<notification xmlns="urn:xmpp:push:0"/>';

/** @param node null: the publish has none */
const pushXml = (to: string, node: string | null, items: string) =>
  `<iq type="set" to="${to}"><pubsub xmlns="http://jabber.org/protocol/pubsub"><publish${
    node === null ? "" : ` node="${node}"`
  }>${items}</publish></pubsub></iq>`;

async function registrationOf(alice: ChatPage) {
  const { xml } = await alice.waitForWire("out", "urn:xmpp:push:0");
  const attribute = (name: string) =>
    new RegExp(` ${name}=["']([^"']+)["']`).exec(xml)?.[1] ?? "";
  return { jid: attribute("jid"), node: attribute("node") };
}

test("a stranger's push is answered item-not-found and starts nothing, whatever is in it", async () => {
  stage = await setStage();
  const { room } = stage;
  const mallory = await stage.logIn("mallory");
  await mallory.joinRoom(room, "mallory");
  const alice = await stage.openAlice();
  await alice.waitForEvent("mucPushEnabled", { room });
  const { jid, node } = await registrationOf(alice);
  expect(node).toMatch(/^[0-9a-f]{32}$/);

  const item = `<item>${NOTIFICATION}</item>`;
  const junk = `<junk xmlns="urn:example:junk">${"<a/>".repeat(2_000)}</junk>`;
  const since = Date.now();
  for (const [claimed, items] of [
    [node, item],
    ["guess", item],
    [null, item],
    [node, junk + `<item>${junk}${NOTIFICATION}</item>`],
  ] as const) {
    const answer = await mallory.request(pushXml(jid, claimed, items));
    const error = answer.getChild("error");
    expect([answer.attrs["from"], error?.attrs["type"]]).toEqual([
      jid,
      "cancel",
    ]);
    expect(String(error)).toContain("item-not-found");
  }

  expect(storyOf(await alice.wire(), room, since)).not.toContain("ping");
  expect(await alice.pushState(room)).toBe("joined");
  expect(await alice.errors()).toEqual([]);
});

test("five hundred pushes of a stranger get five hundred refusals", async () => {
  stage = await setStage();
  const { room } = stage;
  const mallory = await stage.logIn("mallory");
  const alice = await stage.openAlice();
  await alice.waitForEvent("mucPushEnabled", { room });
  const { jid, node } = await registrationOf(alice);

  const answers = await Promise.all(
    Array.from({ length: 500 }, () =>
      mallory.request(pushXml(jid, node, `<item>${NOTIFICATION}</item>`), {
        timeoutMs: 60_000,
      }),
    ),
  );
  const told = answers.map((iq) => `${iq.attrs["from"]} ${iq.attrs["type"]}`);
  expect(told).toEqual(Array(500).fill(`${jid} error`));
  expect(String(answers[0])).toContain("item-not-found");
  expect(storyOf(await alice.wire(), room)).not.toContain("ping");
});
