import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { answerAsAccount } from "./account";
import { ClientStream, type StreamHost } from "./client-stream";
import { domainOf, bareOf } from "./jid";
import { NS } from "./namespaces";
import { Room } from "./room";
import { Session, type Socket } from "./session";
import {
  errorOf,
  pushOf,
  resultOf,
  type PushOptions,
  type StanzaError,
} from "./stanzas";
import { ArrivalLog } from "./arrival-log";
import { attribute, x, type Element } from "./xml";

export interface ServerOptions {
  offersStreamManagement?: boolean;
}

const FENCE = "fence";
/** After so many round trips without anything else a client has come to rest. */
const QUIET_TRIPS = 4;

/** What becomes of the requests to a server that is away. */
type Outage = StanzaError | "silent";

/** A push as a test words it: what it leaves out is as a well-behaved room would send it. */
export type PushWords = Partial<Omit<PushOptions, "from">> &
  Pick<PushOptions, "from">;

/**
 * An XMPP server in one process, over WebSocket: one domain for users, one for
 * rooms and more on demand, all as lenient as possible and steered by a test.
 */
export class ScriptedServer implements StreamHost {
  readonly domain = "users.test";
  readonly mucDomain = "rooms.test";
  readonly offersStreamManagement: boolean;
  /** Every stanza of every client. */
  readonly received = new ArrivalLog<Element>();
  /** By the domain of a rooms' server that is away: what the users' server answers for it. */
  readonly away = new Map<string, Outage>();
  private readonly rooms = new Map<string, Room>();
  private readonly hosts = new Set([this.mucDomain]);
  private readonly sessions = new Map<string, Session>();
  private newest: Session | undefined;
  private lastId = 0;
  private readonly run = Math.random().toString(36).slice(2, 8);

  private constructor(
    private readonly listener: WebSocketServer,
    options: ServerOptions,
  ) {
    this.offersStreamManagement = options.offersStreamManagement ?? false;
    listener.on("connection", (webSocket) => new ClientStream(webSocket, this));
  }

  static async start(options: ServerOptions = {}): Promise<ScriptedServer> {
    const listener = new WebSocketServer({
      host: "127.0.0.1",
      port: 0,
      handleProtocols: () => "xmpp",
    });
    await new Promise<void>((resolve, reject) => {
      listener.once("listening", resolve);
      listener.once("error", reject);
    });
    return new ScriptedServer(listener, options);
  }

