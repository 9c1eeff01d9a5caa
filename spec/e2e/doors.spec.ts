/** Nicks that change and doors that have closed while a page was out: Converse.js in Chromium, two Prosodys. */
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { ChatPage } from "../../rig/chat-page";
import type { ServersOptions } from "../../rig/servers";
import { assemble, type Cast } from "./cast";
import { lendBrowser } from "./lent-browser";

const OWNER = "http://jabber.org/protocol/muc#owner";
const ADMIN = "http://jabber.org/protocol/muc#admin";

const browser = lendBrowser();
let cast: Cast;

afterEach(() => cast.stage.close());

/** bob's room, and alice in her page, registered. */
async function enter(
  settings: Record<string, unknown> = {},
  options: ServersOptions = {},
): Promise<ChatPage> {
  cast = await assemble(browser(), options);
  // Looking at the page is always a reason to ask a room.
  return cast.openAlice({ muc_push_quiet_ms: 0, ...settings });
}

/** bob does something that only the room's owner may do. */
async function rule(namespace: string, payload: string): Promise<void> {
  const { bob, room } = cast;
  const answer = await bob.request(
    `<iq type="set" to="${room}"><query xmlns="${namespace}">${payload}</query></iq>`,
  );
  expect(answer.attrs["type"], answer.toString()).toBe("result");
}

const aliceJid = () => `alice@${cast.stage.servers.users.host}`;

/** alice's tab comes to the front. */
const look = (alice: ChatPage) =>
  alice.page.evaluate(() =>
    document.dispatchEvent(new Event("visibilitychange")),
  );

/** Resolves when the room has answered whatever the page has asked it until now, and what that led to. */
async function settle(alice: ChatPage): Promise<void> {
  for (let trip = 1; trip <= 2; trip++) {
    await alice.page.evaluate(
      (room) =>
        window.rig._converse?.api.disco.info(room, null).catch(() => undefined),
      cast.room,
    );
  }
}

const reportOn = (alice: ChatPage) =>
  alice.page.evaluate(
    (room) => window.rig._converse?.api.mucPush?.state(room),
    cast.room,
  );

/** alice is out for that reason, and whatever may make somebody look after the room leads to nothing. */
async function expectGivenUp(
  alice: ChatPage,
  reason: string,
  since: number,
): Promise<void> {
  const { room } = cast;
  const { payload } = await alice.waitForEvent("mucPushGivenUp", {
    room,
    since,
  });
  expect(payload?.["reason"]).toBe(reason);
  await settle(alice);
  const story = cast.story(since);
  expect(story.filter((step) => step === "join")).toEqual(["join"]);

  await look(alice);
  await alice.page.evaluate((jid) => {
    dispatchEvent(new Event("online"));
    window.rig._converse?.api.mucPush?.check(jid);
  }, room);
  await settle(alice);
  expect(cast.story(since)).toEqual(story);
  expect(await reportOn(alice)).toMatchObject({ state: "left", reason });
}

/** bob speaks, and nobody is told of it any more. */
async function expectNoPush(alice: ChatPage, since: number): Promise<void> {
  const story = cast.story(since);
  await cast.bob.say(cast.room, "nobody is told of this");
  await settle(alice);
  expect(cast.story(since)).toEqual(story);
}

const waitForNick = (alice: ChatPage, nick: string) =>
  alice.page.waitForFunction(
    ([jid, wanted]) => window.rig.chat(jid)?.get("nick") === wanted,
    [cast.room, nick] as const,
  );

