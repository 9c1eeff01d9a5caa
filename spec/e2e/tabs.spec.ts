/**
 * Two tabs of alice's, each with a connection of its own: two seats in the room, two registrations. Converse.js in
 * Chromium, two Prosodys.
 */
import { afterEach, expect, test } from "vitest";
import { openCopy, openTab, type ChatPage } from "../../rig/chat-page";
import { assemble, type Cast } from "./cast";
import { lendBrowser } from "./lent-browser";
import { comeBack } from "./stage";

/** Without the pause between two pushes, a missing push means that nobody is registered. */
const EAGER = {
  roomConfig: "muc_push_interval = 0",
  userConfig: "smacks_hibernation_time = 1",
};

const RETURN = ["push", "answer result", "ping", "join", "enable"];

const browser = lendBrowser();
let cast: Cast;

afterEach(() => cast.stage.close());
interface Tab {
  readonly chat: ChatPage;
  /** The full JID that its registration is for. */
  readonly jid: string;
  /** What the room proves its pushes with. */
  readonly node: string;
}

/** A tab with what it has last asked the room to push to. */
async function tabOf(chat: ChatPage): Promise<Tab> {
  const enable = (await chat.wire())
    .filter(({ dir, xml }) => dir === "out" && xml.includes("<enable"))
    .at(-1);
  const valueOf = (name: string) =>
    new RegExp(`<enable[^>]* ${name}="([^"]+)"`).exec(enable?.xml ?? "")?.[1];
  return { chat, jid: valueOf("jid") ?? "", node: valueOf("node") ?? "" };
}

/** Both tabs, each registered. @param open how the second one comes to be */
async function openBoth(open = openTab): Promise<[Tab, Tab]> {
  cast = await assemble(browser(), EAGER);
  const { room, bob } = cast;
  // A bookmark of the account would have one tab follow what the other does.
  const first = await cast.openAlice({ allow_bookmarks: false });
  const second = await open(first);
  await cast.registered(second, 0);
  await bob.say(room, "both here?");
  for (const tab of [first, second]) {
    await tab.waitForMessage(room, "both here?");
  }
  return [await tabOf(first), await tabOf(second)];
}

/** Comes back from a crash that has happened, and has every message once. */
async function expectReturn(tab: Tab, since: number): Promise<void> {
  const { room } = cast;
  await cast.registered(tab.chat, since);
  await tab.chat.waitForEvent("mucPushBack", { room, since });
  expect(cast.story(since, tab.jid)).toEqual(RETURN);
  expect(await tabOf(tab.chat)).toEqual(tab);
}

/** Both have all of this, and nothing twice. */
async function expectMessages(
  { chat }: Tab,
  bodies: readonly string[],
): Promise<void> {
  const { room } = cast;
  await chat.waitForMessage(room, bodies.at(-1) as string);
  const all = await chat.modelMessages(room);
  expect(all.slice(all.indexOf("both here?"))).toEqual([
    "both here?",
    ...bodies,
  ]);
  expect(await chat.errors()).toEqual([]);
}

