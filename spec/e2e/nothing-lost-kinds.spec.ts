/** Whatever kind of message was missed: afterwards alice's page is as if she had never been away. */
import { createElement } from "ltx";
import { afterEach, expect, test } from "vitest";
import { readArchive, renderedHistory } from "../../rig/archive-reader";
import { chosenRelease, majorOf } from "../../rig/releases";
import {
  beginScene,
  expectNothingLost,
  KINDS_OF_ROOM,
  messageTo,
  nameOf,
  openSecondDevice,
  type Scene,
} from "./scene";
import { drawnMessages, sayDirectly } from "./stage";

const CORRECT = "urn:xmpp:message-correct:0";
const RETRACT = "urn:xmpp:message-retract:1";
const REACT = "urn:xmpp:reactions:0";
const HINTS = "urn:xmpp:hints";
const REFERENCE = "urn:xmpp:reference:0";

/** Retractions as they are now came with 12, reactions with 14: before, Converse shows the words beside them. */
const release = majorOf(chosenRelease());
const knowsRetractions = release >= 12;
const knowsReactions = release >= 14;

let scene: Scene;
afterEach(() => scene.close());

/** A notice without a body is archived where it says so. */
const store = () => createElement("store", { xmlns: HINTS });

/** What the room calls a message that bob has heard. */
function stanzaIdOf(body: string): string {
  const { stanzaId } =
    scene.heardByBob().find((message) => message.body === body) ?? {};
  if (!stanzaId) throw new Error(`the room has no id for "${body}"`);
  return stanzaId;
}

interface Model {
  get(key: string): unknown;
}
/** What alice's Converse notes about a message. @param key an attribute */
function noted(body: string, key: string): Promise<unknown> {
  return scene.alice.page.evaluate(
    ([jid, text, name]) =>
      (window.rig.chat(jid)?.messages.models as Model[] | undefined)
        ?.find((message) => message.get("body") === text)
        ?.get(name),
    [scene.room, body, key] as const,
  );
}

async function returned(since: number): Promise<void> {
  const { alice, room } = scene;
  await scene.returnNow();
  await alice.waitForEvent("mucPushBack", { room, since });
}

for (const roomServer of ["prosody", "ejabberd"] as const) {
  test(`${roomServer}: missed corrections, retractions and reactions, as far as the release knows them, have been made`, async () => {
    scene = await beginScene({ roomServer, roomPush: false });
    const { alice, bob, room, stage } = scene;
    await bob.say(room, "old, to be corrected");
    await alice.waitForMessage(room, "old, to be corrected");
    const old = scene.heardByBob("old").at(-1)?.id as string;
    const since = await scene.crash();
    await scene.burst(["to be corrected", "to be retracted", "liked"]);
    bob.send(
      messageTo(
        room,
        "correction",
        "corrected",
        createElement("replace", { xmlns: CORRECT, id: "to be corrected" }),
      ),
    );
    bob.send(
      messageTo(
        room,
        "correction of an old one",
        "old, corrected",
        createElement("replace", { xmlns: CORRECT, id: old }),
      ),
    );
    const retraction = messageTo(
      room,
      "retraction",
      "/me retracted a message",
      // By the sender's id, as Converse does: it does not know its own messages by the room's.
      createElement("retract", { xmlns: RETRACT, id: "to be retracted" }),
      store(),
    );
    const reaction = messageTo(
      room,
      "reaction",
      "",
      createElement(
        "reactions",
        { xmlns: REACT, id: stanzaIdOf("liked") },
        createElement("reaction", {}, "👍"),
      ),
      store(),
    );
    if (knowsRetractions) bob.send(retraction);
    if (knowsReactions) bob.send(reaction);
    await bob.say(room, "that was all");
    await returned(since);
    await alice.waitForMessage(room, "that was all");

    const reader = await stage.logIn("reader");
    await reader.joinRoom(room, "reader");
    const archive = await readArchive(reader, room);
    // The test would say nothing about a notice that the server does not keep.
    const sent = [
      "correction",
      ...(knowsRetractions ? ["retraction"] : []),
      ...(knowsReactions ? ["reaction"] : []),
    ];
    for (const id of sent)
      expect(archive.map((message) => message.id)).toContain(id);
    expect(await drawnMessages(alice, room)).toEqual(
      renderedHistory(archive).map(({ body }) => body),
    );
    if (knowsReactions)
      expect(JSON.stringify(await noted("liked", "reactions"))).toContain("👍");
    expect(await alice.errors()).toEqual([]);
  });
}

for (const kind of KINDS_OF_ROOM) {
  test(`${nameOf(kind)}: missed messages without any id are there, once, equal ones as often as they were said`, async () => {
    scene = await beginScene({ ...kind, roomPush: false });
    const { bob, room } = scene;
    const since = await scene.crash();
    for (const body of ["anonymous", "same", "same", "and again"])
      bob.send(messageTo(room, "", body));
    await bob.say(room, "that was all");
    await returned(since);
    await scene.bob.say(room, "live");
    await scene.alice.waitForMessage(room, "live");
    expect((await scene.alice.modelMessages(room)).slice(-6)).toEqual([
      "anonymous",
      "same",
      "same",
      "and again",
      "that was all",
      "live",
    ]);
  });

  test(`${nameOf(kind)}: what alice said on another device meanwhile is there, once`, async () => {
    scene = await beginScene({ ...kind, roomPush: false });
    const { bob, room } = scene;
    const since = await scene.crash();
    const sameNick = await openSecondDevice(scene, "alice");
    await sameNick.say(room, "from the desk");
    await bob.say(room, "I see");
    const otherNick = await openSecondDevice(scene, "alice-phone");
    await otherNick.say(room, "from the phone");
    await returned(since);
    await sameNick.say(room, "from the desk, live");
    await otherNick.say(room, "from the phone, live");
    await expectNothingLost(scene);
  });

  test(`${nameOf(kind)}: a hidden room counts what was missed, and who was mentioned`, async () => {
    scene = await beginScene({ ...kind, roomPush: false });
    const { alice, bob, room, stage } = scene;
    // A chat that somebody else begins does not hide the room: alice has to look elsewhere.
    await sayDirectly(bob, alice, stage, "hello");
    await alice.page.evaluate((jid) => {
      const chat = window.rig.chat(jid) as unknown as {
        save(attributes: Record<string, unknown>): void;
      };
      chat.save({
        hidden: true,
        num_unread: 0,
        num_unread_general: 0,
      });
    }, room);
    const since = await scene.crash();
    const mention = createElement("reference", {
      xmlns: REFERENCE,
      type: "mention",
      begin: "0",
      end: "5",
      uri: `xmpp:alice@${stage.servers.users.host}`,
    });
    await scene.burst(["one", "two"]);
    bob.send(messageTo(room, "three", "alice: three", mention));
    await bob.say(room, "four");
    await returned(since);
    await bob.say(room, "five, live");
    await alice.waitForMessage(room, "five, live");
    const counters = await alice.page.evaluate((jid) => {
      const chat = window.rig.chat(jid);
      return [chat?.get("num_unread_general"), chat?.get("num_unread")];
    }, room);
    expect(counters).toEqual([5, 1]);
  });
}
