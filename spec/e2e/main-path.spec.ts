/** A room whose server is killed, for real: Converse.js in Chromium, two Prosodys. */
import { afterEach, expect, test } from "vitest";
import type { ChatPage } from "../../rig/chat-page";
import type { RawClient } from "../../rig/raw-client";
import { chosenRelease } from "../../rig/releases";
import type { ServersOptions } from "../../rig/servers";
import {
  comeBack,
  crash,
  drawnMessages,
  sayDirectly,
  setStage,
  storyOf,
  type Stage,
} from "./stage";

let stage: Stage;
let bob: RawClient;

afterEach(() => stage.close());

async function begin(options: ServersOptions = {}): Promise<void> {
  stage = await setStage(options);
  bob = await stage.logIn("bob");
  await bob.joinRoom(stage.room, "bob");
}

/**
 * alice, registered for push and settled. What was said before comes from the archive like what she will
 * miss, so that both have the archive's times: Prosody 0.12 keeps whole seconds.
 */
async function openRegisteredAlice(): Promise<ChatPage> {
  await bob.say(stage.room, "all is well");
  const alice = await stage.openAlice();
  expect(await alice.converseVersion()).toBe(chosenRelease());
  await alice.waitForEvent("mucPushEnabled", { room: stage.room });
  await alice.waitForEvent("enteredNewRoom");
  await alice.waitForMessage(stage.room, "all is well");
  return alice;
}

const isPush = (xml: string) => xml.includes("<notification");

test("after a crash the idle page is back in its seat with every message once, after one ping and one join", async () => {
  await begin();
  const { room } = stage;
  const alice = await openRegisteredAlice();

  const since = await crash(stage, bob, "bob");
  const said = ["one", "two", "three", "four", "five"];
  for (const body of said) await bob.say(room, body);
  const back = await alice.waitForEvent("mucPushBack", { room, since });
  await alice.waitForEvent("mucPushEnabled", { room, since });
  await bob.say(room, "live again");
  await alice.waitForMessage(room, "live again");

  const expected = ["all is well", ...said, "live again"];
  expect(await alice.modelMessages(room)).toEqual(expected);
  expect(await drawnMessages(alice, room)).toEqual(expected);
  expect(storyOf(await alice.wire(), room, since)).toEqual([
    "push",
    "answer result",
    "ping",
    "join",
    "enable",
  ]);
  expect(back.payload?.["outForMs"]).toBeGreaterThanOrEqual(0);
  expect(await alice.pushState(room)).toBe("joined");
  expect(await alice.errors()).toEqual([]);
});

test("the renewed registration brings the page back after a second crash", async () => {
  await begin();
  const { room } = stage;
  const alice = await openRegisteredAlice();
  for (const body of ["after the first", "after the second"]) {
    const since = await crash(stage, bob, "bob");
    await bob.say(room, body);
    await alice.waitForEvent("mucPushEnabled", { room, since });
    await alice.waitForMessage(room, body);
  }
});

test("without the plugin the page stays out and misses what is said", async () => {
  await begin();
  const { room } = stage;
  const alice = await stage.openAlice({ plugin: "off" });
  await bob.say(room, "all is well");
  await alice.waitForMessage(room, "all is well");

  const since = await crash(stage, bob, "bob");
  await bob.say(room, "one");
  await bob.say(room, "two");
  await sayDirectly(bob, alice, stage, "are you there?");

  expect(await alice.modelMessages(room)).toEqual(["all is well"]);
  expect(storyOf(await alice.wire(), room, since)).toEqual([]);
});

test("with the plugin switched off by its setting Converse is as it was", async () => {
  await begin();
  const { room } = stage;
  const alice = await stage.openAlice({ settings: { muc_push: false } });
  await bob.say(room, "all is well");
  await alice.waitForMessage(room, "all is well");
  expect(storyOf(await alice.wire(), room)).toEqual(["join"]);
});

test("after SIGTERM the room has kept its occupants, and nobody joins again", async () => {
  await begin();
  const { room, servers } = stage;
  const alice = await openRegisteredAlice();
  const since = Date.now();
  await servers.rooms.terminate();
  await servers.rooms.start();
  await bob.say(room, "after the restart");
  await alice.waitForMessage(room, "after the restart");
  expect(storyOf(await alice.wire(), room, since)).toEqual([]);
});