  async stop(): Promise<void> {
    for (const webSocket of this.listener.clients) webSocket.terminate();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.listener.address() as AddressInfo).port}/`;
  }

  // What a test steers.

  /**
   * A room; it exists from the first mention on, and so does its host.
   *
   * @param name the local part of its JID, or all of it where its host is another one
   */
  room(name: string): Room {
    const jid = name.includes("@") ? name : `${name}@${this.mucDomain}`;
    const room = this.rooms.get(jid) ?? new Room(jid);
    this.rooms.set(jid, room);
    this.hosts.add(domainOf(jid));
    return room;
  }

  /** What the users' server answers for the usual rooms' server while that one is away. */
  set mucDown(outage: Outage | undefined) {
    if (outage) this.away.set(this.mucDomain, outage);
    else this.away.delete(this.mucDomain);
  }

  /** The client that logged in last. */
  get client(): Session {
    if (!this.newest) throw new Error("nobody has logged in yet");
    return this.newest;
  }

  send(stanza: Element | string, session = this.client): void {
    session.send(stanza);
  }

  /** Sends a push and returns its id; without a `node` key it carries the node that was enabled. */
  push(words: PushWords): string {
    const to = words.to ?? this.client.fullJid;
    const id = words.id ?? this.uniqueId("push");
    const push: PushOptions = { ...words, to, id };
    if (!("node" in words)) {
      const node = this.rooms.get(bareOf(words.from))?.registrations.get(to);
      if (node !== undefined) push.node = node;
    }
    this.send(pushOf(push));
    return id;
  }

  /** The client's answer to an IQ of the server, whether it has come yet or not. */
  answerTo(id: string): Promise<Element> {
    return this.received.next(isAnswerTo(id), 0, `the answer to ${id}`);
  }

  answersTo(id: string): Element[] {
    return this.received.all(isAnswerTo(id));
  }

  /** Returns after the client has dealt with everything that was sent to it before. */
  async roundTrip(): Promise<void> {
    const id = this.uniqueId(FENCE);
    const to = this.client.fullJid;
    const ping = x("ping", { xmlns: NS.ping });
    this.send(
      x(
        "iq",
        { xmlns: NS.client, type: "get", id, to, from: this.domain },
        ping,
      ),
    );
    await this.answerTo(id);
  }

  /** Returns when the client has read every answer and has nothing more to ask. */
  async settle(): Promise<void> {
    for (let quietTrips = 0; quietTrips < QUIET_TRIPS;) {
      const from = this.received.mark();
      await this.roundTrip();
      const news = this.received.all((stanza) => !isFence(stanza), from);
      quietTrips = news.length === 0 ? quietTrips + 1 : 0;
    }
  }

  /** The service crashed and is back: every room (by default: of every host) has forgotten its seats. */
  rebootRooms(host?: string): void {
    for (const room of this.rooms.values()) {
      if (host === undefined || domainOf(room.jid) === host) room.forgetSeats();
    }
  }

  /** A stream that a client would like to resume is gone. */
  forgetStreams(): void {
    for (const session of [...this.sessions.values()]) {
      if (!session.isConnected) this.end(session);
    }
  }

  // What a stream needs.

  uniqueId(prefix: string): string {
    this.lastId += 1;
    return `${prefix}-${this.run}-${this.lastId}`;
  }

  bind(user: string, resource: string, socket: Socket): Session {
    const fullJid = `${user}@${this.domain}/${resource}`;
    const session = new Session(fullJid, socket);
    const replaced = this.sessions.get(fullJid);
    if (replaced) this.end(replaced);
    this.sessions.set(fullJid, session);
    this.newest = session;
    return session;
  }

  findResumable(id: string): Session | undefined {
    return [...this.sessions.values()].find(
      (session) => session.streamManagement?.id === id,
    );
  }

  onSocketClosed(session: Session, isGoodbye: boolean): void {
    const isStale =
      this.sessions.get(session.fullJid) !== session || session.isConnected;
    if (isStale) return;
    if (isGoodbye || !session.streamManagement) this.end(session);
  }

  onStanza(session: Session, stanza: Element): void {
    this.received.record(stanza);
    const to = attribute(stanza, "to") ?? "";
    if (this.hosts.has(domainOf(to))) this.toRooms(session, stanza, to);
    else if (stanza.getName() === "iq" && isRequest(stanza))
      session.send(answerAsAccount(stanza));
    else if (stanza.getName() === "presence" && to === "") session.send(stanza);
  }

  private toRooms(session: Session, stanza: Element, to: string): void {
    const outage = this.away.get(domainOf(to));
    if (outage === "silent") return;
    if (outage) {
      if (isRequest(stanza)) session.send(errorOf(stanza, outage));
      return;
    }
    if (to.includes("@")) return this.room(bareOf(to)).receive(session, stanza);
    if (isRequest(stanza) && stanza.getName() === "iq")
      session.send(this.answerAsService(stanza));
  }

  private answerAsService(request: Element): Element {
    const info = request.getChild("query", NS.discoInfo);
    if (!info) return answerAsAccount(request);
    const identity = x("identity", { category: "conference", type: "text" });
    const feature = x("feature", { var: NS.muc });
    return resultOf(
      request,
      x("query", { xmlns: NS.discoInfo }, identity, feature),
    );
  }

  private end(session: Session): void {
    session.dropSocket();
    this.sessions.delete(session.fullJid);
    for (const room of this.rooms.values()) room.dropSeat(session);
  }
}

function isFence(stanza: Element): boolean {
  return attribute(stanza, "id")?.startsWith(`${FENCE}-`) ?? false;
}

function isRequest(stanza: Element): boolean {
  const type = attribute(stanza, "type");
  return type !== "result" && type !== "error";
}

function isAnswerTo(id: string) {
  return (stanza: Element): boolean =>
    stanza.getName() === "iq" &&
    !["get", "set"].includes(attribute(stanza, "type") ?? "") &&
    attribute(stanza, "id") === id;
}
