/** A user who writes to two rooms, through a keeper, and what becomes visible of it. */
import { vi } from "vitest";
import { Keeper } from "../src/keeper.js";
import { OutboxStore } from "../src/converse/store/outbox.js";
import { find, waitingIn } from "../src/core/outbox/outbox-state.js";
import {
  isFailed,
  isSent,
  type Draft,
  type Pending,
} from "../src/core/outbox/pending.js";
import type {
  EnableOutcome,
  PassingReason,
  PingAnswer,
  RoomJid,
  StanzaError,
} from "../src/core/events.js";
import type { RoomEvent } from "../src/core/room-events.js";
import type { Acts } from "../src/ports.js";
import { idleActs, noFacts } from "./acts.js";
import { draft, ROOM } from "./core/outbox/life.js";
import { LIMITS } from "./core/seat/life.js";
import { FakeClock, settled } from "./fake-clock.js";

export { ROOM };
export const POND = "pond@rooms.test";
export const WAIT_MS = 60_000;
export const ANSWER_MS = 10_000;

/** A browser's storage; what is written shows. */
class Shelf {
  [key: string]: unknown;

  getItem(key: string): string | null {
    return (this[key] as string | undefined) ?? null;
  }

  setItem(key: string, text: string): void {
    this[key] = text;
    const { id, phase } = JSON.parse(text) as Pending;
    written.push(`${id} ${phase.tag}`);
  }

  removeItem(key: string): void {
    delete this[key];
  }
}
let written: string[] = [];

export class Chat {
  readonly clock = new FakeClock();
  isConnected = true;
  isActing = true;
  hasArchive = false;
  /** The account that is logged in. */
  account: string | null = "me@home.test";
  /** How many stanzas the server can't be given, before it can. */
  busyFor = 0;
  /** The messages that were handed to the server again, by their ids. */
  readonly resent: string[] = [];
  readonly heard: string[] = [];
  /** How messages ended, as Converse is told. */
  readonly ends: string[] = [];
  /** How often an outbox was changed. */
  changes = 0;
  /** The requests that are not answered yet. */
  readonly pings: ((answer: PingAnswer) => void)[] = [];
  readonly enables: ((outcome: EnableOutcome) => void)[] = [];
  private readonly shelf = new Shelf();
  store!: OutboxStore;
  keeper!: Keeper;

  /** Two rooms that the user is in. */
  constructor() {
    written = [];
    vi.stubGlobal("window", { sessionStorage: this.shelf });
    this.start();
    this.enters(ROOM);
    this.enters(POND);
  }

  /** A page begins. */
  private start(): void {
    this.store = new OutboxStore(false, () => this.account);
    const limits = {
      ...LIMITS,
      answerTimeoutMs: ANSWER_MS,
      // Timers are those of messages, unless a seat is lost.
      silenceMs: 0,
      slowCheckMs: 0,
    };
    const rooms = {
      has: () => true,
      isBelievedIn: () => true,
      hasFeature: () => false,
      hasArchive: () => this.hasArchive,
      refresh: () => Promise.resolve(),
      isVisible: () => false,
    };
    const { clock } = this;
    const isActing = () => this.isActing;
    const options = { clock, rooms, limits, messageWaitMs: WAIT_MS, isActing };
    const counter = {
      stepped: (...[, is, was]: Parameters<OutboxStore["stepped"]>) => {
        if (is.outbox !== was.outbox) this.changes++;
      },
      forgotten: () => undefined,
    };
    this.keeper = new Keeper(options, this.acts(), [this.store, counter]);
  }

  private acts(): Acts {
    return {
      ...idleActs,
      ping: () => new Promise((resolve) => this.pings.push(resolve)),
      enable: () => new Promise((resolve) => this.enables.push(resolve)),
      ask: async (_room, { epoch }) => ({
        type: "page-came",
        epoch,
        page: { kind: "page", last: null, isComplete: true, messages: [] },
        lastTime: 0,
      }),
      read: async (_room, { epoch }) => ({
        type: "page-read",
        epoch,
        isRead: true,
      }),
      release: async (_room, { epoch }) => ({
        type: "released",
        epoch,
        missed: 0,
      }),
      send: (xml) => this.send(xml),
      failed: (_room, { entry: { id, phase } }) =>
        void this.heard.push(`${id} ${phase.reason}`),
      revived: (_room, { entry }) =>
        void this.heard.push(`${entry.id} revived`),
      ended: (_room, { id, isDelivered }) =>
        void this.ends.push(`${id} ${isDelivered}`),
    };
  }

