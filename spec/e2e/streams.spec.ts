/** Streams that break, resume, are replaced or sleep: Converse.js in Chromium, two Prosodys. */
import { afterEach, expect, test } from "vitest";
import type { ChatPage } from "../../rig/chat-page";
import { layLine, type Line } from "../../rig/line";
import { chosenRelease, majorOf } from "../../rig/releases";
import type { ServersOptions } from "../../rig/servers";
import { assemble, type Cast } from "./cast";
import { lendBrowser } from "./lent-browser";
import { comeBack, storyOf } from "./stage";

/** Up to 10.1.2 a page that is not resumed asks for the address that it had. */
const keepsAddress = majorOf(chosenRelease()) < 12;

const browser = lendBrowser();
let cast: Cast;
let line: Line | undefined;

afterEach(async () => {
  await cast.stage.close();
  await line?.close();
  line = undefined;
});

/** alice, registered, over a line that can be cut. */
async function callAlice(
  settings: Record<string, unknown> = {},
  options: ServersOptions = {},
): Promise<{ alice: ChatPage; line: Line }> {
  cast = await assemble(browser(), options);
  const { websocketUrl } = cast.stage.servers.users;
  line = await layLine(websocketUrl);
  const alice = await cast.openAlice({
    websocket_url: line.over(websocketUrl),
    ...settings,
  });
  return { alice, line };
}

const overBosh = () => ({
  websocket_url: undefined,
  bosh_service_url: cast.stage.servers.users.boshUrl,
});

/** What the room was given: this tab's half of the registration. */
const registrationOf = (alice: ChatPage) =>
  alice.page.evaluate(
    (key) =>
      JSON.parse(sessionStorage.getItem(key) ?? "null") as {
        jid: string;
        node: string;
      } | null,
    `converse-muc-push:${cast.room}`,
  );

/**
 * Stops everything that runs in alice's tab, as a laptop does whose lid is closed: a visible tab, and a headless
 * browser's is always visible, can't be frozen. @returns what wakes it
 */
async function freeze(alice: ChatPage): Promise<() => Promise<void>> {
  const cdp = await alice.context.newCDPSession(alice.page);
  await cdp.send("Debugger.enable");
  const asleep = new Promise((resolve) => cdp.once("Debugger.paused", resolve));
  for (;;) {
    await cdp.send("Debugger.pause");
    const lastThought = alice.page.evaluate(() => Date.now());
    // Should the browser not have taken the first word for it.
    const isAsleep = await Promise.race([
      asleep.then(() => true),
      lastThought.then(() => false),
    ]);
    if (!isAsleep) continue;
    return async () => {
      await cdp.send("Debugger.disable");
      await lastThought;
    };
  }
}

/** Resolves when Converse knows that its stream is down. */
const isDown = (alice: ChatPage) =>
  alice.waitForPushState(cast.room, "suspended");

test.each([
  { how: "and is resumed", settings: { enable_smacks: true } },
  { how: "and is bound anew", settings: { enable_smacks: false } },
])(
  "a stream breaks $how: Converse's own rejoin is the only one, registered again, the next crash is survived",
  async ({ settings }) => {
    const { alice, line } = await callAlice(settings);
    const before = await registrationOf(alice);
    const since = Date.now();
    line.hold();
    await isDown(alice);
    line.mend();
    await cast.registered(alice, since);
    await cast.fence(alice);
    const isResumed = (await alice.wire()).some(
      ({ dir, xml, at }) =>
        at >= since && dir === "in" && xml.includes("<resumed"),
    );
    expect(isResumed).toBe(settings.enable_smacks);
    expect(cast.story(since).filter((step) => step !== "unavailable")).toEqual([
      "join",
      "enable",
    ]);
    expect(await registrationOf(alice)).toEqual(before);
    await cast.surviveCrash(alice);
    expect(await alice.errors()).toEqual([]);
  },
);

test("a page is reloaded and its stream resumed: the node survives, registered again without a join", async () => {
  const { alice } = await callAlice();
  const before = await registrationOf(alice);
  const since = Date.now();
  await alice.page.reload();
  await cast.registered(alice, since);
  await cast.fence(alice);
  expect(await registrationOf(alice)).toEqual(before);
  expect(cast.story(since)).toEqual(["ping of Converse", "enable"]);
  const events = (await alice.events()).map(({ name }) => name);
  expect(events).toContain("chatRoomInitialized");
  expect(events).not.toContain("enteredNewRoom");
  await cast.surviveCrash(alice);
});

