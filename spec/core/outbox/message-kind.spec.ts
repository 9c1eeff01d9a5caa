import { describe, expect, it } from "vitest";
import { readOutgoing } from "../../../src/core/outbox/message-kind.js";
import type { ElementView } from "../../../src/core/push-notice.js";

const ROOM = "garden@rooms.test";

const el = (
  name: string,
  ns = "jabber:client",
  attributes: Record<string, string> = {},
  ...children: ElementView[]
): ElementView => ({ name, ns, attributes, children });

const message = (
  attributes: Record<string, string>,
  ...children: ElementView[]
) =>
  el(
    "message",
    "jabber:client",
    { type: "groupchat", to: ROOM, ...attributes },
    ...children,
  );

const body = el("body");
const origin = el("origin-id", "urn:xmpp:sid:0", { id: "o" });
const active = el("active", "http://jabber.org/protocol/chatstates");
const displayed = el("displayed", "urn:xmpp:chat-markers:0", { id: "x" });
const eme = el("encryption", "urn:xmpp:eme:0");
const mucUser = el("x", "http://jabber.org/protocol/muc#user");
const noStore = el("no-store", "urn:xmpp:hints");
const fastened = el(
  "apply-to",
  "urn:xmpp:fasten:0",
  { id: "x" },
  el("retract", "urn:xmpp:message-retract:0"),
);

describe("worth delivering", () => {
  it.each<[string, ElementView[], string]>([
    ["a text", [body, active], "a"],
    ["a text with an origin-id", [body, origin], "a"],
    ["OMEMO 2", [el("encrypted", "urn:xmpp:omemo:2")], "a"],
    [
      "old OMEMO",
      [el("encrypted", "eu.siacs.conversations.axolotl"), body],
      "a",
    ],
    ["OpenPGP", [el("openpgp", "urn:xmpp:openpgp:0")], "a"],
    ["any encryption that says so", [eme], "a"],
    [
      "a correction",
      [body, el("replace", "urn:xmpp:message-correct:0", { id: "x" })],
      "x",
    ],
    [
      "a retraction",
      [el("retract", "urn:xmpp:message-retract:1", { id: "x" })],
      "x",
    ],
    ["a retraction of old", [fastened], "x"],
    ["a reaction", [el("reactions", "urn:xmpp:reactions:0", { id: "x" })], "x"],
    ["a text that nobody shall keep", [body, eme, noStore], "a"],
  ])("%s", (_, children, target) => {
    const originId = children.includes(origin) ? "o" : null;
    expect(readOutgoing(message({ id: "a" }, ...children))).toEqual({
      kind: "message",
      room: ROOM,
      isPrivate: false,
      id: "a",
      originId,
      target,
    });
  });

  it.each<[string, ElementView[]]>([
    ["a private text", [body]],
    ["a private text that says so", [body, mucUser]],
    ["a private secret", [eme, mucUser]],
  ])("%s", (_, children) => {
    const to = `${ROOM}/bob`;
    const stanza = message({ id: "a", type: "chat", to }, ...children);
    expect(readOutgoing(stanza)).toMatchObject({
      kind: "message",
      room: ROOM,
      isPrivate: true,
      id: "a",
    });
  });

  it("a message with nothing but an origin-id goes by that", () => {
    expect(readOutgoing(message({}, body, origin))).toMatchObject({
      kind: "message",
      id: "o",
      originId: "o",
    });
  });

  it("rooms are told apart in lower case", () => {
    const shouted = message({ id: "a", to: ROOM.toUpperCase() }, body);
    expect(readOutgoing(shouted)).toMatchObject({ room: ROOM });
  });
});

describe("out of date at once", () => {
  it.each<[string, ElementView[]]>([
    ["a chat state", [active]],
    ["a chat state with hints", [active, noStore]],
    ["a chat marker", [displayed]],
    ["an encrypted chat state", [eme, noStore]],
  ])("%s", (_, children) => {
    expect(readOutgoing(message({ id: "a" }, ...children))).toEqual({
      kind: "passing",
      room: ROOM,
    });
  });
});

describe("somebody else's business", () => {
  it.each<[string, ElementView]>([
    ["a subject", message({ id: "a" }, el("subject"))],
    ["a request for voice", message({ id: "a" }, el("x", "jabber:x:data"))],
    ["a message without any id", message({}, body)],
    [
      "a groupchat message to an occupant",
      message({ id: "a", to: `${ROOM}/bob` }, body),
    ],
    ["a chat", message({ id: "a", type: "chat" }, body)],
    ["an empty message", message({ id: "a" })],
    ["a message to nobody", el("message", "jabber:client", { id: "a" }, body)],
    ["a presence", el("presence", "jabber:client", { to: ROOM })],
    [
      "another apply-to",
      message({ id: "a" }, el("apply-to", "urn:xmpp:fasten:0", { id: "x" })),
    ],
  ])("%s", (_, stanza) => {
    expect(readOutgoing(stanza)).toEqual({ kind: "other" });
  });
});
