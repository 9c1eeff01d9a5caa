import { expect, test } from "vitest";
import type { BrowserChat, BrowserOptions } from "./browser-harness";

import { rejoinInFlight } from "./in-flight";
import { lendBrowser } from "./lent-browser";
import { openRegistered, QUICK } from "./registered";
import {
  attribute,
  error,
  Hold,
  never,
  result,
  type Element,
  type Room,
} from "./scripted-server";

const harness = lendBrowser();

/** A chat that is registered with its one room, which has an archive. */
const open = (options: BrowserOptions = {}) =>
  openRegistered(harness(), {
    ...options,
    hasArchive: true,
    settings: { ...QUICK, ...options.settings },
  });

const bodies = (messages: Element[]) =>
  messages
    .map((message) => message.getChildText("body"))
    .filter((body) => body !== null && body !== undefined);

/** What the room has taken: everything in its archive. */
const taken = (room: Room) =>
  room.archive.entries.map(({ message }) => message);

const idOf = (message: Element | undefined) =>
  message && attribute(message, "id");

/** Sends a stanza as another part of Converse would. */
async function sendRaw(chat: BrowserChat, xml: string): Promise<void> {
  await chat.page.evaluate((text) => {
    const { documentElement } = new DOMParser().parseFromString(
      text,
      "text/xml",
    );
    const { api } = window.rig._converse as unknown as {
      api: { send(stanza: unknown): void };
    };
    api.send(documentElement);
  }, xml);
}

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

/** Says something, and waits until the room has it and its sender knows. */
async function deliver(
  chat: BrowserChat,
  room: Room,
  body: string,
): Promise<void> {
  const at = room.mark();
  await chat.say(room, body);
  await room.nth("message", 1, at);
  await chat.fence();
}

/** The rooms' server crashes; it is back at once, and so is the user. */
async function surviveCrash(chat: BrowserChat, room: Room): Promise<void> {
  chat.server.rebootRooms();
  chat.server.push({ from: room.jid });
  await chat.heard("mucPushBack", room);
  await chat.heard("mucPushEnabled", room, 2);
  await chat.fence();
}

/** What the users' server says while the rooms' server is away. */
const AWAY = { condition: "remote-server-not-found", type: "cancel" } as const;

const shownErrors = (chat: BrowserChat) =>
  chat.page.locator(".chat-msg__error").allInnerTexts();

test("what bounces while silently out is sent once more after the return, in order and with its id", async () => {
  const { chat, server, room } = await open();
  const hold = new Hold();
  room.onMessage(hold.responder);
  server.rebootRooms();
  await chat.say(room, "one");
  await chat.say(room, "two");
  const bounced = [await hold.next(), await hold.next()];
  room.unscript();
  for (const message of bounced) message.answer(error("not-acceptable"));
  await chat.heard("mucPushBack", room);
  await room.nth("message", 4);
  await chat.fence();
  await deliver(chat, room, "three");
  expect(bodies(taken(room))).toEqual(["one", "two", "three"]);
  const [first, second, third, fourth] = room.all("message");
  expect(idOf(third)).toBe(idOf(first));
  expect(idOf(fourth)).toBe(idOf(second));
  expect(await chat.bounced(room)).toEqual([]);
  expect(await shownErrors(chat)).toEqual([]);
  expect(await chat.messages(room)).toEqual(["one", "two", "three"]);
});

test("what is said while a return is under way stays off the wire until the way is open", async () => {
  const { chat, room } = await open();
  const join = await rejoinInFlight(chat, room, () => chat.say(room, "one"));
  const at = room.mark();
  await sendRaw(
    chat,
    `<message xmlns="jabber:client" type="groupchat" to="${room.jid}" id="two"><body>two</body></message>`,
  );
  await chat.fence();
  expect(room.count("message", at)).toBe(0);
  join.answer(result);
  await room.nth("message", 2, at);
  await chat.fence();
  expect(bodies(taken(room))).toEqual(["one", "two"]);
  expect(room.count("message", at)).toBe(2);
});

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

