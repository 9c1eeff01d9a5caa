/** Two tabs of alice's on one connection, in Converse's shared worker: Converse.js 14.0.0 in Chromium, two Prosodys. */
import { afterEach, expect, test } from "vitest";
import { openTab, type ChatPage } from "../../rig/chat-page";
import { assemble, type Cast } from "./cast";
import { lendBrowser } from "./lent-browser";
import { comeBack } from "./stage";

const browser = lendBrowser();
let cast: Cast;

afterEach(() => cast.stage.close());

const SHARED = {
  connection_options: { worker: "/converse/shared-connection-worker.js" },
  // Two tabs that publish their keys at once get in the way of each other, in Converse itself.
  blacklisted_plugins: ["converse-omemo"],
};

/** Both tabs, settled. The first one acts for both. */
async function openBoth(): Promise<[ChatPage, ChatPage]> {
  cast = await assemble(browser());
  const { room, bob } = cast;
  const first = await cast.openAlice(SHARED);
  const second = await openTab(first);
  await second.waitUntilEntered(room);
  await bob.say(room, "both here?");
  for (const tab of [first, second]) {
    await tab.waitForMessage(room, "both here?");
  }
  return [first, second];
}

/** A crash, with three messages before anybody is back. @returns when it was */
async function missThree(): Promise<number> {
  const { room, bob } = cast;
  const since = await cast.crash();
  for (const body of ["one", "two", "three"]) await bob.say(room, body);
  return since;
}

const RETURN = ["push", "answer result", "ping", "join", "enable"];

async function expectComplete(tab: ChatPage, body: string): Promise<void> {
  const { room } = cast;
  await tab.waitForMessage(room, body);
  const bodies = await tab.modelMessages(room);
  expect(bodies.slice(bodies.indexOf("both here?"))).toEqual(
    ["both here?", "one", "two", "three", body].filter(Boolean),
  );
  expect(await tab.errors()).toEqual([]);
}

test("after a crash one tab answers, asks and joins; both have every message once", async () => {
  const [first, second] = await openBoth();
  const { room, bob } = cast;
  const since = await missThree();
  await cast.registered(first, since);
  await bob.say(room, "live again");
  await expectComplete(first, "live again");
  await expectComplete(second, "live again");
  expect(cast.story(since)).toEqual(RETURN);
});

test("the tab that acts is closed: the other one takes over, and survives a crash", async () => {
  const [first, second] = await openBoth();
  const { room, bob } = cast;
  const before = Date.now();
  await first.page.close();
  await cast.registered(second, before);
  const since = await missThree();
  await cast.registered(second, since);
  await bob.say(room, "live again");
  await expectComplete(second, "live again");
  expect(cast.story(since)).toEqual(RETURN);
});

test("the tab that acts is closed in the middle of a return: the other one ends it", async () => {
  const [first, second] = await openBoth();
  const { room, bob, stage } = cast;
  await stage.servers.rooms.kill();
  const since = Date.now();
  // Answered with an error at once: the tab that acts waits for the host now.
  await first.page.evaluate(
    (jid) => window.rig._converse?.api.mucPush?.check(jid),
    room,
  );
  await first.waitForPushState(room, "waiting");
  await first.page.close();
  await stage.servers.rooms.start();
  await comeBack(bob, room, "bob");
  for (const body of ["one", "two", "three"]) await bob.say(room, body);
  await cast.registered(second, since);
  await bob.say(room, "live again");
  await expectComplete(second, "live again");
  expect(cast.story(since).filter((deed) => deed === "join")).toHaveLength(1);
});

test("what is typed in the tab that does not act, while the room is lost, is said once", async () => {
  const [first, second] = await openBoth();
  const { room, bob } = cast;
  const since = await cast.crash();
  await second.say(room, "one");
  await cast.registered(first, since);
  await first.waitForMessage(room, "one");
  await bob.say(room, "two");
  await bob.say(room, "three");
  await bob.say(room, "live again");
  await expectComplete(first, "live again");
  await expectComplete(second, "live again");
  // The error for what was typed has reached both.
  const deeds = cast.story(since);
  expect(deeds.filter((deed) => /ping|join/.test(deed))).toEqual([
    "ping",
    "join",
  ]);
});
