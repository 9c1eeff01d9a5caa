/** The ways out of a room that are not for good, on real servers: the page comes back by itself. */
import { afterEach, expect, test } from "vitest";
import type { ChatPage } from "../../rig/chat-page";
import type { RawClient } from "../../rig/raw-client";
import type { ServersOptions } from "../../rig/servers";
import { shutDownAloud } from "./shutdown";
import { comeBack, sayDirectly, setStage, storyOf, type Stage } from "./stage";

/** The least that the setting takes. */
const SILENCE_MS = 1_000;
/** A ping that is lost together with its link is not waited for long. */
const ANSWER_TIMEOUT_MS = 2_000;

let stage: Stage;
let bob: RawClient;

afterEach(() => stage.close());

/** bob in a room that is on disk. ejabberd writes it there for sure only when it is stopped. */
async function begin(options: ServersOptions): Promise<void> {
  stage = await setStage(options);
  const { room, servers } = stage;
  bob = await stage.logIn("bob");
  await bob.joinRoom(room, "bob");
  if (options.roomServer === "ejabberd") {
    await servers.rooms.terminate();
    await servers.rooms.start();
    await comeBack(bob, room, "bob");
  } else {
    await bob.configureRoom(room, { persistent: true });
  }
}

/** alice, settled: she has seen a message come in live. */
async function openAlice(settings: Record<string, unknown> = {}) {
  const { room } = stage;
  const alice = await stage.openAlice({
    settings: { muc_push_answer_timeout_ms: ANSWER_TIMEOUT_MS, ...settings },
  });
  await bob.say(room, "all is well");
  await alice.waitForMessage(room, "all is well");
  return alice;
}

async function expectLiveAndComplete(
  alice: ChatPage,
  said: readonly string[],
): Promise<void> {
  const { room } = stage;
  await bob.say(room, "live again");
  await alice.waitForMessage(room, "live again");
  expect(await alice.modelMessages(room)).toEqual([
    "all is well",
    ...said,
    "live again",
  ]);
  expect(await alice.errors()).toEqual([]);
}

/** Sends a stanza from the page's stream, past Converse. @param xml without `xmlns` */
function sendFrom(alice: ChatPage, xml: string): Promise<void> {
  return alice.page.evaluate((text) => {
    const stanza = new DOMParser().parseFromString(
      text.replace(/^<\w+/, '$& xmlns="jabber:client"'),
      "text/xml",
    ).documentElement;
    (
      window.rig._converse as unknown as {
        api: { send(stanza: Element): void };
      }
    ).api.send(stanza);
  }, xml);
}

/** What the page did about the room, with a row of pings as one. */
async function deedsOf(
  alice: ChatPage,
  since: number,
  until = Infinity,
): Promise<string[]> {
  const wire = (await alice.wire()).filter(({ at }) => at <= until);
  const story = storyOf(wire, stage.room, since);
  return story.filter((deed, n) => deed !== "ping" || story[n - 1] !== "ping");
}

test("after ejabberd has announced its shutdown the page comes back by itself, before anybody speaks", async () => {
  await begin({ roomServer: "ejabberd" });
  const { room, servers } = stage;
  const alice = await openAlice();

  const { since, out } = await shutDownAloud(stage, alice);
  // The unavailable presence of the room itself comes first; the one with 332 may get lost with the link.
  expect(["unavailable", "shutdown"]).toContain(out.payload?.["reason"]);
  await alice.waitForEvent("mucPushChecked", { room, since });
  await servers.rooms.start();
  await alice.waitForEvent("mucPushBack", { room, since });

  const checks = (await alice.events()).filter(
    ({ name, at }) => name === "mucPushChecked" && at >= since,
  );
  expect(checks.at(0)?.payload?.["verdict"]).toBe("unreachable");
  expect(checks.at(-1)?.payload?.["verdict"]).toBe("out");
  expect(await deedsOf(alice, since)).toEqual(["ping", "join"]);
  await comeBack(bob, room, "bob");
  await expectLiveAndComplete(alice, []);
});

test("what is said between the shutdown of ejabberd and the return of the page is there", async () => {
  await begin({ roomServer: "ejabberd" });
  const { room, servers } = stage;
  const alice = await openAlice({ muc_push_backoff_min_ms: 1_000 });
  const { since } = await shutDownAloud(stage, alice);
  await servers.rooms.start();
  await comeBack(bob, room, "bob");
  await bob.say(room, "one");
  await bob.say(room, "two");
  await alice.waitForEvent("mucPushBack", { room, since });
  await expectLiveAndComplete(alice, ["one", "two"]);
});