  private send(xml: string): ReturnType<Acts["send"]> {
    if (!xml.startsWith("<message")) return "never";
    if (!this.isConnected || this.busyFor-- > 0) return "not-now";
    this.resent.push(xml.split('"')[1] ?? "");
    return "sent";
  }

  tell(event: RoomEvent, room: RoomJid = ROOM): void {
    this.keeper.tell(room, event);
  }

  /** A join without a look at the room's history. */
  enters(room: RoomJid = ROOM): void {
    this.tell({ type: "join-began" }, room);
    this.tell({ type: "self-presence", nick: "alice" }, room);
  }

  /** A join after which all is known that the room has: from its archive, or with the join. */
  async returns(): Promise<void> {
    const { hasArchive } = this;
    const facts = { ...noFacts, hasArchive, isShownIn: true };
    this.tell({ type: "join-sent", facts });
    this.tell({ type: "self-presence", nick: "alice" });
    if (!hasArchive) this.tell({ type: "subject-told" });
    await settled();
  }

  /** A room puts the user out, who comes back. */
  closes(room: RoomJid = ROOM): void {
    const reason: PassingReason = "shutdown";
    this.tell(
      { type: "departed", departure: { comesBack: true, reason } },
      room,
    );
  }

  kicks(): void {
    const departure = { comesBack: false, reason: "kicked" } as const;
    this.tell({ type: "departed", departure });
  }

  /** The user writes. @returns whether it goes to the server now */
  offers(id: string, room: RoomJid = ROOM, more: Partial<Draft> = {}): boolean {
    const { isConnected } = this;
    const message = draft(id, { room, originId: null, ...more });
    this.tell({ type: "typed", draft: message, isConnected }, room);
    const entry = this.find(id, room);
    return entry !== undefined && isSent(entry);
  }

  whispers(id: string): boolean {
    return this.offers(id, ROOM, { isPrivate: true });
  }

  reflects(id: string, isLive = true, room: RoomJid = ROOM): void {
    this.tell({ type: "echoed", ids: [id], ownBody: null, isLive }, room);
  }

  bounces(ids: string[], error: StanzaError, isPrivate = false): void {
    this.tell({ type: "bounced", ids, error, isPrivate });
  }

  /** Another tab has changed a message. */
  absorbs(id: string, entry: Pending | null): void {
    this.tell({ type: "absorbed", id, entry });
  }

  /** The room answers the check that this begins. */
  async isChecked(room: RoomJid = ROOM): Promise<void> {
    this.tell({ type: "check-wanted" }, room);
    await settled();
    await this.answersPing();
  }

  /** The oldest ping is answered: we are in. */
  async answersPing(): Promise<void> {
    this.pings.shift()?.({ kind: "result" });
    await settled();
  }

  /** The session ends; what is stored stays. */
  stops(): void {
    this.keeper.forgetAll();
  }

  /** The page is loaded again. */
  reloads(): void {
    this.stops();
    this.start();
    this.store.restore(this.keeper);
  }

  find(id: string, room: RoomJid = ROOM): Pending | undefined {
    return find(this.keeper.ask(room).outbox, id);
  }

  /** The messages that are shown as waiting or failed, in their order. */
  waits(room: RoomJid = ROOM): string[] {
    return waitingIn(this.keeper.ask(room).outbox).map(({ id }) => id);
  }

  failedIds(): string[] {
    const { entries } = this.keeper.ask(ROOM).outbox;
    return entries.filter(isFailed).map(({ id }) => id);
  }

  /** The messages in the store. */
  stored(): Pending[] {
    return this.store.load() ?? [];
  }

  clearsStore(): void {
    this.store.clear();
  }

  /** The messages that were written into the store since the last call. */
  writes(): string[] {
    return written.splice(0);
  }
}