describe("the nick that the room knows is pinged, and rejoined with", () => {
  test("when the room has assigned another than was asked for", async () => {
    cast = await assemble(browser(), {
      roomConfig: "enforce_registered_nickname = true",
    });
    await rule(
      ADMIN,
      `<item affiliation="member" jid="${aliceJid()}" nick="queen"/>`,
    );
    const alice = await cast.openAlice();
    await waitForNick(alice, "queen");
    const since = Date.now();
    await cast.surviveCrash(alice);
    expect(cast.nicks(since)).toEqual(["ping queen", "join queen"]);
  });

  test("when the user has changed it", async () => {
    const alice = await enter();
    await alice.page.evaluate(
      (jid) => window.rig.chat(jid)?.setNickname("queen"),
      cast.room,
    );
    await waitForNick(alice, "queen");
    const since = Date.now();
    await cast.surviveCrash(alice);
    expect(cast.nicks(since)).toEqual(["ping queen", "join queen"]);
  });

  test("when another client of the user, in the same seat, has changed its own", async () => {
    const alice = await enter();
    const { stage, room } = cast;
    const phone = await stage.logIn("alice");
    await phone.joinRoom(room, "alice");
    phone.send(`<presence to="${room}/queen"/>`);
    await phone.waitFor((stanza) => stanza.attrs["from"] === `${room}/queen`);
    await settle(alice);
    const since = Date.now();
    await cast.surviveCrash(alice);
    expect(cast.nicks(since)).toEqual(["ping alice", "join alice"]);
  });

  test("when it is registered with the room: nobody can take it meanwhile", async () => {
    cast = await assemble(browser());
    const { stage, room, bob } = cast;
    await rule(ADMIN, `<item affiliation="member" jid="${aliceJid()}"/>`);
    const alice = await cast.openAlice();
    await stage.servers.waitForTrace(
      ({ direction, stanza }) =>
        direction === "in" &&
        stanza.attrs["type"] === "set" &&
        stanza.getChild("query", "jabber:iq:register") !== undefined,
    );
    await settle(alice);
    const since = await cast.crash();
    const carol = await stage.logIn("carol");
    await expect(carol.joinRoom(room, "alice")).rejects.toThrow("conflict");
    await bob.say(room, "who are you, carol?");
    await cast.registered(alice, since);
    expect(cast.nicks(since)).toEqual(["ping alice", "join alice"]);
    expect(await alice.pushState(room)).toBe("joined");
  });
});

describe("the nick is taken meanwhile", () => {
  async function loseNick(alice: ChatPage): Promise<number> {
    const { stage, room, bob } = cast;
    const since = await cast.crash();
    const carol = await stage.logIn("carol");
    await carol.joinRoom(room, "alice");
    await bob.say(room, "is that you, alice?");
    await alice.waitForEvent("mucPushReceived", { room, since });
    return since;
  }

  test("given up, and asked for another; with that one everything is as before", async () => {
    const alice = await enter();
    const since = await loseNick(alice);
    await expectGivenUp(alice, "nick-conflict", since);
    expect(cast.story(since)).toEqual([
      "push",
      "answer result",
      "ping",
      "join",
      "disable",
    ]);
    await expectNoPush(alice, since);
    expect(await alice.roomStatus(cast.room)).toBe("NICKNAME_REQUIRED");

    const form = alice.page.locator("converse-muc-nickname-form");
    await form.locator('input[name="nick"]').fill("queen");
    const submitted = Date.now();
    await form.locator('input[type="submit"]').click();
    await cast.registered(alice, submitted);
    await alice.waitForMessage(cast.room, "is that you, alice?");
    const again = Date.now();
    await cast.surviveCrash(alice);
    expect(cast.nicks(again)).toEqual(["ping queen", "join queen"]);
  });

  test("with muc_nickname_from_jid Converse takes the next one: its join is adopted", async () => {
    const alice = await enter({ muc_nickname_from_jid: true });
    const since = await loseNick(alice);
    await cast.registered(alice, since);
    await settle(alice);
    expect(cast.nicks(since)).toEqual([
      "ping alice",
      "join alice",
      "join alice-2",
    ]);
    await alice.waitForEvent("mucPushBack", { since });
    const names = (await alice.events()).map(({ name }) => name);
    expect(names).not.toContain("mucPushGivenUp");
    const again = Date.now();
    await cast.surviveCrash(alice);
    expect(cast.nicks(again)).toEqual(["ping alice-2", "join alice-2"]);
  });
});

