/** A room in a page without Converse: the keeper, and all that reads archives and histories into Converse's model. */
import type { Archive, ArchivePage } from "../../src/converse/act/archive.js";
import { catchUpActs } from "../../src/converse/act/catching-up.js";
import type { Wire } from "../../src/converse/act/iq.js";
import { Reading } from "../../src/converse/act/reading.js";
import { Rooms } from "../../src/converse/act/rooms.js";
import { ROOM_STATUS, type Compat } from "../../src/converse/converse.js";
import type {
  MessageAttributes,
  MucModel,
} from "../../src/converse/converse-types.js";
import { Hooks, type HookParts } from "../../src/converse/listen/hooks.js";
import { setHistory } from "../../src/converse/stanza-view.js";
import type { AnchorStore } from "../../src/converse/store/anchors.js";
import type { Anchor, PageStart } from "../../src/core/catch-up/pages.js";
import type { PingAnswer } from "../../src/core/events.js";
import { wayOf } from "../../src/core/membership.js";
import type { RoomEvent } from "../../src/core/room-events.js";
import { Keeper } from "../../src/keeper.js";
import { idleActs } from "../acts.js";
import { LIMITS } from "../core/seat/life.js";
import { FakeClock, settled } from "../fake-clock.js";

export const ROOM = "room@muc.example";
const KEY = `stanza_id ${ROOM}`;

export type Said = MessageAttributes & { readonly received?: string };

/** Converse's model of a message, as far as catching up needs it. */
class Message {
  constructor(public attributes: Record<string, unknown>) {}
  get(name: string) {
    return this.attributes[name];
  }
  save(attributes: Record<string, unknown>) {
    Object.assign(this.attributes, attributes);
  }
}

export class ReadingWorld {
  readonly clock = new FakeClock();
  readonly models: Message[] = [];
  readonly asked: PageStart[] = [];
  /** The returns that were told, and for how long each user was out, in milliseconds. */
  readonly backs: number[] = [];
  /** The messages that went out again. */
  readonly sent: string[] = [];
  /** How often Converse said that some messages may be missing. */
  gaps = 0;
  hasArchive = true;
  /** The join that goes out next. */
  presence: Element | null = null;
  private readonly pages: ((page: ArchivePage) => void)[] = [];
  private readonly pings: ((answer: PingAnswer) => void)[] = [];
  private readonly anchors = new Map<string, Anchor>();
  private status: number = ROOM_STATUS.CONNECTING;
  private number = 0;
  private readonly muc = this.makeMuc();
  private readonly compat = this.makeCompat();
  private readonly rooms = new Rooms(this.compat, {} as Wire, this.clock);
  private reading = this.makeReading();
  keeper = this.makeKeeper();

  private makeMuc(): MucModel {
    const muc = {
      get: (name: string) => ({ jid: ROOM, type: "chatroom" })[name],
      features: { get: () => this.hasArchive },
      occupants: { fetchMembers: () => Promise.resolve() },
      messages: {
        models: this.models,
        fetched: Promise.resolve(),
        on: () => {},
        off: () => {},
        sort: () => this.sort(),
      },
      isHidden: () => false,
      queueMessage: (message: Said) => this.queue(message),
      createMessage: async () => void this.gaps++,
    };
    return muc as unknown as MucModel;
  }

  private makeCompat(): Compat {
    return {
      log: { debug: () => {} },
      chatBoxes: () => ({ get: () => this.muc }),
      discoEntity: () => undefined,
      status: () => this.status,
      canReadArchives: () => true,
      archivePageSize: () => 50,
      clearsOnReconnection: () => false,
      mightNotify: () => false,
      translate: (text: string) => text,
      takeArchived: async (_muc: MucModel, carriers: unknown[]) => {
        for (const said of carriers) this.queue(said as Said);
      },
    } as unknown as Compat;
  }

  private makeReading(): Reading {
    const archive = {
      page: (_room: string, from: PageStart) => {
        this.asked.push(from);
        return new Promise<ArchivePage>((resolve) => this.pages.push(resolve));
      },
    } as unknown as Archive;
    const anchors = {
      get: (room: string) => this.anchors.get(room) ?? null,
      set: (room: string, anchor: Anchor) => this.anchors.set(room, anchor),
      forget: (room: string) => this.anchors.delete(room),
    } as unknown as AnchorStore;
    return new Reading(this.compat, this.rooms, archive, anchors, this.clock);
  }

  private makeKeeper(): Keeper {
    const { clock, rooms } = this;
    const sends = {
      setHistory: (attributes: Readonly<Record<string, string>>) => {
        if (this.presence) setHistory(this.presence, attributes);
      },
    };
    return new Keeper(
      {
        clock,
        rooms,
        limits: LIMITS,
        messageWaitMs: 3_600_000,
        isActing: () => true,
      },
      {
        ...idleActs,
        ...catchUpActs(this.reading, sends),
        ping: () => new Promise((resolve) => this.pings.push(resolve)),
        send: (xml) => {
          this.sent.push(xml);
          return "sent";
        },
        announce: (_room, { notice }) => {
          if (notice.name === "back") this.backs.push(notice.outForMs);
        },
      },
    );
  }

