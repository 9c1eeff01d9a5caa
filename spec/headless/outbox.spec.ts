import { expect, test } from "vitest";
import type { Chat } from "../plugin/chat";
import type { ChatOptions } from "../plugin/harness";
import { rejoinInFlight } from "../plugin/in-flight";
import { openRegistered, QUICK } from "../plugin/registered";
import { lendHarness } from "./lent-harness";
import {
  AWAY,
  bodies,
  deliver,
  idOf,
  retract,
  retracted,
  sendRaw,
  sendText,
  surviveCrash,
  taken,
} from "../plugin/saying";
import {
  attribute,
  error,
  Hold,
  type HeldRequest,
  never,
  result,
  type Room,
} from "../plugin/scripted-server";

const harness = lendHarness();

/** A chat that is registered with its one room, which has an archive. */
const open = (options: ChatOptions = {}) =>
  openRegistered(harness(), {
    ...options,
    hasArchive: true,
    settings: { ...QUICK, ...options.settings },
  });

test("what bounces while silently out is sent once more after the return, in order and with its id", async () => {
  const { chat, server, room } = await open();
  const hold = new Hold();
  room.onMessage(hold.responder);
  server.rebootRooms();
  const bounced: HeldRequest[] = [];
  for (const body of ["one", "two"]) {
    await chat.say(room, body);
    bounced.push(await hold.next());
  }
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
  expect(await chat.errors(room)).toEqual([]);
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
  expect(await chat.errors(room)).toEqual([]);
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
  }
});

test("a message with characters that XML does not know arrives without them", async () => {
  const { chat, room } = await open();
  await sendText(chat, room.jid, "before\u000bafter\ud800 🌱");
  await room.nth("message", 1);
  expect(bodies(taken(room))).toEqual(["beforeafter 🌱"]);
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
    expect(await chat.errors(room)).toEqual([]);
  },
);

test("a private message that bounces is a sign that the user is out", async () => {
  const { chat, server, room } = await open();
  server.rebootRooms();
  await sendText(chat, `${room.jid}/bob`, "psst", "chat");
  await chat.heard("mucPushBack", room);
});

/** Has Converse send a private message, as its view of an occupant does; resolves with what it is known by. */
const whisper = (chat: Chat, room: Room, body: string) =>
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
const whisperErrors = (chat: Chat, room: Room) =>
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
  expect(await chat.errors(room)).toEqual([]);
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
