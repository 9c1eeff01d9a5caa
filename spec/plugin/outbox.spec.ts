import { expect, test } from "vitest";
import type { BrowserChat, BrowserOptions } from "./browser-harness";
import { rejoinInFlight } from "./in-flight";
import { lendBrowser } from "./lent-browser";
import { openRegistered, QUICK } from "./registered";
import {
  AWAY,
  bodies,
  deliver,
  retract,
  retracted,
  sendText,
  surviveCrash,
  taken,
} from "./saying";
import { error, never, result } from "./scripted-server";

const harness = lendBrowser();

/** A chat that is registered with its one room, which has an archive. */
const open = (options: BrowserOptions = {}) =>
  openRegistered(harness(), {
    ...options,
    hasArchive: true,
    settings: { ...QUICK, ...options.settings },
  });

/** What the style sheet says about a message. */
const markOf = (chat: BrowserChat, body: string) =>
  chat.page.evaluate((text) => {
    const shown = [...document.querySelectorAll(".chat-msg")].find(
      (element) =>
        element.querySelector(".chat-msg__text")?.textContent?.trim() === text,
    );
    const content = shown?.querySelector(".chat-msg__content");
    return content ? getComputedStyle(content, "::after").content : undefined;
  }, body);

const hasMark = (chat: BrowserChat, body: string, mark: string) =>
  expect.poll(() => markOf(chat, body), { timeout: 10_000 }).toBe(mark);

const WAITING = '"Waiting to be sent"';
const FAILED = '"“Send again” is in its menu"';

const shownErrors = (chat: BrowserChat) =>
  chat.page.locator(".chat-msg__error").allInnerTexts();

test("a message to a server that is away waits for it, and shows that", async () => {
  const { chat, server, room } = await open();
  server.mucDown = AWAY;
  await chat.say(room, "one");
  await chat.hasState(room, "waiting");
  await hasMark(chat, "one", WAITING);
  await chat.say(room, "two");
  await hasMark(chat, "two", WAITING);
  expect(await shownErrors(chat)).toEqual([]);
  server.mucDown = undefined;
  await room.nth("message", 2);
  await chat.fence();
  expect(bodies(taken(room))).toEqual(["one", "two"]);
  await hasMark(chat, "one", "none");
  await hasMark(chat, "two", "none");
  await chat.fence();
  expect(room.count("message")).toBe(2);
});

test("what a room forbids is Converse's to show, and is not kept", async () => {
  const { chat, room } = await open();
  room.onMessage(() => error("forbidden", "auth"));
  await chat.say(room, "one");
  await chat.hasBounced(room, "one");
  expect((await shownErrors(chat)).join()).toContain("weren't allowed");
  room.unscript();
  await surviveCrash(chat, room);
  expect(room.count("message")).toBe(1);
});

test("a room that refuses a message again and again gets it five times", async () => {
  const { chat, room } = await open();
  room.onMessage(() => error("not-acceptable"));
  await chat.say(room, "one");
  await hasMark(chat, "one", FAILED);
  expect(room.count("message")).toBe(5);
  expect((await shownErrors(chat)).join()).toContain("Sorry, an error");
});

test("a correction is delivered after the return, and marks what it corrects", async () => {
  const { chat, server, room } = await open();
  await deliver(chat, room, "one");
  server.mucDown = AWAY;
  await chat.page.evaluate((jid) => {
    const chat = window.rig.chat(jid) as unknown as {
      messages: { models: { save(attributes: object): void }[] };
      sendMessage(attributes: object): Promise<unknown>;
    };
    chat.messages.models[0]?.save({ correcting: true });
    void chat.sendMessage({ body: "won" });
  }, room.jid);
  await hasMark(chat, "won", WAITING);
  server.rebootRooms();
  server.mucDown = undefined;
  await room.nth("message", 2);
  await chat.fence();
  await hasMark(chat, "won", "none");
  expect(bodies(taken(room))).toEqual(["one", "won"]);
  expect(await chat.messages(room)).toEqual(["won"]);
});