/** The nodes of the pushes that the room has sent to a tab. */
const nodesPushed = ({ jid }: Tab, since: number) =>
  cast.stage.servers.trace().flatMap(({ at, direction, stanza, xml }) => {
    const isTheirs = direction === "out" && stanza.attrs["to"] === jid;
    const node = /<publish node=['"]([^'"]+)/.exec(xml)?.[1];
    return at >= since && isTheirs && node ? [node] : [];
  });

test.each([
  ["opened by itself", openTab],
  ["opened by the first, with a copy of its storage", openCopy],
])(
  "after a crash both tabs get a push of their own and come back; the second one was %s",
  async (_how, open) => {
    const [first, second] = await openBoth(open);
    expect(first.jid).not.toBe(second.jid);
    expect(first.node).not.toBe(second.node);
    const { room, bob } = cast;
    for (const round of ["first", "second"]) {
      const since = await cast.crash();
      await bob.say(room, `after the ${round} crash`);
      for (const tab of [first, second]) {
        await expectReturn(tab, since);
        expect(nodesPushed(tab, since)).toEqual([tab.node]);
      }
    }
    await bob.say(room, "live again");
    for (const tab of [first, second]) {
      await expectMessages(tab, [
        "after the first crash",
        "after the second crash",
        "live again",
      ]);
    }
  },
);

test("one tab is closed: the room forgets it, and goes on pushing to the other", async () => {
  const [first, second] = await openBoth();
  const { room, bob, stage } = cast;
  const closed = Date.now();
  await first.chat.page.close();
  await stage.servers.waitForTrace(
    ({ direction, stanza }) =>
      direction === "in" &&
      stanza.attrs["from"] === first.jid &&
      stanza.attrs["type"] === "unavailable",
    { since: closed },
  );
  await bob.say(room, "one is gone");
  const bounce = await stage.servers.waitForTrace(
    ({ direction, stanza }) =>
      direction === "in" &&
      stanza.is("iq") &&
      stanza.attrs["from"] === first.jid &&
      stanza.attrs["type"] === "error",
    { since: closed },
  );
  expect(bounce.xml).toContain("service-unavailable");
  await bob.say(room, "nobody is told of this");
  await bob.say(room, "nor of this");
  await stage.servers.waitForTrace(({ direction, stanza, xml }) => {
    const isTheirs = direction === "out" && stanza.attrs["to"] === second.jid;
    return isTheirs && xml.includes("nor of this");
  });
  expect(nodesPushed(first, closed)).toEqual([first.node]);

  const since = await cast.crash();
  await bob.say(room, "and the other?");
  await expectReturn(second, since);
  await expectMessages(second, [
    "one is gone",
    "nobody is told of this",
    "nor of this",
    "and the other?",
  ]);
});

test("the room is left in one tab: it is unregistered for that one alone", async () => {
  const [first, second] = await openBoth();
  const { room, bob } = cast;
  const left = Date.now();
  await first.chat.closeRoom(room);
  await first.chat.waitForEvent("mucPushDisabled", { room, since: left });
  await bob.say(room, "one has left");
  await second.chat.waitForMessage(room, "one has left");
  expect(cast.story(left, first.jid)).toEqual(["disable", "unavailable"]);
  expect(cast.story(left, second.jid)).toEqual([]);

  const since = await cast.crash();
  await bob.say(room, "and the other?");
  await expectReturn(second, since);
  await expectMessages(second, ["one has left", "and the other?"]);
  expect(nodesPushed(first, since)).toEqual([]);
});

/** What waits in a tab, or is on its way from there, by its keys. */
const outboxOf = ({ page }: ChatPage) =>
  page.evaluate(() =>
    Object.keys(sessionStorage).filter((key) =>
      key.startsWith("converse-muc-push-outbox:"),
    ),
  );

test("what waits in one tab is said once, though another one was opened with a copy of its storage", async () => {
  cast = await assemble(browser(), EAGER);
  const { room, bob, stage } = cast;
  const first = await cast.openAlice({ allow_bookmarks: false });
  const since = Date.now();
  await stage.servers.rooms.kill();
  await first.say(room, "into the void");
  await first.waitForWire("in", "remote-server-not-found", { since });
  const waiting = await outboxOf(first);
  expect(waiting).toHaveLength(1);
  const second = await openCopy(first);
  await expect.poll(() => outboxOf(second)).toEqual([]);
  expect(await outboxOf(first)).toEqual(waiting);

  await stage.servers.rooms.start();
  await comeBack(bob, room, "bob");
  await cast.registered(second, since);
  await cast.registered(first, since);
  // What each of them says last comes after whatever it may say a second time.
  for (const [tab, goodbye] of [
    [first, "goodbye"],
    [second, "goodbye as well"],
  ] as const) {
    await tab.waitForMessage(room, "into the void");
    await tab.say(room, goodbye);
    await bob.waitFor((stanza) => stanza.getChildText("body") === goodbye);
  }
  const heard = bob.received.map((stanza) => stanza.getChildText("body"));
  expect(heard.filter((body) => body === "into the void")).toHaveLength(1);
});