test("a page is reloaded and its stream not resumed: registered for its new address, which is pushed after the next crash", async () => {
  const { alice } = await callAlice({ enable_smacks: false });
  const before = await registrationOf(alice);
  const since = Date.now();
  await alice.page.reload();
  await cast.registered(alice, since);
  const after = await registrationOf(alice);
  if (keepsAddress) {
    expect(after).toEqual(before);
    return cast.surviveCrash(alice);
  }
  expect(after?.jid).not.toBe(before?.jid);
  expect(after?.node).not.toBe(before?.node);

  await cast.surviveCrash(alice, after?.jid);
  const pushes = cast.stage.servers
    .trace()
    .filter(({ xml }) => xml.includes("<notification"));
  expect(pushes.map(({ stanza }) => stanza.attrs["to"] as string)).toEqual(
    expect.arrayContaining([before?.jid, after?.jid]),
  );
  // The room has learnt that the old address is gone.
  await cast.stage.servers.waitForTrace(
    ({ direction, stanza }) =>
      direction === "in" &&
      stanza.attrs["type"] === "error" &&
      stanza.attrs["from"] === before?.jid,
    { since },
  );
});

test("over BOSH a crash is survived as over WebSocket", async () => {
  cast = await assemble(browser());
  const alice = await cast.openAlice(overBosh());
  expect(await alice.wire()).toEqual([]);
  await cast.surviveCrash(alice);
  await cast.surviveCrash(alice);
  expect(await alice.errors()).toEqual([]);
});

test("Converse changes from WebSocket to BOSH: registered for the new address, which is pushed after the next crash", async () => {
  cast = await assemble(browser());
  const { websocketUrl, boshUrl } = cast.stage.servers.users;
  line = await layLine(websocketUrl);
  const alice = await cast.openAlice({
    websocket_url: line.over(websocketUrl),
    bosh_service_url: boshUrl,
    // With it 14.0.0 goes on counting stanzas over BOSH, where Prosody ends the stream for that.
    enable_smacks: false,
  });
  const before = await registrationOf(alice);
  // 14.0.0 changes when the connection has failed (Strophe's CONNFAIL is 2), but has overwritten that by then.
  await alice.page.evaluate(() => {
    window.rig._converse?.api.listen.once("beforeTearDown", () =>
      window.rig.connfeedback()?.set("connection_status", 2),
    );
  });
  const since = Date.now();
  line.cut();
  await cast.registered(alice, since);
  const after = await registrationOf(alice);
  if (keepsAddress) expect(after).toEqual(before);
  else expect(after?.jid).not.toBe(before?.jid);
  // The users' server may say goodbye for the old stream, which had the same address.
  const story = cast.story(since, after?.jid);
  expect(story.filter((step) => step !== "unavailable")).toEqual([
    "join",
    "enable",
  ]);
  await cast.surviveCrash(alice, after?.jid);
});

test("another user logs in in the same page: nothing of the first one is left, and the second survives a crash", async () => {
  cast = await assemble(browser());
  const { room, stage, bob } = cast;
  const page = await cast.openAlice();
  const first = await registrationOf(page);
  const since = Date.now();
  await page.page.evaluate(() => window.rig._converse?.api.user.logout());
  expect(await registrationOf(page)).toBeNull();
  expect(await page.pushState(room)).toBeUndefined();
  await stage.servers.waitForTrace(
    ({ direction, stanza }) =>
      direction === "in" &&
      stanza.is("presence") &&
      stanza.attrs["type"] === "unavailable" &&
      stanza.attrs["from"] === first?.jid,
    { since },
  );
  expect(cast.story(since)).toEqual(["disable", "unavailable"]);

  stage.servers.users.addUser("carol", "secret");
  // Nobody can log in before Converse asks them to.
  await page.page.locator("#converse-login").waitFor();
  await page.page.evaluate(
    (jid) => window.rig._converse?.api.user.login(jid, "secret"),
    `carol@${stage.servers.users.host}`,
  );
  await cast.registered(page, since);
  const second = await registrationOf(page);
  expect(second?.jid).toMatch(/^carol@/);
  expect(second?.node).not.toBe(first?.node);
  await bob.say(room, "hello, carol");
  await page.waitForMessage(room, "hello, carol");
  await cast.surviveCrash(page, "carol");
  expect(cast.story(since, "alice")).toEqual(["disable", "unavailable"]);
});