test("a message that the room took but never gave back is not sent again when the archive has it", async () => {
  const { chat, room } = await open();
  // The room takes it and crashes before it tells anybody.
  room.onMessage((message) => {
    message.attrs["from"] = `${room.jid}/me`;
    room.archive.add("lost-reflection", message);
    return never;
  });
  await chat.say(room, "one");
  await room.nth("message", 1);
  room.unscript();
  await surviveCrash(chat, room);
  await deliver(chat, room, "two");
  expect(bodies(taken(room))).toEqual(["one", "two"]);
  expect(bodies(room.all("message"))).toEqual(["one", "two"]);
});

test("a message that vanished in the crash is sent again", async () => {
  const { chat, server, room } = await open();
  room.onMessage(() => never);
  await chat.say(room, "one");
  await room.nth("message", 1);
  room.unscript();
  server.rebootRooms();
  server.push({ from: room.jid });
  await room.nth("message", 2);
  await chat.fence();
  expect(bodies(taken(room))).toEqual(["one"]);
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

const changes: Record<string, string> = {
  encrypted:
    '<encrypted xmlns="eu.siacs.conversations.axolotl"><payload>x</payload></encrypted>' +
    '<encryption xmlns="urn:xmpp:eme:0" namespace="eu.siacs.conversations.axolotl"/>',
  reaction:
    '<reactions xmlns="urn:xmpp:reactions:0" id="x"><reaction>👍</reaction></reactions>',
  retraction: '<retract xmlns="urn:xmpp:message-retract:1" id="x"/>',
};

test.each(Object.entries(changes))(
  "%s: delivered once after the return, as it was",
  async (_, payload) => {
    const { chat, server, room } = await open();
    server.rebootRooms();
    await sendRaw(
      chat,
      `<message xmlns="jabber:client" type="groupchat" to="${room.jid}" id="change">${payload}</message>`,
    );
    await room.nth("message", 2);
    await chat.fence();
    expect(taken(room).map(idOf)).toEqual(["change"]);
    const [first, second] = room.all("message");
    expect(second?.children.join("")).toBe(first?.children.join(""));
    expect(await chat.messages(room)).toEqual([]);
  },
);

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

/** Retracts the first message, as the user does. */
const retract = (chat: BrowserChat, room: Room) =>
  chat.page.evaluate((jid) => {
    const chat = window.rig.chat(jid) as unknown as {
      messages: { models: unknown[] };
      retractOwnMessage(message: unknown): Promise<void>;
    };
    void chat.retractOwnMessage(chat.messages.models[0]);
  }, room.jid);

const retracted = (chat: BrowserChat, room: Room) =>
  chat.page.evaluate(
    (jid) =>
      Boolean(window.rig.chat(jid)?.messages.models[0]?.get("retracted")),
    room.jid,
  );

test("a retraction that bounces is not undone, and is delivered after the return", async () => {
  const { chat, room } = await open();
  await deliver(chat, room, "one");
  const join = await rejoinInFlight(chat, room, () => retract(chat, room));
  await chat.fence();
  expect(await retracted(chat, room)).toBe(true);
  join.answer(result);
  await room.nth("message", 3);
  await chat.fence();
  expect(await retracted(chat, room)).toBe(true);
  expect(taken(room)).toHaveLength(2);
  expect(await shownErrors(chat)).toEqual([]);
});

test("chat states of a time when nobody could see them are not sent", async () => {
  const { chat, room } = await open();
  const join = await rejoinInFlight(chat, room);
  const at = room.mark();
  const composing =
    `<message xmlns="jabber:client" type="groupchat" to="${room.jid}">` +
    '<composing xmlns="http://jabber.org/protocol/chatstates"/></message>';
  await sendRaw(chat, composing);
  join.answer(result);
  await chat.heard("mucPushBack", room);
  await chat.heard("mucPushEnabled", room, 2);
  await chat.fence();
  expect(room.count("message", at)).toBe(0);
  await sendRaw(chat, composing);
  await room.nth("message", 1, at);
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

test("what is sent while the connection is gone goes out once when it is back, resumed or not", async () => {
  for (const isResumed of [true, false]) {
    const { chat, server, room } = await open({
      server: { offersStreamManagement: true },
    });
    await deliver(chat, room, "before");
    const message = (body: string) =>
      `<message xmlns="jabber:client" type="groupchat" to="${room.jid}" id="${body}"><body>${body}</body></message>`;
    server.client.dropSocket();
    if (!isResumed) server.forgetStreams();
    await sendRaw(chat, message("one"));
    await sendRaw(chat, message("two"));
    await room.nth("message", 3);
    await chat.heard("mucPushEnabled", room, 2);
    await chat.fence();
    expect(bodies(taken(room))).toEqual(["before", "one", "two"]);
    await chat.page.context().close();
  }
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

/** Sends a message to the room, or to somebody in it, with a text that is taken as it is. */
const sendText = (
  chat: BrowserChat,
  to: string,
  body: string,
  type = "groupchat",
) =>
  chat.page.evaluate(
    ([to, body, type]) => {
      const ns = "jabber:client";
      const message = document.createElementNS(ns, "message");
      message.setAttribute("type", type);
      message.setAttribute("to", to);
      message.setAttribute("id", "raw");
      message.appendChild(document.createElementNS(ns, "body")).textContent =
        body;
      const { api } = window.rig._converse as unknown as {
        api: { send(stanza: unknown): void };
      };
      api.send(message);
    },
    [to, body, type] as const,
  );

test("a message with characters that XML does not know arrives without them", async () => {
  const { chat, room } = await open();
  await sendText(chat, room.jid, "before\u000bafter\ud800 🌱");
  await room.nth("message", 1);
  expect(bodies(taken(room))).toEqual(["beforeafter 🌱"]);
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

test("what a room has answered a later ping for is not said again after a crash", async () => {
  const { chat, room } = await open();
  // A gateway: it passes the message on under another id, cut in two.
  room.onMessage(() => never);
  await chat.say(room, "first line");
  await room.nth("message", 1);
  await chat.check(room);
  await chat.heard("mucPushChecked", room);
  await chat.fence();
  room.unscript();
  await surviveCrash(chat, room);
  await deliver(chat, room, "two");
  expect(bodies(room.all("message"))).toEqual(["first line", "two"]);
});

test.each([
  ["item-not-found", "cancel"],
  ["gone", "cancel"],
  ["service-unavailable", "wait"],
] as const)(
  "a message that a room answers with %s is kept, and the room is looked after",
  async (condition, type) => {
    const { chat, server, room } = await open();
    const hold = new Hold();
    room.onMessage(hold.responder);
    await chat.say(room, "one");
    const message = await hold.next();
    server.rebootRooms();
    room.unscript();
    message.answer(error(condition, type));
    await chat.heard("mucPushBack", room);
    await room.nth("message", 2);
    await chat.fence();
    expect(bodies(taken(room))).toEqual(["one"]);
    expect(await shownErrors(chat)).toEqual([]);
  },
);

test("a private message that bounces is a sign that the user is out", async () => {
  const { chat, server, room } = await open();
  server.rebootRooms();
  await sendText(chat, `${room.jid}/bob`, "psst", "chat");
  await chat.heard("mucPushBack", room);
});

/** Has Converse send a private message, as its view of an occupant does; resolves with what it is known by. */
const whisper = (chat: BrowserChat, room: Room, body: string) =>
  chat.page.evaluate(
    async ([jid, body]) => {
      const { state } = window.rig._converse as unknown as {
        state: { chatboxes: { get(jid: string): MucOfOccupants } };
      };
      interface Occupant {
        sendMessage(attributes: object): Promise<unknown>;
      }
      interface MucOfOccupants {
        occupants: {
          findWhere(attributes: object): Occupant | undefined;
          create(attributes: object): Occupant;
        };
      }
      const { occupants } = state.chatboxes.get(jid);
      const bob =
        occupants.findWhere({ nick: "bob" }) ??
        occupants.create({
          nick: "bob",
          from: `${jid}/bob`,
          // Converse forgets others when they are gone, and what was said to them.
          affiliation: "member",
          jid: "bob@users.test",
        });
      await bob.sendMessage({ body });
    },
    [room.jid, body] as const,
  );

/** The errors that Converse shows of private messages to an occupant. */
const whisperErrors = (chat: BrowserChat, room: Room) =>
  chat.page.evaluate((jid) => {
    interface Message {
      get(name: string): unknown;
    }
    const { state } = window.rig._converse as unknown as {
      state: {
        chatboxes: {
          get(jid: string): {
            occupants: { models: { messages?: { models: Message[] } }[] };
          };
        };
      };
    };
    return state.chatboxes
      .get(jid)
      .occupants.models.flatMap(({ messages }) => messages?.models ?? [])
      .map((message) => message.get("error"))
      .filter((shown) => shown !== undefined);
  }, room.jid);

test("a private message that bounces because the room has forgotten the user reaches its occupant after the return, once", async () => {
  const { chat, server, room } = await open();
  const at = room.mark();
  server.rebootRooms();
  await whisper(chat, room, "psst");
  await chat.heard("mucPushBack", room);
  const again = await room.nth("message", 2, at);
  await chat.fence();
  expect(bodies([again])).toEqual(["psst"]);
  expect(attribute(again, "to")).toBe(`${room.jid}/bob`);
  expect(attribute(again, "type")).toBe("chat");
  expect(idOf(again)).toBe(idOf(room.all("message", at)[0]));
  // The room answers a later request: it has the message.
  const checks = room.count("ping");
  await chat.check(room);
  await room.nth("ping", checks + 1);
  await chat.fence();
  server.rebootRooms();
  server.push({ from: room.jid });
  await chat.heard("mucPushBack", room, 2);
  await chat.fence();
  expect(room.count("message", at)).toBe(2);
  expect(await whisperErrors(chat, room)).toEqual([]);
  expect(await shownErrors(chat)).toEqual([]);
});

test("a private message typed while the room is away goes out after the return", async () => {
  const { chat, room } = await open();
  const join = await rejoinInFlight(chat, room);
  const at = room.mark();
  await whisper(chat, room, "psst");
  await chat.fence();
  expect(room.count("message", at)).toBe(0);
  join.answer(result);
  await room.nth("message", 1, at);
  await chat.fence();
  expect(bodies(room.all("message", at))).toEqual(["psst"]);
  expect(await whisperErrors(chat, room)).toEqual([]);
});

test("a private message that was on its way when the room was lost is shown as not sent, and goes out no second time", async () => {
  const { chat, room } = await open();
  const at = room.mark();
  room.onMessage(() => never);
  await whisper(chat, room, "psst");
  await room.nth("message", 1, at);
  room.unscript();
  await surviveCrash(chat, room);
  expect(room.count("message", at)).toBe(1);
  expect((await whisperErrors(chat, room)).join()).toContain("Sorry, an error");
});

test("a message to an ordinary contact's full JID goes out at once as ever, whatever the rooms do", async () => {
  const { chat, server, room } = await open();
  server.mucDown = AWAY;
  await chat.say(room, "one");
  await chat.hasState(room, "waiting");
  const to = "juliet@users.test/balcony";
  await sendText(chat, to, "now", "chat");
  await chat.fence();
  const sent = server.received.all((stanza) => attribute(stanza, "to") === to);
  expect(bodies(sent)).toEqual(["now"]);
  const stored = await chat.page.evaluate(() =>
    JSON.stringify({ ...sessionStorage }),
  );
  expect(stored).not.toContain(to);
});

test("a private message to somebody who has gone is none", async () => {
  const { chat, room } = await open();
  const at = room.mark();
  room.onMessage(() => error("item-not-found"));
  await sendText(chat, `${room.jid}/bob`, "psst", "chat");
  await room.nth("message", 1, at);
  await chat.fence();
  expect(room.count("ping", at)).toBe(0);
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
