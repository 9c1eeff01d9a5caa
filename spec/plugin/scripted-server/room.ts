import { error, result, type Answer } from "./answers";
import { Archive } from "./archive";
import { resourceOf } from "./jid";
import { NS } from "./namespaces";
import { RequestDesk, type Scriptable } from "./request-desk";
import { roomRequestOf } from "./room-request";
import {
  occupantPresence,
  roomInfo,
  subject,
  type Affiliation,
  type Destruction,
  type OccupantPresence,
} from "./room-stanzas";
import type { Session } from "./session";
import { errorOf, resultOf } from "./stanzas";
import { attribute, copyOf, x, type Element } from "./xml";

interface Seat {
  session: Session;
  nick: string;
}

export interface Removal {
  codes?: number[];
  destroy?: Destruction;
  /** Speaks as the room itself, not as the occupant. */
  fromRoom?: boolean;
}

const basicFeatures = [
  NS.muc,
  NS.stanzaId,
  NS.stableId,
  NS.push,
  "muc_open",
  "muc_persistent",
  "muc_public",
  "muc_unmoderated",
  "muc_semianonymous",
];

/**
 * A room that follows XEP-0045 until a test says otherwise. It logs what it was
 * asked for, so that a test can count and wait.
 */
export class Room extends RequestDesk {
  readonly features = new Set<string>(basicFeatures);
  readonly archive = new Archive();
  /** Node by full JID, as enabled. */
  readonly registrations = new Map<string, string>();
  /** The affiliation of everybody who joins. */
  affiliation: Affiliation = "none";
  /** Further status codes of the self-presence, such as 201 or 210. */
  joinCodes: number[] = [];
  /** Sent to everybody who joins, before their own presence. */
  before: Element[] = [];
  /** Sent to everybody who joins, before the subject. */
  history: Element[] = [];
  /** The id that every joiner is given (XEP-0421). */
  occupantId: string | undefined;
  /** What becomes of another status from somebody who is not in the room. */
  strangersPresence: "ignored" | "refused" | "a join" = "ignored";
  /** Gives every joiner this nick in place of the one asked for. */
  imposedNick: string | undefined;
  private readonly seats = new Map<string, Seat>();
  private lastMessageId = 0;

  set hasArchive(isOn: boolean) {
    if (isOn) this.features.add(NS.mam);
    else this.features.delete(NS.mam);
  }

  isSeated(session: Session): boolean {
    return this.seats.get(session.fullJid)?.session === session;
  }

  nickOf(session: Session): string | undefined {
    return this.seats.get(session.fullJid)?.nick;
  }

  // What happens in the room.

  /** The service crashed and is back: everybody is out, and nobody was told. */
  forgetSeats(): void {
    this.seats.clear();
  }

  /** Takes the seat of a session that ended without a goodbye. */
  dropSeat(session: Session): void {
    if (this.isSeated(session)) this.seats.delete(session.fullJid);
  }

  /** Takes everybody's seat and tells them. */
  removeAll({ codes = [], destroy, fromRoom = false }: Removal): void {
    for (const { session, nick } of [...this.seats.values()]) {
      this.seats.delete(session.fullJid);
      const presence: OccupantPresence = {
        from: fromRoom ? this.jid : this.occupantJid(nick),
        to: session.fullJid,
        codes: fromRoom ? codes : [110, ...codes],
        isUnavailable: true,
        ...(destroy ? { destroy } : {}),
      };
      session.send(occupantPresence(presence));
    }
  }

  /** The service gives a session another nick: 303, then the new presence. */
  rename(session: Session, newNick: string, id?: string): void {
    const seat = this.seats.get(session.fullJid);
    if (!seat) throw new Error(`${session.fullJid} is not in ${this.jid}`);
    const common = { to: session.fullJid, affiliation: this.affiliation, id };
    session.send(
      occupantPresence({
        ...common,
        from: this.occupantJid(seat.nick),
        codes: [303, 110],
        isUnavailable: true,
        newNick,
      }),
    );
    seat.nick = newNick;
    session.send(
      occupantPresence({
        ...common,
        from: this.occupantJid(newNick),
        codes: [110],
      }),
    );
  }

  /** Somebody says something: to all who are seated, and into the archive. */
  say(nick: string, body: string): string {
    const message = x("message", { type: "groupchat" }, x("body", {}, body));
    return this.broadcast(nick, message);
  }

  /** Any message, as the room would pass it on: to all who are seated, and into the archive. */
  pass(nick: string, message: Element): string {
    return this.broadcast(nick, message);
  }

  /** Somebody said something a while ago, as rooms tell those who join (XEP-0045 §7.2.14). */
  recall(nick: string, body: string, stamp: Date, id?: string): Element {
    return x(
      "message",
      {
        xmlns: NS.client,
        type: "groupchat",
        from: this.occupantJid(nick),
        id,
      },
      x("body", {}, body),
      x("delay", {
        xmlns: NS.delay,
        from: this.jid,
        stamp: stamp.toISOString(),
      }),
    );
  }

