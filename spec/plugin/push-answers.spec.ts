import { expect, test } from "vitest";
import type { Chat } from "./chat";
import type { ChatOptions } from "./harness";
import { lendBrowser } from "./lent-browser";
import {
  attribute,
  NS,
  type Element,
  type PushWords,
  type Room,
} from "./scripted-server";

const CHECK_INTERVAL_MS = 5_000;

const harness = lendBrowser({ mayComplain: true });

/** A chat that is registered with all its rooms. */
async function open(options: ChatOptions = {}): Promise<Chat> {
  const chat = await harness().open(options);
  for (const name of options.rooms ?? ["garden"])
    await chat.heard("mucPushEnabled", chat.room(name));
  return chat;
}

/** In words: `result`, or the type and condition of the error. */
function outcomeOf(answer: Element): string {
  if (attribute(answer, "type") === "result") return "result";
  const error = answer.getChild("error");
  const condition = error?.getChildElements()[0];
  return `${error && attribute(error, "type")}/${condition?.getName()}`;
}

/** Pushes, and returns how the one answer reads and whom it went to. */
async function answerTo(chat: Chat, words: PushWords) {
  const id = chat.server.push(words);
  const answer = await chat.server.answerTo(id);
  await chat.server.roundTrip();
  expect(chat.server.answersTo(id)).toHaveLength(1);
  return { outcome: outcomeOf(answer), to: attribute(answer, "to") };
}

/** A valid push and its ping: whatever was sent before has had its effect by now. */
async function expectFirstPing(chat: Chat, room: Room): Promise<void> {
  const id = chat.server.push({ from: room.jid });
  await room.nth("ping", 1);
  await chat.heard("mucPushChecked", room);
  await chat.server.roundTrip();
  expect(outcomeOf(await chat.server.answerTo(id))).toBe("result");
  expect(room.count("ping")).toBe(1);
}

test("a push from the room with its node is answered, then the room is pinged", async () => {
  const chat = await open();
  const room = chat.room();
  const id = chat.server.push({ from: room.jid, id: "push-1" });
  await room.nth("ping", 1);

  expect(room.order(0, "answer", "ping")).toEqual(["answer", "ping"]);
  const [answer] = chat.server.answersTo(id);
  expect(outcomeOf(answer as Element)).toBe("result");
  expect(attribute(answer as Element, "to")).toBe(room.jid);
  const received = await chat.heard("mucPushReceived", room);
  expect(received.payload).toEqual({ room: room.jid, accepted: true });
  const checked = await chat.heard("mucPushChecked", room);
  expect(checked.payload).toEqual({ room: room.jid, verdict: "joined" });
  expect(room.count("join")).toBe(1);
  expect(chat.complaints).toEqual([]);
});

test("a push that is not the room's own is answered item-not-found and starts no ping", async () => {
  const chat = await open({ rooms: ["garden", "balcony"] });
  const { server } = chat;
  const room = chat.room("garden");
  const other = chat.room("balcony");
  const node = room.registrations.get(server.client.fullJid) as string;
  const refused: [string, PushWords][] = [
    ["a wrong node", { from: room.jid, node: "guessed" }],
    ["an empty node", { from: room.jid, node: "" }],
    ["part of the node", { from: room.jid, node: node.slice(0, -1) }],
    ["the node in capitals", { from: room.jid, node: node.toUpperCase() }],
    ["another room's node", { from: other.jid, node }],
    ["the MUC's domain", { from: server.mucDomain, node }],
    ["an occupant", { from: `${room.jid}/juliet`, node }],
    ["the own occupant", { from: `${room.jid}/me`, node }],
    ["a room that was never joined", { from: "cellar@rooms.test", node }],
    ["a room of that name elsewhere", { from: "garden@else.test", node }],
    ["a stranger", { from: "eve@else.test/x", node }],
    ["the user's server", { from: server.domain, node }],
    ["the user's own account", { from: "romeo@users.test", node }],
  ];
  for (const [who, words] of refused) {
    const answer = await answerTo(chat, words);
    expect([who, answer.outcome]).toEqual([who, "cancel/item-not-found"]);
    expect([who, answer.to]).toEqual([who, words.from]);
  }

  const noNode = server.uniqueId("push");
  server.send(
    `<iq xmlns="${NS.client}" type="set" id="${noNode}" from="${room.jid}" to="${server.client.fullJid}">` +
      `<pubsub xmlns="${NS.pubsub}"><publish><item><notification xmlns="${NS.push}"/></item></publish></pubsub></iq>`,
  );
  expect(outcomeOf(await server.answerTo(noNode))).toBe(
    "cancel/item-not-found",
  );

  const ofThisRoom = 5;
  await chat.heard("mucPushReceived", room, ofThisRoom);
  const accepted = chat
    .allHeard("mucPushReceived", room)
    .map(({ payload }) => payload?.["accepted"]);
  expect(accepted).toEqual(Array(ofThisRoom).fill(false));
  await expectFirstPing(chat, room);
  expect(other.count("ping")).toBe(0);
  expect(chat.complaints).toEqual([]);
});

