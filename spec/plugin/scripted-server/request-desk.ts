import type { Answer, Responder } from "./answers";
import { ArrivalLog } from "./arrival-log";
import { roomRequestOf, type RoomRequest } from "./room-request";
import type { Session } from "./session";
import { errorOf } from "./stanzas";
import type { Element } from "./xml";

/** The requests whose outcome a test may decide. */
export type Scriptable =
  | "join"
  | "nick"
  | "ping"
  | "enable"
  | "disable"
  | "message"
  | "info"
  | "archive";

/** Where a room takes its requests: logs them, and lets a test decide on them. */
export abstract class RequestDesk {
  private readonly received = new ArrivalLog<Element>();
  private readonly script = new Map<Scriptable, Responder>();
  /** The joins that are not decided yet. */
  private readonly joins = new Map<Session, Promise<void>>();

  constructor(readonly jid: string) {}

  // What a test scripts.

  onPing(responder: Responder): void {
    this.script.set("ping", responder);
  }

  onJoin(responder: Responder): void {
    this.script.set("join", responder);
  }

  onEnable(responder: Responder): void {
    this.script.set("enable", responder);
  }

  onDisable(responder: Responder): void {
    this.script.set("disable", responder);
  }

  onNick(responder: Responder): void {
    this.script.set("nick", responder);
  }

  onMessage(responder: Responder): void {
    this.script.set("message", responder);
  }

  onInfo(responder: Responder): void {
    this.script.set("info", responder);
  }

  onArchive(responder: Responder): void {
    this.script.set("archive", responder);
  }

  /** Behaves as if no test had said anything about these requests (by default: about any). */
  unscript(...requests: Scriptable[]): void {
    if (requests.length === 0) this.script.clear();
    for (const request of requests) this.script.delete(request);
  }

  // What a test sees.

  all(request: RoomRequest, from = 0): Element[] {
    return this.received.all(
      (stanza) => roomRequestOf(stanza) === request,
      from,
    );
  }

  /** Whatever came, of any kind. */
  everything(from = 0): Element[] {
    return this.received.entries.slice(from);
  }

  count(request: RoomRequest, from = 0): number {
    return this.all(request, from).length;
  }

  /** The `n`th request of a kind (from 1), as soon as it is there. */
  nth(request: RoomRequest, n: number, from = 0): Promise<Element> {
    const what = `${request} at ${this.jid}`;
    return this.received.nth(
      (stanza) => roomRequestOf(stanza) === request,
      n,
      from,
      what,
    );
  }

  mark(): number {
    return this.received.mark();
  }

  /** The requests of these kinds, in the order of their arrival. */
  order(from: number, ...requests: RoomRequest[]): RoomRequest[] {
    const kinds = this.received.entries.slice(from).map(roomRequestOf);
    return kinds.filter((kind) => requests.includes(kind));
  }

  protected log(stanza: Element): void {
    this.received.record(stanza);
  }

  /** Lets the script decide, at once or later; without a script the rules of the room do. */
  protected decide(
    request: Scriptable,
    session: Session,
    stanza: Element,
    grant: () => void,
  ): void {
    const apply = (answer: Answer): void => {
      if (answer.kind === "result") grant();
      else if (answer.kind === "error")
        session.send(errorOf(stanza, answer.error));
    };
    const responder =
      this.script.get(request) ?? (() => this.ruling(request, session, stanza));
    const answer = responder(stanza);
    if (!(answer instanceof Promise)) return apply(answer);
    const applied = answer.then(apply);
    if (request === "join") this.joins.set(session, applied);
  }

  /** Does something when the join that a session sent before is decided, as a room that works in order. */
  protected afterJoin(session: Session, act: () => void): void {
    const join = this.joins.get(session);
    if (join) void join.then(act);
    else act();
  }

  /** What becomes of a request that no test has said anything about. */
  protected abstract ruling(
    request: Scriptable,
    session: Session,
    stanza: Element,
  ): Answer;
}