  /** The answer to whatever a client sends to this room or to an occupant in it. */
  receive(session: Session, stanza: Element): void {
    const request = roomRequestOf(stanza);
    this.log(stanza);
    switch (request) {
      case "join":
        return this.decide("join", session, stanza, () =>
          this.join(session, stanza),
        );
      case "presence":
        return this.onPresence(session, stanza);
      case "leave":
        return this.leave(session, stanza);
      case "message":
        return this.decide("message", session, stanza, () =>
          this.onGroupchat(session, stanza),
        );
      case "ping":
      case "disable":
        return this.decide(request, session, stanza, () =>
          session.send(resultOf(stanza)),
        );
      case "enable":
        return this.decide("enable", session, stanza, () =>
          this.register(session, stanza),
        );
      case "info":
        return this.decide("info", session, stanza, () =>
          session.send(resultOf(stanza, roomInfo(this.features, this.jid))),
        );
      case "archive":
        return this.afterJoin(session, () =>
          this.decide("archive", session, stanza, () =>
            this.onArchiveQuery(session, stanza),
          ),
        );
      case "answer":
        return;
      default:
        return this.onOther(session, stanza);
    }
  }

  private occupantJid(nick: string): string {
    return `${this.jid}/${nick}`;
  }

  protected ruling(
    request: Scriptable,
    session: Session,
    stanza: Element,
  ): Answer {
    const isForEverybody = ["join", "disable", "info", "archive"].includes(
      request,
    );
    if (!isForEverybody && !this.isSeated(session))
      return error("not-acceptable", "cancel", this.jid);
    const enable = stanza.getChild("enable", NS.push);
    if (!enable) return result;
    if (!attribute(enable, "node") || !attribute(enable, "jid"))
      return error("bad-request", "modify");
    const isOwn = attribute(enable, "jid") === session.fullJid;
    return isOwn ? result : error("forbidden", "auth");
  }

  private join(session: Session, stanza: Element): void {
    const asked = resourceOf(attribute(stanza, "to") ?? "") ?? "";
    const nick = this.imposedNick ?? asked;
    this.seats.set(session.fullJid, { session, nick });
    for (const presence of this.before) session.send(presence);
    const self = occupantPresence({
      from: this.occupantJid(nick),
      to: session.fullJid,
      id: attribute(stanza, "id"),
      affiliation: this.affiliation,
      codes: [110, ...(nick === asked ? [] : [210]), ...this.joinCodes],
    });
    const { occupantId: id } = this;
    if (id) self.append(x("occupant-id", { xmlns: NS.occupantId, id }));
    session.send(self);
    for (const past of this.history) {
      const copy = copyOf(past);
      copy.attrs["to"] = session.fullJid;
      session.send(copy);
    }
    session.send(subject(this.jid, session.fullJid, ""));
  }

  private onPresence(session: Session, stanza: Element): void {
    const seat = this.seats.get(session.fullJid);
    if (!seat && this.strangersPresence === "refused") {
      const gone = { condition: "item-not-found", type: "cancel" } as const;
      return session.send(errorOf(stanza, gone));
    }
    if (!seat && this.strangersPresence === "a join") {
      return this.join(session, stanza);
    }
    const asked = resourceOf(attribute(stanza, "to") ?? "");
    if (!seat || asked === undefined || asked === seat.nick) return;
    this.decide("nick", session, stanza, () =>
      this.rename(session, asked, attribute(stanza, "id")),
    );
  }

  private leave(session: Session, stanza: Element): void {
    const seat = this.seats.get(session.fullJid);
    if (!seat) return;
    this.seats.delete(session.fullJid);
    session.send(
      occupantPresence({
        from: this.occupantJid(seat.nick),
        to: session.fullJid,
        id: attribute(stanza, "id"),
        codes: [110],
        isUnavailable: true,
      }),
    );
  }

  private onGroupchat(session: Session, stanza: Element): void {
    // A private message is its occupant's alone, and has no echo.
    if (attribute(stanza, "type") !== "groupchat") return;
    this.broadcast(this.nickOf(session) ?? "", stanza);
  }

  private broadcast(nick: string, original: Element): string {
    this.lastMessageId += 1;
    const id = `archive-${this.lastMessageId}`;
    const message = copyOf(original);
    message.attrs["from"] = this.occupantJid(nick);
    message.attrs["xmlns"] = NS.client;
    message.append(x("stanza-id", { xmlns: NS.stanzaId, id, by: this.jid }));
    this.archive.add(id, message);
    for (const { session } of this.seats.values()) {
      const copy = copyOf(message);
      copy.attrs["to"] = session.fullJid;
      session.send(copy);
    }
    return id;
  }

  private register(session: Session, stanza: Element): void {
    const enable = stanza.getChild("enable", NS.push);
    const node = enable && attribute(enable, "node");
    if (node) this.registrations.set(session.fullJid, node);
    session.send(resultOf(stanza));
  }

  private onArchiveQuery(session: Session, stanza: Element): void {
    for (const answer of this.archive.answer(stanza)) session.send(answer);
  }

  /** Member lists are empty, other queries unknown; configuration is always accepted. */
  private onOther(session: Session, stanza: Element): void {
    if (stanza.getName() !== "iq") return;
    const list = stanza.getChild("query", NS.mucAdmin);
    if (list)
      return session.send(resultOf(stanza, x("query", { xmlns: NS.mucAdmin })));
    if (stanza.getChild("query", NS.mucOwner))
      return session.send(resultOf(stanza));
    return session.send(
      errorOf(stanza, { condition: "service-unavailable", type: "cancel" }),
    );
  }
}