const notification = `<notification xmlns="${NS.push}"/>`;
const summaryForm =
  `<notification xmlns="${NS.push}"><x xmlns="jabber:x:data" type="form">` +
  '<field var="FORM_TYPE" type="hidden"><value>urn:xmpp:push:summary</value></field>' +
  '<field var="message-count"><value>1</value></field>' +
  '<field var="last-message-sender"><value>garden@rooms.test/juliet</value></field>' +
  '<field var="last-message-body"><value>Wherefore art thou?</value></field></x></notification>';
const publishOptions =
  '<publish-options><x xmlns="jabber:x:data" type="submit">' +
  '<field var="FORM_TYPE"><value>http://jabber.org/protocol/pubsub#publish-options</value></field>' +
  '<field var="secret"><value>eruio234vzxc2kla-91</value></field></x></publish-options>';
const deep = "<a>".repeat(1_000) + "</a>".repeat(1_000);
const unknown = '<junk xmlns="urn:example:junk"><a b="c">d</a></junk>';

const junk: [what: string, item: string, extra?: string][] = [
  ["a summary form and publish options", summaryForm, publishOptions],
  ["several items", `${notification}</item><item/><item id="x">`],
  ["two notifications", notification + notification],
  ["another publish", notification, '<publish node="else"><item/></publish>'],
  ["unknown children", unknown + notification + unknown, unknown],
  ["children a thousand levels deep", deep + notification],
  ["a megabyte of text", notification + "x".repeat(1_000_000)],
  ["a hundred thousand children", "<a/>".repeat(100_000) + notification],
  ["text, comments and CDATA", `t<!-- c -->${notification}<![CDATA[<x>]]>`],
];

test("a push with whatever else inside is a push like any other", async () => {
  const names = junk.map((_case, index) => `garden-${index}`);
  const chat = await open({ rooms: names });
  for (const [index, [what, item, extra = ""]] of junk.entries()) {
    const room = chat.room(names[index]);
    const answer = await answerTo(chat, { from: room.jid, item, extra });
    expect([what, answer.outcome]).toEqual([what, "result"]);
    await chat.heard("mucPushChecked", room);
    await chat.server.roundTrip();
    expect([what, room.count("ping")]).toEqual([what, 1]);
  }
  expect(chat.complaints).toEqual([]);
});

