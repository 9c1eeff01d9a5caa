/** docs/muc-push.md says what happens: here it is played, with its own stanzas. */
import { randomUUID } from "node:crypto";
import type { Element } from "ltx";
import { describe, expect, it } from "vitest";
import {
  canonical,
  CAST,
  cast,
  example,
  exampleNames,
  type Names,
  tableRows,
  uncast,
} from "../../spec/description";
import { bare, isSelfPresence, type RawClient } from "../../rig/raw-client";
import {
  enable,
  fence,
  NS,
  outcomeOf,
  pushesOf,
  register,
  registerAndLeave,
  stanzaError,
  waitForPush,
  waitForReady,
  wasRegistered,
} from "./acts";
import { SERVERS } from "./servers";
import { useStage } from "./stage";

const MAX_NODE_BYTES = 256;
const MAX_PER_ROOM = 3;

/** What the stanza of a run reads like in the page; the example itself if all is well. */
function asInPage(stanza: Element, names: Names): string {
  return canonical(uncast(stanza, names));
}

const inPage = (name: string) => canonical(example(name));

function conditionOf(iq: Element): string {
  return outcomeOf(iq).replace(/^.*\//, "");
}

describe.each(SERVERS)("$name: the description's examples", (server) => {
  const stage = useStage(server, { intervalSeconds: 0 });

  /** Romeo in the garden, with the names of this run; Juliet owns it. */
  async function garden() {
    const juliet = await stage.connect("juliet");
    const romeo = await stage.connect("romeo", "orchard");
    const room = await stage.createRoom(juliet);
    await romeo.joinRoom(room, CAST.nick);
    const names: Names = {
      [CAST.room]: room,
      [`${CAST.room}/${CAST.nick}`]: `${room}/${CAST.nick}`,
      [CAST.client]: romeo.jid,
    };
    const send = (name: string) => romeo.request(cast(name, names));
    return { juliet, romeo, room, names, send };
  }

  it("discovery", async () => {
    const { names, send } = await garden();
    const answer = uncast(await send("discovery"), names);
    const features = (info: Element) =>
      (info.getChild("query", NS.disco)?.getChildren("feature") ?? []).map(
        ({ attrs }) => String(attrs.var),
      );
    const expected = example("features");
    expect(answer.attrs).toMatchObject(expected.attrs as object);
    expect(features(answer)).toEqual(
      expect.arrayContaining(features(expected)),
    );
  });

  it("registering, being pushed after a crash, coming back", async () => {
    const { juliet, romeo, room, names, send } = await garden();
    expect(asInPage(await send("enable"), names)).toBe(inPage("enabled"));

    await stage.servers.rooms.kill();
    await stage.servers.rooms.start();
    await juliet.joinRoom(room, "juliet");
    await juliet.say(room, "Wherefore art thou?");
    const push = await waitForPush(romeo, room);
    const withId = { ...names, push1: String(push.attrs.id) };
    expect(asInPage(push, withId)).toBe(inPage("push"));
    romeo.send(cast("answer", withId));
    await fence(romeo, room);

    const pong = await send("self-ping");
    expect(conditionOf(pong)).toBe(conditionOf(example("out")));
    expect(pong.attrs).toMatchObject(cast("out", names).attrs as object);

    const seated = romeo.waitForNext((stanza) => isSelfPresence(stanza, room));
    romeo.send(cast("join", names));
    await seated;
    expect(asInPage(await send("enable"), names)).toBe(inPage("enabled"));
    expect(pushesOf(romeo, room)).toHaveLength(1);
  });

  it("refused to one who is not in the room", async () => {
    const { romeo, room, names, send } = await garden();
    await romeo.leaveRoom(room, CAST.nick);
    expect(asInPage(await send("enable"), names)).toBe(inPage("refused"));
  });

  it("leaving", async () => {
    const { names, send } = await garden();
    await send("enable");
    expect(asInPage(await send("disable"), names)).toBe(inPage("disabled"));
    expect(asInPage(await send("disable"), names)).toBe(inPage("unknown"));
  });

  it("a push that the client does not know ends the registration", async () => {
    const { juliet, romeo, room, names, send } = await garden();
    await send("enable");
    await romeo.leaveRoom(room, CAST.nick);
    await juliet.say(room, "Good night, good night!");
    const push = await waitForPush(romeo, room);
    romeo.send(cast("not-ours", { ...names, push1: String(push.attrs.id) }));
    await fence(romeo, room);
    expect(await wasRegistered(romeo, room)).toBe(false);
  });

  it("a client that is gone is forgotten", async () => {
    const { juliet, romeo, room, names, send } = await garden();
    await send("enable");
    await romeo.close();
    // What the room gets to hear from the user's server, anybody does.
    const answer = await juliet.request(
      cast("push", { ...names, [CAST.room]: juliet.jid }),
    );
    expect(asInPage(answer, { ...names, [CAST.room]: juliet.jid })).toBe(
      inPage("gone"),
    );
    await juliet.say(room, "Parting is such sweet sorrow");
    await fence(juliet, room);
    const again = await stage.connect("romeo", "orchard");
    expect(await wasRegistered(again, room)).toBe(false);
  });
});

describe.each(SERVERS)("$name: the description's announcement", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    startupRate: 100,
    startupDelaySeconds: 0,
    announceReady: "registered",
  });

  it("a room says that it is back", async () => {
    const juliet = await stage.connect("juliet");
    const romeo = await stage.connect("romeo", "orchard");
    const room = await stage.createRoom(juliet);
    await register(romeo, room);
    await stage.servers.rooms.kill();
    await stage.servers.rooms.start();
    const ready = await waitForReady(romeo, room);
    const names: Names = { [CAST.room]: room, [CAST.client]: romeo.jid };
    expect(asInPage(ready, names)).toBe(inPage("ready"));
  });
});