test("the browser goes offline and online again: one join, registered again", async () => {
  const { alice, line } = await callAlice();
  const since = Date.now();
  // In this order: Chromium keeps a frame that comes in while it is told to be offline, and does not see the
  // end of that connection behind it.
  line.hold();
  await alice.context.setOffline(true);
  await isDown(alice);
  line.mend();
  await alice.context.setOffline(false);
  await cast.registered(alice, since);
  await cast.fence(alice);
  expect(cast.story(since)).toEqual(["join", "enable"]);
  await cast.surviveCrash(alice);
});

test.each([
  { how: "resumed", settings: { enable_smacks: true } },
  { how: "bound anew", settings: { enable_smacks: false } },
])(
  "the room's server crashes while the stream is down, then $how: nothing until it is back, then one join a room",
  async ({ settings }) => {
    cast = await assemble(browser());
    const { room, stage, bob } = cast;
    const { websocketUrl } = stage.servers.users;
    line = await layLine(websocketUrl);
    const garden = `garden@${stage.servers.rooms.host}`;
    await bob.joinRoom(garden, "bob");
    const alice = await cast.openAlice({
      websocket_url: line.over(websocketUrl),
      auto_join_rooms: [room, garden].map((jid) => ({ jid, nick: "alice" })),
      ...settings,
    });
    await alice.waitForEvent("mucPushEnabled", { room: garden });

    const downAt = Date.now();
    line.hold();
    await isDown(alice);
    await cast.crash();
    await bob.joinRoom(garden, "bob");
    for (const jid of [room, garden]) await bob.say(jid, "where is alice?");
    const upAt = Date.now();
    line.mend();
    for (const jid of [room, garden]) {
      await alice.waitForEvent("mucPushEnabled", { room: jid, since: upAt });
      await alice.waitForMessage(jid, "where is alice?");
    }
    await cast.fence(alice);
    for (const jid of [room, garden]) {
      const story = storyOf(await alice.wire(), jid, downAt);
      expect(
        story.filter((step) => step === "ping" || step === "join"),
      ).toEqual(["join"]);
      if (settings.enable_smacks)
        expect(story.filter((step) => /push|answer/.test(step))).toEqual([
          "push",
          "answer result",
        ]);
    }
  },
);

test("the stream is back before the room's server: pinged with a pause, joined when it is there", async () => {
  const { alice, line } = await callAlice();
  const { room, stage, bob } = cast;
  const since = Date.now();
  line.hold();
  await isDown(alice);
  await stage.servers.rooms.kill();
  line.mend();
  await alice.waitForPushState(room, "waiting");
  await stage.servers.rooms.start();
  await cast.registered(alice, since);
  const story = storyOf(await alice.wire(), room, since);
  expect(story.filter((step) => step !== "ping")).toEqual([
    "join",
    "join",
    "enable",
  ]);
  await comeBack(bob, room, "bob");
  await bob.say(room, "good evening");
  await alice.waitForMessage(room, "good evening");
  await cast.surviveCrash(alice);
});

test("a tab sleeps through a crash: the push is answered when it wakes", async () => {
  const { alice } = await callAlice();
  const { room, bob, stage } = cast;
  const wake = await freeze(alice);
  const since = await cast.crash();
  await bob.say(room, "are you asleep?");
  await stage.servers.waitForTrace(
    ({ direction, xml }) =>
      direction === "out" && xml.includes("<notification"),
    { since },
  );
  await bob.say(room, "she sleeps");
  expect(cast.story(since)).toEqual(["push"]);
  await wake();
  await cast.registered(alice, since);
  for (const body of ["are you asleep?", "she sleeps"])
    await alice.waitForMessage(room, body);
  expect(cast.story(since)).toEqual([
    "push",
    "answer result",
    "ping",
    "join",
    "enable",
  ]);
});

test("a tab sleeps so long that its stream is gone: one join when it wakes", async () => {
  const { alice, line } = await callAlice(
    {},
    { userConfig: "smacks_hibernation_time = 1" },
  );
  const { room, bob, stage } = cast;
  const gone = Date.now();
  const wake = await freeze(alice);
  line.hold();
  await stage.servers.waitForTrace(
    ({ direction, stanza }) =>
      direction === "in" &&
      stanza.is("presence") &&
      stanza.attrs["type"] === "unavailable",
    { since: gone },
  );
  const since = await cast.crash();
  await bob.say(room, "are you asleep?");
  line.mend();
  await wake();
  await cast.registered(alice, since);
  await alice.waitForMessage(room, "are you asleep?");
  await cast.surviveCrash(alice);
});
