import type { PageOutcome, PageStart } from "../../core/catch-up/pages.js";
import { bareJid } from "../../core/jid.js";
import { PASSING_ERRORS } from "../../core/outbox/message-error.js";
import type { RoomJid } from "../../core/events.js";
import { randomToken } from "../clock.js";
import type { StanzaBuilder } from "../converse-types.js";
import { MAM, archivedIn, childNamed } from "../stanza-view.js";
import type { Wire } from "./iq.js";

const RSM = "http://jabber.org/protocol/rsm";
const FORMS = "jabber:x:data";

/** A message of an archive. */
export interface ArchivedMessage {
  /** The archive's id of it. */
  readonly id: string;
  /** The stanza that carries it, as the archive sent it. */
  readonly carrier: Element;
  /** The message itself. */
  readonly message: Element;
}

/** A page of an archive. */
export type ArchivePage = PageOutcome & {
  readonly messages: readonly ArchivedMessage[];
};

interface Query {
  readonly room: RoomJid;
  readonly messages: ArchivedMessage[];
  /** A message came: the answer has its time from now on. */
  extend(): void;
}

/** Reads rooms' archives (XEP-0313), a page at a time (XEP-0059). */
export class Archive {
  private readonly queries = new Map<string, Query>();

  constructor(private readonly wire: Wire) {}

  /**
   * Asks for a page; always ends, never rejects.
   *
   * @param max how many messages at most
   */
  async page(
    room: RoomJid,
    from: PageStart,
    max: number,
  ): Promise<ArchivePage> {
    // An archive's messages are told from forged ones by an id that nobody else knows.
    const queryid = randomToken();
    const messages: ArchivedMessage[] = [];
    const answer = await this.wire.request(
      "set",
      room,
      (iq) => fill(iq.c("query", { xmlns: MAM, queryid }), from, max),
      (extend) => this.queries.set(queryid, { room, messages, extend }),
    );
    this.queries.delete(queryid);
    if (answer.kind === "error") {
      const { condition } = answer.error;
      if (PASSING_ERRORS.has(condition)) return { kind: "no-answer", messages };
      const isUnknown = condition === "item-not-found";
      return { kind: isUnknown ? "unknown" : "error", messages };
    }
    if (answer.kind !== "result") return { kind: answer.kind, messages };
    const fin = childNamed(answer.element, "fin", MAM);
    const last = childNamed(childNamed(fin, "set", RSM), "last", RSM);
    return {
      kind: "page",
      messages,
      last: last?.textContent || null,
      isComplete: fin?.getAttribute("complete") === "true",
    };
  }

  /** Takes what a message carries for a page that was asked for. */
  collect(carrier: Element): void {
    if (this.queries.size === 0) return;
    const archived = archivedIn(carrier);
    if (!archived) return;
    const { result, message } = archived;
    const query = this.queries.get(result.getAttribute("queryid") ?? "");
    if (carrier.getAttribute("from")?.toLowerCase() !== query?.room) return;
    const id = result.getAttribute("id");
    if (!query || !id) return;
    if (bareJid(message.getAttribute("from") ?? "") !== query.room) return;
    query.extend();
    query.messages.push({ id, carrier, message });
  }
}

function fill(
  query: StanzaBuilder,
  from: PageStart,
  max: number,
): StanzaBuilder {
  if ("start" in from && from.start !== null) {
    const field = (name: string, value: string, type?: string) =>
      query
        .c("field", { var: name, ...(type && { type }) })
        .c("value")
        .t(value)
        .up()
        .up();
    query.c("x", { xmlns: FORMS, type: "submit" });
    field("FORM_TYPE", MAM, "hidden");
    field("start", new Date(from.start).toISOString());
    query.up();
  }
  query.c("set", { xmlns: RSM }).c("max").t(String(max)).up();
  if ("after" in from) query.c("after").t(from.after).up();
  return query;
}