describe("the door is closed meanwhile", () => {
  test("a password is needed: given up, and asked for it; with it everything is as before", async () => {
    const alice = await enter();
    const { bob, room } = cast;
    const since = await cast.crash();
    await bob.configureRoom(room, { password: "sesame" });
    await bob.say(room, "we have a lock now");
    await expectGivenUp(alice, "password-required", since);
    await expectNoPush(alice, since);
    expect(await alice.roomStatus(room)).toBe("PASSWORD_REQUIRED");

    const form = alice.page.locator("converse-muc-password-form");
    await form.locator('input[name="password"]').fill("sesame");
    const submitted = Date.now();
    await form.locator('input[type="submit"]').click();
    await cast.registered(alice, submitted);
    await alice.waitForMessage(room, "we have a lock now");
    expect(await alice.pushState(room)).toBe("joined");
  });

  test("only members may enter: no push goes to her, and asking makes her give up", async () => {
    const alice = await enter();
    const { bob, room } = cast;
    const since = await cast.crash();
    await bob.configureRoom(room, { membersOnly: true });
    await bob.say(room, "just us");
    await look(alice);
    await expectGivenUp(alice, "members-only", since);
    await expectNoPush(alice, since);
    expect(cast.story(since)).not.toContain("push");
    expect(await alice.roomStatus(room)).toBe("DISCONNECTED");
  });

  test("she is banned: no push goes to her, and asking makes her give up", async () => {
    const alice = await enter();
    const { room } = cast;
    const since = await cast.crash();
    await rule(ADMIN, `<item affiliation="outcast" jid="${aliceJid()}"/>`);
    await look(alice);
    await expectGivenUp(alice, "banned", since);
    await expectNoPush(alice, since);
    expect(cast.story(since)).not.toContain("push");
    expect(await alice.roomStatus(room)).toBe("BANNED");
  });

  test.each([
    { where: "without an alternative", alternative: undefined },
    { where: "with an alternative", alternative: "salon@rooms.example" },
  ])(
    "the room is destroyed, $where: given up, and Converse shows it",
    async ({ alternative }) => {
      const alice = await enter();
      const { room } = cast;
      const since = await cast.crash();
      const jid = alternative === undefined ? "" : ` jid="${alternative}"`;
      await rule(OWNER, `<destroy${jid}><reason>no fun</reason></destroy>`);
      await look(alice);
      await expectGivenUp(alice, "destroyed", since);
      expect(await alice.roomStatus(room)).toBe("DESTROYED");
      const movedTo = await alice.page.evaluate(
        (muc) => window.rig.chat(muc)?.get("moved_jid"),
        room,
      );
      expect(movedTo || undefined).toBe(alternative);
    },
  );

  test("the room is full: asked again with a pause, and joined when a seat is free", async () => {
    const alice = await enter(
      {},
      {
        roomModules: [
          fileURLToPath(
            new URL(
              "../../rig/prosody-modules/mod_rig_seats.lua",
              import.meta.url,
            ),
          ),
        ],
      },
    );
    const { bob, room, stage } = cast;
    const since = await cast.crash();
    const carol = await stage.logIn("carol");
    await carol.joinRoom(room, "carol");
    await bob.say(room, "a full house");
    await alice.waitForEvent("mucPushOut", { room, since });
    await alice.waitForPushState(room, "waiting");
    expect(await reportOn(alice)).toMatchObject({ reason: "full" });
    await carol.leaveRoom(room, "carol");
    await cast.registered(alice, since);
    await alice.waitForMessage(room, "a full house");
    await alice.waitForEvent("mucPushBack", { room, since });
    await cast.surviveCrash(alice);
  });
});

test("a temporary room, which takes no registrations, is gone after the crash: she makes it anew", async () => {
  cast = await assemble(browser(), { roomPersistent: false });
  const { room, stage, bob } = cast;
  const alice = await stage.openAlice({
    settings: { muc_push_quiet_ms: 0 },
  });
  expect(await reportOn(alice)).toMatchObject({ guard: "silence" });
  const since = Date.now();
  await stage.servers.rooms.kill();
  await stage.servers.rooms.start();
  await look(alice);
  await alice.waitForEvent("mucPushBack", { room, since });
  const verdicts = (await alice.events()).flatMap(({ name, payload }) =>
    name === "mucPushChecked" ? [payload?.["verdict"]] : [],
  );
  expect(verdicts.at(-1)).toBe("gone");
  expect(cast.story(since)).toEqual(["ping", "join"]);
  await bob.joinRoom(room, "bob");
  await bob.say(room, "thanks for the room");
  await alice.waitForMessage(room, "thanks for the room");
});
