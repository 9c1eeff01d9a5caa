/** The ways out of a room that are for good, on a real Prosody: nothing brings the page back into it. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { ChatPage } from "../../rig/chat-page";
import type { RawClient } from "../../rig/raw-client";
import { chosenRelease, majorOf } from "../../rig/releases";
import { affiliate, destroy, kick } from "./moderation";
import {
  comeBack,
  lookAtTab,
  reportOf,
  sayDirectly,
  setStage,
  storyOf,
  type Stage,
} from "./stage";

const SETTINGS = {
  // Every glance is a reason to ask, so that a room that is not asked is one that nobody wants back.
  muc_push_quiet_ms: 0,
  // All tests share alice's account: a bookmark would take her to the rooms of the others.
  allow_bookmarks: false,
  // Converse's own registration of her nick ends in an unhandled rejection when she is thrown out meanwhile.
  auto_register_muc_nickname: false,
};

let stage: Stage;
let bob: RawClient;
let alice: ChatPage;
let rooms = 0;

beforeAll(async () => {
  stage = await setStage({ userConfig: "smacks_hibernation_time = 1" });
  bob = await stage.logIn("bob");
});
afterEach(() => alice.close());
afterAll(() => stage.close());

/** A room that bob owns, with alice in it and registered for push. */
async function begin({
  settings = {},
  prepare = () => Promise.resolve(),
}: {
  settings?: Record<string, unknown>;
  prepare?: (room: string) => Promise<void>;
} = {}): Promise<string> {
  const room = `room${++rooms}@${stage.servers.rooms.host}`;
  await bob.joinRoom(room, "bob");
  await prepare(room);
  alice = await stage.openAlice({
    rooms: [room],
    settings: { ...SETTINGS, ...settings },
  });
  if (settings["muc_push"] !== false)
    await alice.waitForEvent("mucPushEnabled", { room });
  await bob.say(room, "all is well");
  await alice.waitForMessage(room, "all is well");
  return room;
}

const aliceJid = () => `alice@${stage.servers.users.host}`;

const makeMember = (room: string) => affiliate(bob, room, aliceJid(), "member");

/** Restarts the rooms' server the hard way; bob says something there afterwards, if he can. */
async function crash(room: string, isThere: boolean): Promise<void> {
  await stage.servers.rooms.kill();
  await stage.servers.rooms.start();
  if (!isThere) return;
  await comeBack(bob, room, "bob");
  await bob.say(room, "is alice here?");
}

/**
 * Does what could bring the page back: the user looks at it, the room's server crashes, somebody speaks, and
 * the user looks again.
 *
 * @param story what the page may have said and heard since `since`, and nothing else
 * @param isThere whether there is still a room
 */
async function expectNoReturn(
  room: string,
  since: number,
  story: readonly string[],
  isThere = true,
): Promise<void> {
  await untilUnregistered(since);
  await lookAtTab(alice);
  await sayDirectly(bob, alice, stage, `${room}: has alice looked?`);
  await crash(room, isThere);
  await lookAtTab(alice);
  await sayDirectly(bob, alice, stage, `${room}: goodbye`);
  expect(storyOf(await alice.wire(), room, since)).toEqual(story);
  expectNoPush(since);
}

/** Resolves when the room has answered `disable`: before, a crash may undo it. */
async function untilUnregistered(since: number): Promise<void> {
  const { servers } = stage;
  const disable = await servers.waitForTrace(
    ({ direction, xml }) => direction === "in" && xml.includes("<disable"),
    { since },
  );
  await servers.waitForTrace(
    ({ direction, stanza }) =>
      direction === "out" && stanza.attrs["id"] === disable.stanza.attrs["id"],
    { since },
  );
}

function expectNoPush(since: number): void {
  const pushes = stage.servers
    .trace()
    .filter(({ at, xml }) => at >= since && xml.includes("<notification"));
  expect(pushes).toEqual([]);
}

async function expectCode(code: number, since: number): Promise<void> {
  const isCode = new RegExp(`<status code=['"]${code}['"]`);
  const heard = (await alice.wire()).filter(
    ({ dir, xml, at }) => dir === "in" && at >= since && isCode.test(xml),
  );
  expect(heard).not.toEqual([]);
}

async function expectGivenUp(
  room: string,
  since: number,
  reason: string,
): Promise<void> {
  const givenUp = await alice.waitForEvent("mucPushGivenUp", { room, since });
  expect(givenUp.payload).toEqual({ room, reason });
  expect(await reportOf(alice, room)).toEqual({ state: "left", reason });
}

interface Removal {
  how: string;
  code: number;
  reason: string;
  prepare?: (room: string) => Promise<void>;
  act: (room: string) => Promise<void>;
}

const REMOVALS: readonly Removal[] = [
  {
    how: "is kicked",
    code: 307,
    reason: "kicked",
    act: (room) => kick(bob, room, "alice"),
  },
  {
    how: "is banned",
    code: 301,
    reason: "banned",
    act: (room) => affiliate(bob, room, aliceJid(), "outcast"),
  },
  {
    how: "loses their membership in a room for members only",
    code: 321,
    reason: "affiliation-lost",
    prepare: async (room) => {
      await makeMember(room);
      await bob.configureRoom(room, { membersOnly: true });
    },
    act: (room) => affiliate(bob, room, aliceJid(), "none"),
  },
  {
    how: "is no member of a room that becomes one for members only",
    code: 322,
    reason: "members-only",
    act: (room) => bob.configureRoom(room, { membersOnly: true }),
  },
];

