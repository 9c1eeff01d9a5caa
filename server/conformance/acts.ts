/** What a client does with a room that pushes, and what it then sees. */
import { randomUUID } from "node:crypto";
import { createElement, type Element } from "ltx";
import type { RawClient } from "../../rig/raw-client";
import { localpart } from "./stage";

export const NS = {
  disco: "http://jabber.org/protocol/disco#info",
  mucAdmin: "http://jabber.org/protocol/muc#admin",
  mucOwner: "http://jabber.org/protocol/muc#owner",
  pubsub: "http://jabber.org/protocol/pubsub",
  push: "urn:xmpp:push:0",
  ready: "urn:xmpp:muc-ready:0",
  invite: "jabber:x:conference",
  stanzas: "urn:ietf:params:xml:ns:xmpp-stanzas",
} as const;

export interface Registration {
  jid?: string;
  node?: string;
}

/** "result", or the error as "type/condition". */
export function outcomeOf(iq: Element): string {
  if (iq.attrs.type !== "error") return String(iq.attrs.type);
  const error = iq.getChild("error");
  const condition = error?.children.find(
    (child) => typeof child !== "string" && child.getNS() === NS.stanzas,
  ) as Element | undefined;
  return `${String(error?.attrs.type)}/${condition?.getName() ?? "none"}`;
}

async function ask(
  client: RawClient,
  to: string,
  type: string,
  payload: Element,
): Promise<string> {
  return outcomeOf(
    await client.request(createElement("iq", { type, to }, payload)),
  );
}

function askToPush(
  client: RawClient,
  room: string,
  name: "enable" | "disable",
  registration: Registration,
) {
  const payload = createElement(name, { xmlns: NS.push, ...registration });
  return ask(client, room, "set", payload);
}

/** Resolves with the outcome; an attribute that is not given is not sent. */
export function enable(
  client: RawClient,
  room: string,
  registration: Registration,
) {
  return askToPush(client, room, "enable", registration);
}

/** Resolves with the outcome; an attribute that is not given is not sent. */
export function disable(
  client: RawClient,
  room: string,
  registration: Registration,
) {
  return askToPush(client, room, "disable", registration);
}

/** Takes the registration back, which tells whether it was there. */
export async function wasRegistered(
  client: RawClient,
  room: string,
  jid = client.jid,
): Promise<boolean> {
  const outcome = await disable(client, room, { jid });
  if (outcome === "result") return true;
  if (outcome === "cancel/item-not-found") return false;
  throw new Error(`disable ended with ${outcome}`);
}

/** Joins and enables; resolves with the node. */
export async function register(
  client: RawClient,
  room: string,
  nick = localpart(client.jid),
): Promise<string> {
  await client.joinRoom(room, nick);
  const node = randomUUID();
  const outcome = await enable(client, room, { jid: client.jid, node });
  if (outcome !== "result") throw new Error(`enable ended with ${outcome}`);
  return node;
}

/** Registers and then leaves without a `disable`: a registered full JID without a seat. */
export async function registerAndLeave(
  client: RawClient,
  room: string,
  nick = localpart(client.jid),
): Promise<string> {
  const node = await register(client, room, nick);
  await client.leaveRoom(room, nick);
  return node;
}

/** The features that the room announces. */
export async function featuresOf(
  client: RawClient,
  room: string,
): Promise<string[]> {
  const info = await client.request(
    createElement(
      "iq",
      { type: "get", to: room },
      createElement("query", { xmlns: NS.disco }),
    ),
  );
  const features = info.getChild("query", NS.disco)?.getChildren("feature");
  return (features ?? []).map(({ attrs }) => String(attrs.var));
}

function isReady(stanza: Element, room: string): boolean {
  return (
    stanza.is("message") &&
    stanza.attrs.from === room &&
    stanza.getChild("ready", NS.ready) !== undefined
  );
}