  tell(event: RoomEvent): void {
    this.keeper.tell(ROOM, event);
  }

  private facts() {
    return this.reading.factsOf(ROOM, this.keeper.oldestPending(ROOM));
  }

  join(): void {
    this.tell({ type: "join-sent", facts: this.facts() });
  }

  /** The room says that the user is in. */
  letIn(): void {
    this.status = ROOM_STATUS.ENTERED;
    this.tell({ type: "self-presence", nick: "me" });
  }

  /** Converse has fetched what it shows first. */
  firstFetched(): void {
    this.tell({ type: "first-fetched", facts: this.facts() });
  }

  /** A page that has entered the room and fetched what it shows first. */
  async enter(): Promise<void> {
    this.join();
    this.letIn();
    this.firstFetched();
    await settled();
  }

  /** The room puts the user out, who comes back after this many milliseconds. */
  async comesBackAfter(ms: number): Promise<void> {
    const departure = { comesBack: true, reason: "shutdown" } as const;
    this.tell({ type: "departed", departure });
    await this.clock.passes(ms);
    this.join();
    this.letIn();
    await settled();
  }

  /** The room is out of reach for a moment, and still has the user. */
  async outOfReach(): Promise<void> {
    this.tell({ type: "check-wanted" });
    await settled();
    this.pings.shift()?.({ kind: "no-answer" });
    await this.clock.passes(LIMITS.backoff.minMs);
    this.pings.shift()?.({ kind: "result" });
    await settled();
  }

  /** The page is loaded again, and its stream is resumed. */
  async reload(): Promise<void> {
    const { entries } = this.keeper.ask(ROOM).outbox;
    this.keeper.forgetAll();
    this.reading = this.makeReading();
    this.keeper = this.makeKeeper();
    this.tell({ type: "restored", entries });
    this.tell({ type: "found-in", nick: "me", facts: this.facts() });
    await settled();
  }

  said(body: string, from = "bob", more: Partial<Said> = {}): Said {
    const time = new Date(this.clock.now()).toISOString();
    const sender = from === "me" ? "me" : "them";
    return {
      type: "groupchat",
      from: `${ROOM}/${from}`,
      body,
      msgid: `of ${body}`,
      [KEY]: this.hasArchive ? `archived ${body}` : undefined,
      sender,
      time,
      ...more,
    } as Said;
  }

  /** The room says something, now or as the history of a join. */
  live(said: Said): void {
    this.hear(said, !said.is_delayed);
    this.tell({ type: "word" });
    this.queue(said);
  }

  /** The user says something; the page has it at once. */
  type(body: string): void {
    const typed = this.said(body, "me", { [KEY]: undefined });
    this.add(typed);
    const id = String(typed.msgid);
    const message = { id, originId: null, target: id, body, xml: body };
    const draft = { ...message, room: ROOM, isPrivate: false };
    this.tell({ type: "typed", draft, isConnected: true });
  }

  /** The archive answers the oldest question that is open. */
  async gives(...messages: Said[]): Promise<void> {
    for (const said of messages) this.hear(said, false);
    await this.answers({
      kind: "page",
      last: String(messages.at(-1)?.[KEY] ?? "none"),
      isComplete: true,
      messages: messages.map((said) => ({
        id: String(said[KEY]),
        carrier: { ...said, is_archived: true, is_delayed: true },
        message: {},
      })),
    } as unknown as ArchivePage);
  }

  async answers(page: ArchivePage): Promise<void> {
    this.pages.shift()?.(page);
    await settled();
  }

  get shown() {
    return this.models.map((message) => message.get("body"));
  }

  get screen(): string {
    return this.keeper.ask(ROOM).catchUp.tag;
  }

  get way(): string {
    return wayOf(this.keeper.ask(ROOM));
  }

  /** The user's messages that the room has not confirmed, such as `one doubtful`. */
  get unconfirmed(): string[] {
    const { entries } = this.keeper.ask(ROOM).outbox;
    return entries.map(({ body, phase }) => `${body} ${phase.tag}`);
  }

  /** The outbox hears of a message before Converse does. */
  private hear({ msgid, sender, body }: Said, isLive: boolean): void {
    const ownBody = isLive && sender === "me" ? String(body) : null;
    this.tell({ type: "echoed", ids: [String(msgid)], ownBody, isLive });
  }

  private queue(said: Said): void {
    const parts = { rooms: this.rooms, reading: this.reading } as HookParts;
    if (!new Hooks(parts, this.keeper).onQueued(this.muc, said)) return;
    const known = this.models.find(
      (known) => known.get("msgid") === said.msgid,
    );
    if (known) {
      // As 14.0.0 does it.
      const isSame = known.get(KEY) === said[KEY];
      const { time } = said;
      known.save({
        [KEY]: said[KEY],
        received: known.get("received") ?? time,
        ...(said.is_archived && isSame && { time }),
      });
      this.sort();
    } else this.add(said);
  }

  private add(said: Said): void {
    this.models.push(new Message({ ...said, number: this.number++ }));
    this.sort();
  }

  private sort(): void {
    this.models.sort(
      (a, b) =>
        Date.parse(String(a.get("time"))) - Date.parse(String(b.get("time"))),
    );
  }
}
