/** docs/muc-push.md says what a client sends: the plugin sends that. (What a room sends: `server/conformance`.) */
import { expect, test } from "vitest";
import { canonical, CAST, cast, example, uncast } from "../description";
import { lendHarness } from "./lent-harness";
import { openRegistered } from "../plugin/registered";
import { attribute, error, NS, type Element } from "../plugin/scripted-server";

const harness = lendHarness();

test("the plugin sends the stanzas of the description", async () => {
  const { chat, server, room } = await openRegistered(harness(), {
    hasArchive: true,
  });

  const enable = await room.nth("enable", 1);
  const registration = enable.getChild("enable", NS.push) as Element;
  const names = {
    [CAST.room]: room.jid,
    [`${CAST.room}/${CAST.nick}`]: `${room.jid}/me`,
    [CAST.client]: server.client.fullJid,
    [CAST.node]: attribute(registration, "node") as string,
  };
  /** A client may choose its ids, and need not say who it is. */
  function expectSent(sent: Element, name: string) {
    const expected = example(name);
    const copy = uncast(sent, names);
    Object.assign(copy.attrs, { id: expected.attrs.id, from: CAST.client });
    expect(canonical(copy)).toBe(canonical(expected));
  }

  expectSent(enable, "enable");

  room.forgetSeats();
  room.onPing(() => error("not-acceptable"));
  server.send(cast("push", names));
  expectSent(await server.answerTo("push1"), "answer");
  expectSent(await room.nth("ping", 1), "self-ping");
  const join = await room.nth("join", 2);
  expect(attribute(join, "to")).toBe(attribute(cast("join", names), "to"));
  const payload = (presence: Element) =>
    canonical(presence.getChild("x", NS.muc) as Element);
  expect(payload(join)).toBe(payload(example("join")));
  await chat.heard("mucPushBack", room);

  await chat.leave(room);
  expectSent(await room.nth("disable", 1), "disable");
  await room.nth("leave", 1);
  server.send(cast("push", { ...names, push1: "push2" }));
  expectSent(await server.answerTo("push2"), "not-ours");
});