test("a message that waits survives a reload of the page", async () => {
  const { chat, server, room } = await open();
  server.mucDown = { condition: "remote-server-timeout", type: "wait" };
  await chat.say(room, "one");
  await chat.say(room, "two");
  await hasMark(chat, "two", WAITING);
  server.mucDown = undefined;
  room.onMessage(() => result);
  server.rebootRooms();
  await chat.page.reload();
  await chat.entered(room);
  await room.nth("message", 2);
  await chat.fence();
  expect(bodies(taken(room))).toEqual(["one", "two"]);
  await hasMark(chat, "two", "none");
  const left = await chat.page.evaluate(() =>
    Object.keys(sessionStorage).filter((key) => key.includes("push-outbox")),
  );
  expect(left).toEqual([]);
});

test("who is banned sees what was not sent; when they are let in again, a click sends it", async () => {
  const { chat, server, room } = await open();
  server.mucDown = AWAY;
  await chat.say(room, "one");
  await chat.say(room, "two");
  await hasMark(chat, "two", WAITING);
  room.onJoin(() => error("forbidden", "auth"));
  server.rebootRooms();
  server.mucDown = undefined;
  await chat.hasState(room, "left");
  // Converse hides the messages of a room that it can't enter.
  const at = room.mark();
  room.unscript();
  await chat.rejoin(room);
  await chat.entered(room);
  await chat.fence();
  expect(room.count("message", at)).toBe(0);
  await hasMark(chat, "one", FAILED);
  expect(await shownErrors(chat)).toHaveLength(2);

  const message = chat.page.locator(".chat-msg").filter({ hasText: "two" });
  await message.hover();
  await message
    .locator(".dropdown-toggle, .btn--standalone, button")
    .first()
    .click();
  await message.locator(".chat-msg__action-send-again").click();
  await room.nth("message", 1, at);
  await chat.fence();
  expect(bodies(taken(room))).toEqual(["two"]);
  expect(await shownErrors(chat)).toHaveLength(1);
  await hasMark(chat, "two", "none");
  await hasMark(chat, "one", FAILED);
});

test("a message that waited too long is shown as not sent", async () => {
  const { chat, server, room } = await open({
    settings: { muc_push_message_wait_ms: 1_000 },
  });
  server.mucDown = AWAY;
  await chat.say(room, "one");
  await hasMark(chat, "one", FAILED);
  expect((await shownErrors(chat)).join()).toContain("for too long");
  server.mucDown = undefined;
  await chat.hasState(room, "joined");
  await chat.fence();
  expect(taken(room)).toEqual([]);
});

test("a message that had to wait is shown where the room put it", async () => {
  const { chat, room } = await open();
  const join = await rejoinInFlight(chat, room, () => chat.say(room, "mine"));
  room.say("bob", "theirs");
  join.answer(result);
  await room.nth("message", 2);
  await chat.fence();
  expect(bodies(taken(room))).toEqual(["theirs", "mine"]);
  expect(await chat.messages(room)).toEqual(["theirs", "mine"]);
  await expect
    .poll(() => chat.page.locator(".chat-msg__text").allInnerTexts())
    .toEqual(["theirs", "mine"]);
});

test("a retraction that fails is undone, and says so", async () => {
  const { chat, server, room } = await open();
  await deliver(chat, room, "one");
  room.onJoin(() => error("forbidden", "auth"));
  server.rebootRooms();
  await retract(chat, room);
  await chat.hasState(room, "left");
  await expect.poll(() => retracted(chat, room)).toBe(false);
  room.unscript();
  await chat.rejoin(room);
  await chat.entered(room);
  await expect
    .poll(() => shownErrors(chat))
    .toEqual([expect.stringContaining("banned")]);
  expect(room.count("message")).toBe(2);
});

