/** Everybody in a room stands once in the list of occupants, also where a Prosody gives them new ids with each start. */
import { afterEach, expect, test } from "vitest";
import type { ChatPage } from "../../rig/chat-page";
import type { RawClient } from "../../rig/raw-client";
import { complaintsOf, comeBack, setStage, type Stage } from "./stage";

let stage: Stage;
afterEach(() => stage.close());

const OTHERS = ["bob", "carol"];
const EVERYBODY = ["alice", ...OTHERS];

/** The list of occupants, as Converse has it and as the page draws it. */
const listOf = (alice: ChatPage, room: string) =>
  alice.page.evaluate((jid) => {
    const muc = window.rig.chat(jid) as unknown as {
      occupants: { models: { get(name: string): unknown }[] };
    };
    const drawn = document.querySelectorAll<HTMLElement>(
      ".occupant-list .occupant-nick",
    );
    const heading = document.querySelector(".occupants-heading")?.textContent;
    return {
      known: muc.occupants.models.map((one) => String(one.get("nick"))).sort(),
      drawn: [...drawn].map((nick) => nick.innerText.trim()).sort(),
      heading: heading?.trim(),
    };
  }, room);

const once = {
  known: EVERYBODY,
  drawn: EVERYBODY,
  heading: `${EVERYBODY.length} Participants`,
};

/** The ids that the room has for those in it (XEP-0421), by nick, as somebody hears them who joins. */
function idsOf({ received }: RawClient, room: string): Map<string, string> {
  const ids = new Map<string, string>();
  for (const stanza of received) {
    const from = String(stanza.attrs.from);
    const id: unknown = stanza.getChild("occupant-id", "urn:xmpp:occupant-id:0")
      ?.attrs.id;
    if (stanza.is("presence") && from.startsWith(`${room}/`) && id)
      ids.set(from.slice(room.length + 1), String(id));
  }
  return ids;
}

for (const { who, isFirst } of [
  { who: "the others are back first", isFirst: false },
  { who: "the page is back first", isFirst: true },
]) {
  test(`after two crashes everybody stands once in the list of a room that was never saved: ${who}`, async () => {
    stage = await setStage({ roomPush: false });
    const { room, servers } = stage;
    const others: RawClient[] = [];
    for (const nick of OTHERS) {
      const client = await stage.logIn(nick);
      await client.joinRoom(room, nick);
      others.push(client);
    }
    const [bob] = others as [RawClient];
    const alice = await stage.openAlice();
    await bob.say(room, "all is well");
    await alice.waitForMessage(room, "all is well");
    await expect.poll(() => listOf(alice, room)).toEqual(once);

    const returnOthers = async () => {
      for (const [index, client] of others.entries())
        await comeBack(client, room, String(OTHERS[index]));
    };
    for (const crash of [1, 2]) {
      const before = idsOf(bob, room);
      const since = Date.now();
      await servers.rooms.kill();
      await servers.rooms.start();
      if (!isFirst) await returnOthers();
      await alice.page.evaluate(
        (jid) => window.rig._converse?.api.mucPush?.check(jid),
        room,
      );
      await alice.waitForEvent("mucPushBack", { room, since });
      if (isFirst) await returnOthers();
      const body = `after crash ${crash}`;
      for (const client of others) await client.say(room, body);
      await alice.waitForMessage(room, body);
      await expect.poll(() => listOf(alice, room)).toEqual(once);
      // Otherwise this shows nothing. A page that is back first owns the new room, and Converse has it saved.
      if (isFirst && crash > 1) continue;
      for (const nick of OTHERS)
        expect(idsOf(bob, room).get(nick)).not.toBe(before.get(nick));
    }
    expect(await complaintsOf(alice)).toEqual([]);
  });
}