for (const roomServer of ["ejabberd", "prosody"] as const) {
  test(`a room that does not push is asked after its silence: the page comes back after a SIGKILL of ${roomServer}`, async () => {
    await begin({ roomServer, roomPush: false });
    const { room, servers } = stage;
    const alice = await openAlice({ muc_push_silence_ms: SILENCE_MS });
    const since = Date.now();
    await servers.rooms.kill();
    await servers.rooms.start();
    await comeBack(bob, room, "bob");
    await bob.say(room, "one");
    await bob.say(room, "two");
    const back = await alice.waitForEvent("mucPushBack", { room, since });
    expect(back.payload?.["missed"]).toBeLessThanOrEqual(2);
    // Later it is silent again.
    expect(await deedsOf(alice, since, back.at)).toEqual(["ping", "join"]);
    await expectLiveAndComplete(alice, ["one", "two"]);
  });
}

test("a room that its server has forgotten is joined again, although ejabberd only says that it is not there", async () => {
  stage = await setStage({ roomServer: "ejabberd", roomPersistent: false });
  const { room, servers } = stage;
  bob = await stage.logIn("bob");
  await bob.joinRoom(room, "bob");
  const alice = await openAlice({ muc_push_silence_ms: SILENCE_MS });
  const since = Date.now();
  await servers.rooms.kill();
  await servers.rooms.start();
  const back = await alice.waitForEvent("mucPushBack", { room, since });
  expect(await deedsOf(alice, since, back.at)).toEqual(["ping", "join"]);
  await comeBack(bob, room, "bob");
  await bob.say(room, "live again");
  await alice.waitForMessage(room, "live again");
});

test("a room that pushes costs nothing while it is idle, however long it is silent", async () => {
  // The users' own server has rooms, too, which do not push: they show how often silence is a reason to ask.
  await begin({
    userConfig: `
      VirtualHost "nobody.invalid" {}
      Component "quiet.invalid" "muc"
        restrict_room_creation = false
        muc_room_locking = false
    `,
  });
  const { room } = stage;
  const quietRoom = "clock@quiet.invalid";
  const alice = await stage.openAlice({
    rooms: [room, quietRoom],
    settings: { muc_push_silence_ms: SILENCE_MS },
  });
  await alice.waitForEvent("mucPushEnabled", { room });
  await bob.say(room, "all is well");
  await alice.waitForMessage(room, "all is well");
  await sayDirectly(bob, alice, stage, "now we are silent");

  const idleSince = Date.now();
  let since = idleSince;
  for (let asked = 1; asked <= 4; asked++) {
    const ping = await alice.waitForEvent("mucPushChecked", {
      room: quietRoom,
      since,
    });
    expect(ping.payload?.["verdict"]).toBe("joined");
    since = ping.at + 1;
  }
  expect(since - idleSince).toBeGreaterThan(3 * SILENCE_MS);
  const traffic = (await alice.wire()).filter(
    ({ xml, at }) => at >= idleSince && xml.includes(room),
  );
  expect(traffic).toEqual([]);
});

test("who is thrown out because a message bounced (333) comes back", async () => {
  await begin({});
  const { room } = stage;
  const alice = await openAlice();
  await alice.waitForEvent("mucPushEnabled", { room });
  const since = Date.now();
  // What the users' server says when it can't deliver: to the room it is the same bounce.
  await sendFrom(
    alice,
    `<message to="${room}" type="error"><error type="wait"><recipient-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`,
  );
  await alice.waitForWire("in", "333", { since });
  const out = await alice.waitForEvent("mucPushOut", { room, since });
  expect(out.payload?.["reason"]).toBe("technical-problem");
  await alice.waitForEvent("mucPushBack", { room, since });
  await alice.waitForEvent("mucPushEnabled", { room, since });
  expect(await deedsOf(alice, since)).toEqual(["ping", "join", "enable"]);
  await expectLiveAndComplete(alice, []);
});

test("who is told without a reason that they are out (a bare unavailable) comes back", async () => {
  await begin({});
  const { room } = stage;
  const alice = await openAlice();
  await alice.waitForEvent("mucPushEnabled", { room });
  const since = Date.now();
  // Sent past Converse, which did not leave: to it the room's answer comes out of the blue.
  await sendFrom(alice, `<presence to="${room}/alice" type="unavailable"/>`);
  const out = await alice.waitForEvent("mucPushOut", { room, since });
  expect(out.payload?.["reason"]).toBe("unavailable");
  await alice.waitForEvent("mucPushBack", { room, since });
  await alice.waitForEvent("mucPushEnabled", { room, since });
  expect(await deedsOf(alice, since)).toEqual([
    "unavailable",
    "ping",
    "join",
    "enable",
  ]);
  await expectLiveAndComplete(alice, []);
});