test("after a logout nothing of what waited is left", async () => {
  const { chat, server, room } = await open();
  server.mucDown = AWAY;
  await chat.say(room, "one");
  await hasMark(chat, "one", WAITING);
  await chat.logout();
  await expect
    .poll(() => chat.page.evaluate(() => JSON.stringify({ ...sessionStorage })))
    .not.toContain("push-outbox");
});

test("a message with such characters that had to wait arrives without them, once, in its order", async () => {
  const { chat, server, room } = await open();
  server.mucDown = AWAY;
  await chat.say(room, "one");
  await hasMark(chat, "one", WAITING);
  await sendText(chat, room.jid, "before\u000bafter");
  await chat.say(room, "three");
  await hasMark(chat, "three", WAITING);
  server.rebootRooms();
  server.mucDown = undefined;
  await room.nth("message", 3);
  await chat.fence();
  expect(bodies(taken(room))).toEqual(["one", "beforeafter", "three"]);
});

test("what another version has stored and is no message has failed, and holds nothing up", async () => {
  const { chat, server, room } = await open({
    settings: { persistent_store: "sessionStorage" },
  });
  server.mucDown = AWAY;
  await chat.say(room, "one");
  await chat.say(room, "two");
  await hasMark(chat, "two", WAITING);
  await chat.page.evaluate(() => {
    const key = Object.keys(sessionStorage).find(
      (key) =>
        key.includes("push-outbox") &&
        sessionStorage.getItem(key)?.includes("one"),
    );
    const entry = JSON.parse(sessionStorage.getItem(key ?? "") ?? "") as object;
    sessionStorage.setItem(
      key ?? "",
      JSON.stringify({ ...entry, xml: "<message>\u000b<body></message>" }),
    );
  });
  // Converse stores its messages in its own time.
  await chat.page.waitForFunction(() =>
    ["one", "two"].every((text) =>
      Object.entries(sessionStorage).some(
        ([key, value]) =>
          key.includes("messages") && value.includes(`"body":"${text}"`),
      ),
    ),
  );
  // The room comes back for the next page: this one would still have sent what it had in memory.
  await chat.page.reload();
  server.mucDown = undefined;
  await chat.entered(room);
  await room.nth("message", 1);
  await hasMark(chat, "one", FAILED);
  expect(bodies(taken(room))).toEqual(["two"]);
});

test("a message that makes the server end the stream has failed after the second one", async () => {
  const { chat, server, room } = await open();
  await deliver(chat, room, "known");
  const at = room.mark();
  room.onMessage(() => {
    server.client.dropSocket();
    return never;
  });
  await chat.say(room, "too long");
  await hasMark(chat, "too long", FAILED);
  await chat.heard("mucPushEnabled", room, 3);
  await chat.fence();
  expect(room.count("message", at)).toBe(2);
  room.unscript();
  await deliver(chat, room, "short");
  expect(bodies(taken(room))).toEqual(["known", "short"]);
});

test.each([
  ["conflict", "cancel"],
  ["not-authorized", "auth"],
] as const)(
  "a way back that ends in a question (%s) keeps what waits until the user has answered",
  async (condition, type) => {
    const { chat, server, room } = await open();
    server.mucDown = AWAY;
    await chat.say(room, "one");
    await hasMark(chat, "one", WAITING);
    room.onJoin(() => error(condition, type));
    server.rebootRooms();
    server.mucDown = undefined;
    await chat.hasState(room, "left");
    room.unscript();
    await chat.rejoin(room);
    await room.nth("message", 1);
    await chat.fence();
    expect(bodies(taken(room))).toEqual(["one"]);
    expect(await shownErrors(chat)).toEqual([]);
  },
);

test("messages that wait are marked in a page that forbids style sheets of others", async () => {
  const { chat, server, room } = await open({
    head: `<meta http-equiv="Content-Security-Policy" content="style-src 'self'">`,
  });
  server.mucDown = AWAY;
  await chat.say(room, "one");
  await hasMark(chat, "one", WAITING);
});