test("while the host is away it is pinged with a growing pause, and joined when it is back", async () => {
  await begin();
  const { room, servers } = stage;
  const alice = await openRegisteredAlice();
  const since = Date.now();
  await servers.rooms.kill();
  await alice.page.evaluate(
    (jid) =>
      (
        window.rig._converse as unknown as {
          api: { mucPush: { check(room: string): void } };
        }
      ).api.mucPush.check(jid),
    room,
  );
  await alice.waitForPushState(room, "waiting");
  await servers.rooms.start();
  await alice.waitForEvent("mucPushBack", { room, since });
  await alice.waitForEvent("mucPushEnabled", { room, since });

  const story = storyOf(await alice.wire(), room, since);
  expect(story.filter((step) => step !== "ping")).toEqual(["join", "enable"]);
  expect(story[0]).toBe("ping");
  expect(story.lastIndexOf("ping")).toBe(story.indexOf("join") - 1);
});

test("who leaves is unregistered before the room learns that they are gone, and is never pushed again", async () => {
  await begin();
  const { room, servers } = stage;
  const alice = await openRegisteredAlice();
  const since = Date.now();
  await alice.closeRoom(room);
  const disabled = await servers.waitForTrace(
    ({ direction, xml }) => direction === "in" && xml.includes("<disable"),
    { since },
  );
  const gone = await servers.waitForTrace(
    ({ direction, stanza }) =>
      direction === "in" &&
      stanza.is("presence") &&
      stanza.attrs["type"] === "unavailable",
    { since },
  );
  const trace = servers.trace();
  expect(trace.indexOf(disabled)).toBeLessThan(trace.indexOf(gone));

  await bob.say(room, "has she gone?");
  await crash(stage, bob, "bob");
  await bob.say(room, "she has");
  await sayDirectly(bob, alice, stage, "goodbye");
  expect(servers.trace().filter(({ xml }) => isPush(xml))).toEqual([]);
});

/** Without the pause between two pushes, a missing push means that nobody is registered. */
const EAGER = { roomConfig: "muc_push_interval = 0" };

test("a lost disable is made good: the next push is answered item-not-found, and there is no other", async () => {
  await begin(EAGER);
  const { room, servers } = stage;
  const alice = await openRegisteredAlice();
  // The room server is down when she leaves: disable and unavailable are lost.
  await servers.rooms.kill();
  const since = Date.now();
  await alice.closeRoom(room);
  await alice.waitForWire("in", "remote-server-not-found", { since });
  await servers.rooms.start();

  await comeBack(bob, room, "bob");
  await bob.say(room, "who is here?");
  await servers.waitForTrace(
    ({ direction, xml }) =>
      direction === "in" && xml.includes("item-not-found"),
    { since },
  );
  await bob.say(room, "nobody");
  await sayDirectly(bob, alice, stage, "goodbye");

  expect(storyOf(await alice.wire(), room, since)).toEqual([
    "disable",
    "unavailable",
    "push",
    "answer item-not-found",
  ]);
});

test("the tab is gone: the first push bounces, and there is no other", async () => {
  await begin({ ...EAGER, userConfig: "smacks_hibernation_time = 1" });
  const { room, servers } = stage;
  const alice = await openRegisteredAlice();
  await servers.rooms.kill();
  const since = Date.now();
  await alice.close();
  await servers.rooms.start();
  await comeBack(bob, room, "bob");
  await bob.say(room, "who is here?");
  const push = await servers.waitForTrace(
    ({ direction, xml }) => direction === "out" && isPush(xml),
    { since },
  );
  await servers.waitForTrace(
    ({ direction, stanza }) =>
      direction === "in" &&
      stanza.attrs["id"] === push.stanza.attrs["id"] &&
      stanza.attrs["type"] === "error",
    { since },
  );

  await bob.say(room, "nobody");
  await bob.say(room, "really nobody");
  const pushes = servers.trace().filter(({ xml }) => isPush(xml));
  expect(pushes).toEqual([push]);
});