for (const { how, code, reason, prepare, act } of REMOVALS) {
  test(`who ${how} (${code}) unregisters and stays out`, async () => {
    const room = await begin(prepare ? { prepare } : {});
    const since = Date.now();
    await act(room);
    await expectGivenUp(room, since, reason);
    await expectCode(code, since);
    await expectNoReturn(room, since, ["disable"]);
    expect(await reportOf(alice, room)).toEqual({ state: "left", reason });
    expect(await alice.errors()).toEqual([]);
  });
}

test("with the plugin switched off Converse puts a kicked user back when the tab is looked at", async () => {
  const room = await begin({ settings: { muc_push: false } });
  const since = Date.now();
  await kick(bob, room, "alice");
  await alice.waitForWire("in", "307", { since });
  await lookAtTab(alice);
  await alice.waitForWire("out", '<x xmlns="http://jabber.org/protocol/muc"', {
    since,
  });
  await alice.waitUntilEntered(room);
  const story = storyOf(await alice.wire(), room, since);
  // 7.0.6 shows the room as joined even now, and pings it first.
  expect(story.filter((step) => step !== "ping")).toEqual(["join"]);
});

test("a destroyed room is shown as such, and given up", async () => {
  const room = await begin();
  const since = Date.now();
  await destroy(bob, room);
  await expectGivenUp(room, since, "destroyed");
  expect(await alice.roomStatus(room)).toBe("DESTROYED");
  await alice.page.getByText("This groupchat no longer exists").waitFor();
  await expectNoReturn(room, since, ["disable"], false);
});

test("a destroyed room that has moved is given up too: only the user goes to the other one", async () => {
  const other = `moved@${stage.servers.rooms.host}`;
  const room = await begin();
  const since = Date.now();
  await destroy(bob, room, other);
  await expectGivenUp(room, since, "destroyed");
  expect(await alice.roomStatus(room)).toBe("DESTROYED");
  await alice.page.getByText(other, { exact: true }).waitFor();
  await expectNoReturn(room, since, ["disable"], false);
  const joins = storyOf(await alice.wire(), other, since);
  expect(joins).toEqual([]);
});

test("who leaves stays out, and nobody says that the room was given up", async () => {
  const room = await begin();
  const since = Date.now();
  await alice.page.evaluate(
    (jid) =>
      (window.rig.chat(jid) as unknown as { leave(): Promise<void> }).leave(),
    room,
  );
  expect(await reportOf(alice, room)).toEqual({
    state: "left",
    reason: "left",
  });
  await expectNoReturn(room, since, ["disable", "unavailable"]);
  const names = (await alice.events()).map(({ name }) => name);
  expect(names).toContain("mucPushDisabled");
  expect(names).not.toContain("mucPushGivenUp");
});

test("who closes the room stays out", async () => {
  const room = await begin();
  const since = Date.now();
  await alice.closeRoom(room);
  expect(await reportOf(alice, room)).toEqual({
    state: "left",
    reason: "left",
  });
  await expectNoReturn(room, since, ["disable", "unavailable"]);
});

// 7.0.6 has no activity indicators.
test.skipIf(majorOf(chosenRelease()) < 8)(
  "a hidden room that Converse leaves for activity indicators is left alone until it is shown again",
  async () => {
    const room = await begin({
      settings: { muc_subscribe_to_rai: true },
      prepare: makeMember,
    });
    const since = Date.now();
    const setHidden = (hidden: boolean) =>
      alice.page.evaluate(
        ([jid, value]) => {
          const chat = window.rig.chat(jid) as unknown as {
            save(attributes: object): void;
          };
          chat.save({ hidden: value });
        },
        [room, hidden] as const,
      );
    await setHidden(true);
    await alice.waitForWire("out", "urn:xmpp:rai:0", { since });
    expect(await reportOf(alice, room)).toEqual({
      state: "left",
      reason: "parked",
    });
    await expectNoReturn(room, since, ["disable", "unavailable"]);

    const shown = Date.now();
    await setHidden(false);
    await alice.waitForEvent("mucPushEnabled", { room, since: shown });
    await alice.waitForMessage(room, "is alice here?");
    expect(storyOf(await alice.wire(), room, shown)).toEqual([
      "join",
      "enable",
    ]);
  },
);

test("who logs out is unregistered while there is still a stream, and gets no push", async () => {
  const room = await begin();
  const since = Date.now();
  await alice.page.evaluate(() =>
    (
      window.rig._converse as unknown as {
        api: { user: { logout(): Promise<void> } };
      }
    ).api.user.logout(),
  );
  await untilUnregistered(since);
  await crash(room, true);
  await lookAtTab(alice);
  await bob.say(room, "goodbye");
  expect(storyOf(await alice.wire(), room, since)).toEqual(["disable"]);
  expectNoPush(since);
});
