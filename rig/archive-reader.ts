/** What a room's archive says (XEP-0313), read to its end by somebody who trusts nothing but the archive. */
import { randomUUID } from "node:crypto";
import { createElement, type Element } from "ltx";
import { bare, type RawClient, type WaitOptions } from "./raw-client";

const MAM = "urn:xmpp:mam:2";
const RSM = "http://jabber.org/protocol/rsm";
const FORWARD = "urn:xmpp:forward:0";
const STANZA_ID = "urn:xmpp:sid:0";
const CORRECT = "urn:xmpp:message-correct:0";
const RETRACT = "urn:xmpp:message-retract:1";

/** Servers cap it, each at another number; the reader goes on until the archive says that it is complete. */
const PAGE_SIZE = 100;

/** A message of a room, live or from the archive. */
export interface RoomMessage {
  /** What the room's archive calls it (XEP-0359); empty where the room keeps none. */
  readonly stanzaId: string;
  /** What its sender calls it; empty when the sender gave none. */
  readonly id: string;
  readonly nick: string;
  /** Empty for a message without one, as a reaction. */
  readonly body: string;
  readonly stanza: Element;
}

export const nickOf = (jid: string): string => jid.slice(jid.indexOf("/") + 1);

/** A live groupchat message as a RoomMessage; null when the stanza is something else. */
export function liveMessage(stanza: Element, room: string): RoomMessage | null {
  const { from = "", type, id = "" } = stanza.attrs as Record<string, string>;
  const isOfRoom = bare(from) === room && from.includes("/");
  if (!stanza.is("message") || type !== "groupchat" || !isOfRoom) return null;
  const stanzaId = stanza
    .getChildren("stanza-id", STANZA_ID)
    .find(({ attrs }) => attrs.by === room)?.attrs.id as string | undefined;
  const body = stanza.getChildText("body") ?? "";
  return { stanzaId: stanzaId ?? "", id, nick: nickOf(from), body, stanza };
}

function archivedMessage(message: Element, queryId: string): RoomMessage[] {
  const result = message.getChild("result", MAM);
  if (result?.attrs.queryid !== queryId) return [];
  const stanza = result.getChild("forwarded", FORWARD)?.getChild("message");
  if (!stanza) return [];
  const { from = "", id = "" } = stanza.attrs as Record<string, string>;
  const body = stanza.getChildText("body") ?? "";
  const stanzaId = result.attrs.id as string;
  return [{ stanzaId, id, nick: nickOf(from), body, stanza }];
}

interface ArchivePage {
  readonly messages: readonly RoomMessage[];
  /** Where the next page begins; undefined when this is the last one. */
  readonly last: string | undefined;
}

async function readPage(
  client: RawClient,
  room: string,
  after: string | undefined,
  wait: WaitOptions,
): Promise<ArchivePage> {
  const queryId = randomUUID();
  const messages: RoomMessage[] = [];
  const stop = client.onStanza((stanza) => {
    if (bare((stanza.attrs.from as string | undefined) ?? "") === room)
      messages.push(...archivedMessage(stanza, queryId));
  });
  const set = createElement(
    "set",
    { xmlns: RSM },
    createElement("max", {}, String(PAGE_SIZE)),
    ...(after === undefined ? [] : [createElement("after", {}, after)]),
  );
  const query = createElement("query", { xmlns: MAM, queryid: queryId }, set);
  try {
    const answer = await client.request(
      createElement("iq", { type: "set", to: room }, query),
      wait,
    );
    const fin = answer.getChild("fin", MAM);
    if (!fin) throw new Error(`${room} keeps its archive to itself: ${answer}`);
    const last = fin.getChild("set", RSM)?.getChildText("last") ?? undefined;
    const isComplete = ["true", "1"].includes(fin.attrs.complete as string);
    return { messages, last: isComplete ? undefined : last };
  } finally {
    stop();
  }
}

/**
 * Pages through a room's archive, from oldest to newest.
 * @param options.after the archive's id of the message after which to begin; the beginning by default
 * @throws Error when the room refuses or does not answer in time
 */
export async function readArchive(
  client: RawClient,
  room: string,
  { after, ...wait }: WaitOptions & { after?: string | undefined } = {},
): Promise<RoomMessage[]> {
  const all: RoomMessage[] = [];
  let from = after;
  do {
    const { messages, last } = await readPage(client, room, from, wait);
    all.push(...messages);
    from = last;
  } while (from !== undefined);
  return all;
}

/**
 * What a screen has to show of a history, top to bottom: messages with a body, the corrected ones as they were
 * corrected (XEP-0308), without the retracted ones (XEP-0424; Converse names them by their sender's id, others by
 * the room's). Only who wrote a message may change it.
 */
export function renderedHistory(
  history: readonly RoomMessage[],
): readonly RoomMessage[] {
  const shown: RoomMessage[] = [];
  for (const message of history) {
    const { stanza, nick, body } = message;
    const replaces = stanza.getChild("replace", CORRECT)?.attrs.id as unknown;
    const retracts = stanza.getChild("retract", RETRACT)?.attrs.id as unknown;
    const at = shown.findIndex(
      (old) =>
        old.nick === nick &&
        ((replaces !== undefined && old.id === replaces) ||
          (retracts !== undefined &&
            [old.stanzaId, old.id].includes(retracts as string))),
    );
    const old = shown[at];
    if (old && retracts !== undefined) shown.splice(at, 1);
    else if (old) shown[at] = { ...old, body };
    else if (body !== "" && retracts === undefined) shown.push(message);
  }
  return shown;
}