/** Every "MUC is ready" of that room that has come. */
export function readyMessagesOf(client: RawClient, room: string): Element[] {
  return client.received.filter((stanza) => isReady(stanza, room));
}

/** Resolves with the room's "MUC is ready", whether it has come already or not. */
export function waitForReady(
  client: RawClient,
  room: string,
): Promise<Element> {
  return client.waitFor((stanza) => isReady(stanza, room));
}

/** Whether the room asks for a push there. */
export function isPush(stanza: Element, room?: string): boolean {
  return (
    stanza.is("iq") &&
    stanza.attrs.type === "set" &&
    stanza.getChild("pubsub", NS.pubsub) !== undefined &&
    (room === undefined || stanza.attrs.from === room)
  );
}

/** Every push of that room that has come, answered or not. */
export function pushesOf(client: RawClient, room: string): Element[] {
  return client.received.filter((stanza) => isPush(stanza, room));
}

/** Resolves with the push number `count` (from 1) of that room. */
export async function waitForPush(
  client: RawClient,
  room: string,
  count = 1,
): Promise<Element> {
  for (;;) {
    const arrived = pushesOf(client, room)[count - 1];
    if (arrived) return arrived;
    await client.waitForNext((stanza) => isPush(stanza, room));
  }
}

/**
 * Resolves when everything that the room had sent to this client has arrived: stanzas between two servers keep
 * their order, so the answer to this request comes after them.
 */
export async function fence(client: RawClient, room: string): Promise<void> {
  await ask(client, room, "get", createElement("query", { xmlns: NS.disco }));
}

/** Says something, and resolves when a push that it set off has reached the absentee. */
export async function sayAndFence(
  speaker: RawClient,
  room: string,
  absentee: RawClient,
): Promise<void> {
  await speaker.say(room, randomUUID());
  await fence(absentee, room);
}

/** A room that ends may take a question with it. */
const LOST_MS = 1_000;

/** Resolves when the room is gone: what is sent to it while it ends may get lost with it (seen with ejabberd). */
export async function waitUntilGone(
  client: RawClient,
  room: string,
): Promise<void> {
  const info = createElement("query", { xmlns: NS.disco });
  for (;;) {
    const iq = createElement("iq", { type: "get", to: room }, info);
    const answer = await client
      .request(iq, { timeoutMs: LOST_MS })
      .catch(() => undefined);
    if (answer && outcomeOf(answer) === "cancel/item-not-found") return;
  }
}

/** An `<error/>` as in RFC 6120 § 8.3.2. */
export function stanzaError(type: string, condition: string): string {
  return `<error type="${type}"><${condition} xmlns="${NS.stanzas}"/></error>`;
}

async function administrate(
  admin: RawClient,
  room: string,
  change: Record<string, string>,
): Promise<void> {
  const item = createElement("item", change);
  const query = createElement("query", { xmlns: NS.mucAdmin }, item);
  const outcome = await ask(admin, room, "set", query);
  if (outcome !== "result")
    throw new Error(`${JSON.stringify(change)} ended with ${outcome}`);
}

/** @throws Error when the room refuses */
export function setAffiliation(
  admin: RawClient,
  room: string,
  jid: string,
  affiliation: string,
): Promise<void> {
  return administrate(admin, room, { jid, affiliation });
}

/** @param role "none" is a kick @throws Error when the room refuses */
export function setRole(
  admin: RawClient,
  room: string,
  nick: string,
  role: string,
): Promise<void> {
  return administrate(admin, room, { nick, role });
}

/** @throws Error when the room refuses */
export async function destroyRoom(
  owner: RawClient,
  room: string,
): Promise<void> {
  const query = createElement(
    "query",
    { xmlns: NS.mucOwner },
    createElement("destroy", {}),
  );
  const outcome = await ask(owner, room, "set", query);
  if (outcome !== "result") throw new Error(`destroy ended with ${outcome}`);
}
