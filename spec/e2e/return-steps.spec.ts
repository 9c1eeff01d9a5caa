/** Why the return is quick: of what the page asks on its way back, only what has to waits for an answer. */
import { afterEach, expect, test } from "vitest";
import type { WireEntry } from "../../rig/chat-page";
import { beginScene, numbered, type Scene } from "./scene";

let scene: Scene;
afterEach(() => scene.close());

/** What the page sends on its way back, by what it is about; null for what has nothing to do with the room. */
function nameOf({ xml }: WireEntry, host: string): string | null {
  if (!xml.includes(host)) return null;
  if (xml.startsWith("<presence"))
    return xml.includes("http://jabber.org/protocol/muc") ? "join" : "presence";
  if (xml.startsWith("<message")) return "message";
  const names = {
    "urn:xmpp:ping": "ping",
    "<enable": "enable",
    "urn:xmpp:mam:2": "archive query",
    "http://jabber.org/protocol/muc#admin": "member list",
    "http://jabber.org/protocol/disco#info": "disco#info",
    "http://jabber.org/protocol/disco#items": "disco#items",
    vcard: "vcard",
  };
  const found = Object.entries(names).find(([text]) => xml.includes(text));
  return found?.[1] ?? (/type=["']result["']/.test(xml) ? "answer" : "other");
}

/** A crash, ten missed messages, the return. @returns what the page sent from the push on, in its order */
async function stepsOfReturn(roomArchive: boolean): Promise<string[]> {
  // A member asks for the lists of members, others may not.
  scene = await beginScene({ roomArchive, affiliation: "member" });
  const { alice, bob, room, stage } = scene;
  const since = await scene.crash();
  const bodies = numbered("missed", 10);
  for (const body of bodies) await bob.say(room, body);
  await alice.waitForEvent("mucPushEnabled", { room, since });
  await alice.waitForEvent("mucPushBack", { room, since });
  await bob.say(room, "live again");
  await alice.waitForMessage(room, "live again");
  const wire = await alice.wire();
  const push = wire.findIndex(
    ({ dir, xml, at }) =>
      dir === "in" && at >= since && xml.includes("<notification"),
  );
  expect(push).toBeGreaterThanOrEqual(0);
  const rest = wire.slice(push + 1);

  const ping = rest.findIndex(
    ({ dir, xml }) => dir === "out" && xml.includes("urn:xmpp:ping"),
  );
  const join = rest.findIndex(
    (entry) =>
      entry.dir === "out" && nameOf(entry, stage.servers.rooms.host) === "join",
  );
  const id = / id=["']([^"']+)["']/.exec(rest[ping]?.xml ?? "")?.[1] ?? "none";
  const answers = rest
    .slice(0, join)
    .filter(({ dir, xml }) => dir === "in" && xml.startsWith("<iq"));
  // The join waits for one answer, the ping's.
  expect(answers.filter(({ xml }) => xml.includes(id))).toHaveLength(1);
  expect(answers.at(-1)?.xml).toContain(id);

  return rest.flatMap((entry) =>
    entry.dir === "out" ? (nameOf(entry, stage.servers.rooms.host) ?? []) : [],
  );
}

test("after the push the page pings and asks about the room at once, then joins with the archive query right behind", async () => {
  const steps = await stepsOfReturn(true);
  expect(steps.slice(0, 5)).toEqual([
    "answer",
    "ping",
    "disco#info",
    "join",
    "archive query",
  ]);
  expect(steps.filter((step) => step === "disco#info")).toHaveLength(1);
  expect(steps).not.toContain("member list");
});

test("in a room without archive nothing is asked for what was missed: it comes with the join", async () => {
  const steps = await stepsOfReturn(false);
  const first = ["answer", "ping", "disco#info", "join"];
  expect(steps.slice(0, 4)).toEqual(first);
  expect(steps).not.toContain("archive query");
  const { alice, room } = scene;
  expect(await alice.modelMessages(room)).toEqual([
    "all is well",
    ...numbered("missed", 10),
    "live again",
  ]);
});