test("an iq that only looks like a push is left alone", async () => {
  const chat = await open();
  const { server } = chat;
  const room = chat.room();
  const node = room.registrations.get(server.client.fullJid);
  const publish = (item: string) => `<publish node="${node}">${item}</publish>`;
  const pubsub = (inner: string) =>
    `<pubsub xmlns="${NS.pubsub}">${inner}</pubsub>`;
  const lookalikes = [
    pubsub(publish('<item><mood xmlns="urn:example:mood"/></item>')),
    pubsub(publish("<item><notification/></item>")),
    pubsub(publish("<item/>")),
    pubsub(publish("")),
    pubsub(publish(notification)),
    pubsub(`<item>${notification}</item>`),
    pubsub(notification),
    pubsub(""),
    notification,
    `<other xmlns="urn:example:other">${pubsub(publish(`<item>${notification}</item>`))}</other>`,
    '<pubsub xmlns="http://jabber.org/protocol/pubsub#owner">' +
      `${publish(`<item>${notification}</item>`)}</pubsub>`,
  ];
  const ids = lookalikes.map((payload, index) => {
    const id = `lookalike-${index}`;
    server.send(
      `<iq xmlns="${NS.client}" type="set" id="${id}" from="${room.jid}" to="${server.client.fullJid}">${payload}</iq>`,
    );
    return id;
  });
  await server.roundTrip();
  const answered = ids.filter((id) => server.answersTo(id).length > 0);
  expect(answered.map((id) => lookalikes[Number(id.split("-")[1])])).toEqual(
    [],
  );
  expect(chat.allHeard("mucPushReceived", room)).toEqual([]);
  await expectFirstPing(chat, room);
  expect(chat.complaints).toEqual([]);
});

test("an iq that nobody knows gets Strophe's own answer where there is one without the plugin", async () => {
  const answers = [];
  for (const plugin of ["off", "script"] as const) {
    const { server } = await harness().open({
      plugin,
      settings: { ping_interval: 0 },
    });
    server.send(
      `<iq xmlns="${NS.client}" type="set" id="unknown" from="else.test" to="${server.client.fullJid}">${unknown}</iq>`,
    );
    await server.roundTrip();
    answers.push(server.answersTo("unknown").map(outcomeOf));
  }
  const [without, withPlugin] = answers;
  expect(without).toEqual(["cancel/service-unavailable"]);
  expect(withPlugin).toEqual(without);
});

test("a push is answered with the node that was enabled last, also after a rejoin", async () => {
  const chat = await open();
  const room = chat.room();
  chat.server.rebootRooms();
  await answerTo(chat, { from: room.jid });
  await chat.heard("mucPushBack", room);
  await chat.heard("mucPushEnabled", room, 2);
  const answer = await answerTo(chat, { from: room.jid });
  expect(answer.outcome).toBe("result");
  expect(room.count("join")).toBe(2);
});

test("of 500 pushes at once each is answered once; they cost one ping now and one at the end of the interval", async () => {
  const chat = await open({ isTimeScripted: true });
  const { server } = chat;
  const room = chat.room();
  await chat.stopTime();
  const burst = () =>
    Array.from({ length: 250 }, () => server.push({ from: room.jid }));
  const ids = burst();
  await chat.heard("mucPushChecked", room);
  ids.push(...burst());
  await server.answerTo(ids.at(-1) as string);
  await server.roundTrip();

  const answers = ids.map((id) => server.answersTo(id).map(outcomeOf));
  expect(answers).toEqual(ids.map(() => ["result"]));
  expect(room.count("ping")).toBe(1);
  expect(room.order(0, "answer", "ping").slice(0, 2)).toEqual([
    "answer",
    "ping",
  ]);

  await chat.page.clock.runFor(CHECK_INTERVAL_MS - 1_000);
  await server.roundTrip();
  expect(room.count("ping")).toBe(1);

  await chat.page.clock.runFor(1_000);
  await chat.heard("mucPushChecked", room, 2);
  await chat.page.clock.runFor(10 * CHECK_INTERVAL_MS);
  await server.roundTrip();
  expect(room.count("ping")).toBe(2);
  expect(room.count("join")).toBe(1);
  expect(chat.complaints).toEqual([]);
});

test("a push within the interval after a check defers the next check and does not drop it", async () => {
  const chat = await open({ isTimeScripted: true });
  const { server } = chat;
  const room = chat.room();
  await chat.stopTime();
  server.push({ from: room.jid });
  await chat.heard("mucPushChecked", room);

  server.rebootRooms();
  server.push({ from: room.jid });
  await chat.page.clock.runFor(CHECK_INTERVAL_MS - 1);
  await server.roundTrip();
  expect(room.count("ping")).toBe(1);
  await chat.page.clock.runFor(1);
  await chat.heard("mucPushBack", room);
  expect(room.order(0, "ping", "join")).toEqual([
    "join",
    "ping",
    "ping",
    "join",
  ]);
});