describe.each(SERVERS)("$name: the description's tables", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    retryMinSeconds: 0.2,
    timeoutSeconds: 2,
    maxNodeLengthBytes: MAX_NODE_BYTES,
    maxPerRoom: MAX_PER_ROOM,
  });

  async function ownerAndGuest() {
    const alice = await stage.connect("alice");
    const bob = await stage.connect("bob");
    const room = await stage.createRoom(alice);
    await bob.joinRoom(room, "bob");
    return { alice, bob, room };
  }

  /** How to get each error. */
  const ERRORS: Readonly<
    Record<
      string,
      (bob: RawClient, room: string, alice: RawClient) => Promise<string>
    >
  > = {
    "`jid` or `node` is missing or empty": ({ jid }, room) =>
      bobEnables({ jid }, room),
    "`jid` is no full JID": ({ jid }, room) =>
      bobEnables({ jid: bare(jid), node: "n" }, room),
    "`jid` is not the sender's own full JID": ({ jid }, room) =>
      bobEnables({ jid: `${jid}-too`, node: "n" }, room),
    "`node` is longer than the service allows": ({ jid }, room) =>
      bobEnables({ jid, node: "n".repeat(MAX_NODE_BYTES + 1) }, room),
    "there is no such room": ({ jid }) =>
      bobEnables({ jid, node: "n" }, stage.newRoomJid()),
    "the room is not persistent": async (bob, room, alice) => {
      await alice.configureRoom(room, { persistent: false });
      return bobEnables({ jid: bob.jid, node: "n" }, room);
    },
    "the sender is not an occupant": async (bob, room) => {
      await bob.leaveRoom(room, "bob");
      return bobEnables({ jid: bob.jid, node: "n" }, room);
    },
    "the room has as many registrations as it allows": async (bob, room) => {
      for (let i = 0; i < MAX_PER_ROOM; i++)
        await register(await stage.connect(`guest${i}`), room);
      return bobEnables({ jid: bob.jid, node: "n" }, room);
    },
  };
  /** What can't be provoked from outside: each server's own spec does, where it can break the storage. */
  const FROM_INSIDE = "the registration could not be stored";

  let guest: RawClient | undefined;
  const bobEnables = (registration: object, room: string) =>
    enable(guest as RawClient, room, registration);

  it.each(tableRows("errors"))("%s: %s, %s", async (what, type, condition) => {
    if (what === FROM_INSIDE) return;
    const { alice, bob, room } = await ownerAndGuest();
    guest = bob;
    expect(await ERRORS[what as string]?.(bob, room, alice)).toBe(
      `${type}/${condition}`,
    );
  });

  /** One answer for each row: an error's type and condition. */
  const ANSWERS: Readonly<Record<string, string | undefined>> = {
    result: "result",
    "error remote-server-not-found, remote-server-timeout, resource-constraint or internal-server-error":
      stanzaError("cancel", "remote-server-not-found"),
    "another error of type wait": stanzaError("wait", "undefined-condition"),
    "any other error": stanzaError("cancel", "feature-not-implemented"),
    "none within the time (120 s)": undefined,
  };

  it.each(tableRows("answers"))("%s: %s", async (answer, fate) => {
    expect(Object.keys(ANSWERS)).toContain(answer);
    const { alice, bob, room } = await ownerAndGuest();
    await registerAndLeave(bob, room, "bob");
    await alice.say(room, randomUUID());
    const push = await waitForPush(bob, room);
    const words = ANSWERS[answer as string];
    if (words) bob.answer(push, words);
    if (fate === "stays; the push is repeated") await waitForPush(bob, room, 2);
    else await fence(bob, room);
    expect(await wasRegistered(bob, room)).toBe(fate !== "ends");
  });
});

describe("the description", () => {
  it("has the examples that are played here, and in the plugin's spec, and no others", () => {
    expect(exampleNames()).toEqual([
      "discovery",
      "features",
      "enable",
      "enabled",
      "refused",
      "push",
      "answer",
      "self-ping",
      "out",
      "join",
      "disable",
      "disabled",
      "unknown",
      "not-ours",
      "gone",
      "ready",
    ]);
  });
});
