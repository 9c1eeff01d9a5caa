import { describe, expect, it } from "vitest";
import {
  PUBSUB,
  PUSH,
  readPush,
  replyTo,
  type ElementView,
} from "../../src/core/push-notice.js";

const ROOM = "room@muc.example";
const NODE = "0123456789abcdef0123456789abcdef";

const el = (
  name: string,
  ns: string,
  attributes: Record<string, string> = {},
  ...children: ElementView[]
): ElementView => ({ name, ns, attributes, children });
const notification = el("notification", PUSH);
const item = (...children: ElementView[]) =>
  el("item", PUBSUB, {}, ...children);
const publish = (...items: ElementView[]) =>
  el("publish", PUBSUB, { node: NODE }, ...items);
const iq = (...children: ElementView[]) =>
  el("iq", "jabber:client", { from: ROOM, type: "set" }, ...children);
const pubsub = (...children: ElementView[]) =>
  el("pubsub", PUBSUB, {}, ...children);
const junk = el("junk", "urn:example:junk", { node: "x" });

describe("an IQ is read as a push", () => {
  const push = { from: ROOM, node: NODE };

  it.each([
    ["the plain one", iq(pubsub(publish(item(notification))))],
    [
      "a summary and publish-options beside it",
      iq(
        pubsub(
          publish(
            item(
              el("notification", PUSH, {}, el("x", "jabber:x:data")),
              el("x", "jabber:x:data"),
            ),
          ),
          el("publish-options", PUBSUB),
        ),
      ),
    ],
    [
      "junk on every level",
      iq(
        junk,
        pubsub(junk, publish(junk, item(junk), item(junk, notification))),
        junk,
      ),
    ],
  ])("when it is %s", (_, stanza) => {
    expect(readPush(stanza)).toEqual(push);
  });

  it("without a node when the publish has none", () => {
    const stanza = iq(pubsub(el("publish", PUBSUB, {}, item(notification))));
    expect(readPush(stanza)).toEqual({ from: ROOM, node: null });
  });

  it("without a sender when it has none", () => {
    const stanza = el(
      "iq",
      "jabber:client",
      {},
      pubsub(publish(item(notification))),
    );
    expect(readPush(stanza)).toEqual({ from: "", node: NODE });
  });
});

describe("an IQ is somebody else's", () => {
  it.each([
    ["it is empty", iq()],
    ["it publishes something else", iq(pubsub(publish(item(junk))))],
    ["its item is empty", iq(pubsub(publish(item())))],
    ["it has no item", iq(pubsub(publish()))],
    ["the notification is not in an item", iq(pubsub(publish(notification)))],
    ["the notification is not in a publish", iq(pubsub(item(notification)))],
    [
      "the notification is of another namespace",
      iq(pubsub(publish(item(el("notification", "urn:xmpp:push:1"))))),
    ],
    [
      "the publish is of another namespace",
      iq(pubsub(el("publish", PUSH, { node: NODE }, item(notification)))),
    ],
    [
      "pubsub is of another namespace",
      iq(el("pubsub", `${PUBSUB}#event`, {}, publish(item(notification)))),
    ],
    [
      "pubsub is wrapped",
      iq(el("x", "y", {}, pubsub(publish(item(notification))))),
    ],
  ])("when %s", (_, stanza) => {
    expect(readPush(stanza)).toBeNull();
  });
});

describe("the answer to a push", () => {
  const target = {
    nodeOf: (room: string) =>
      ({ [ROOM]: NODE, "left@muc.example": "other" })[room] ?? null,
    isWanted: (room: string) => room === ROOM,
  };

  it.each([
    ["the room with its node", ROOM, NODE, "result"],
    ["the room with another node", ROOM, "guess", "item-not-found"],
    ["the room without a node", ROOM, null, "item-not-found"],
    ["the room with an empty node", ROOM, "", "item-not-found"],
    ["a room that was left", "left@muc.example", "other", "item-not-found"],
    ["another room with our node", "left@muc.example", NODE, "item-not-found"],
    ["an unknown room", "new@muc.example", NODE, "item-not-found"],
    ["the service", "muc.example", NODE, "item-not-found"],
    ["an occupant", `${ROOM}/mallory`, NODE, "item-not-found"],
    ["a stranger", "mallory@evil.example/x", NODE, "item-not-found"],
    ["nobody", "", NODE, "item-not-found"],
  ] as const)("from %s: %s %s", (_, from, node, reply) => {
    expect(replyTo({ from, node }, target)).toBe(reply);
  });
});
