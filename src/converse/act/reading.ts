import {
  isMissed,
  latestTime,
  type Admission,
  type Arrival,
} from "../../core/catch-up/arrivals.js";
import type {
  CatchUp,
  ModelFacts,
  Page,
} from "../../core/catch-up/catch-up-events.js";
import type { Anchor, PageStart } from "../../core/catch-up/pages.js";
import type { RoomJid } from "../../core/events.js";
import type { ClockPort } from "../../ports.js";
import type { Compat } from "../converse.js";
import type { MessageAttributes, MucModel } from "../converse-types.js";
import type { AnchorStore } from "../store/anchors.js";
import type { Archive } from "./archive.js";
import { MissedMessages } from "./missed-messages.js";
import type { Rooms } from "./rooms.js";

/** A time as Converse has it, in milliseconds since 1970; null where there is none. */
function timeOf(time: unknown): number | null {
  const ms = Date.parse(String(time));
  return Number.isNaN(ms) ? null : ms;
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** Converse's model of rooms, for a catch-up: its facts, and what enters it late. */
export class Reading {
  private readonly missed = new Map<RoomJid, MissedMessages>();
  /** Live messages that follow those that are missing. */
  private readonly held = new Map<RoomJid, MessageAttributes[]>();
  /** Rooms whose archive Converse does not ask by itself now. */
  private readonly muted = new Set<MucModel>();

  constructor(
    private readonly compat: Compat,
    private readonly rooms: Rooms,
    private readonly archive: Archive,
    private readonly anchors: AnchorStore,
    private readonly clock: ClockPort,
  ) {}

  /** @param pending when the oldest unconfirmed message was sent, in milliseconds since 1970; null for none */
  factsOf(room: RoomJid, pending: number | null): ModelFacts {
    const { rooms } = this;
    const muc = rooms.modelOf(room);
    const isShownIn = rooms.isShownIn(room);
    return {
      hasArchive: rooms.hasArchive(room),
      isShownIn,
      isShownAnew: !muc || (!isShownIn && this.compat.clearsOnReconnection()),
      last: muc ? rooms.lastArchived(muc, pending ?? Infinity) : null,
      lastTime: this.lastTime(muc),
      stored: this.anchors.get(room),
    };
  }

  /** The last archived message, once Converse has read what it stored before the page was loaded. */
  async find(room: RoomJid, pending: number | null): Promise<Anchor> {
    const muc = await this.loaded(room);
    const last = muc && this.rooms.lastArchived(muc, pending ?? Infinity);
    return last ?? { id: null, at: pending ?? this.clock.now() };
  }

  /** Asks for a page; the time of the last message that Converse has comes with it. */
  async ask(
    room: RoomJid,
    from: PageStart,
  ): Promise<{ page: Page; lastTime: number }> {
    const max = this.compat.archivePageSize();
    const page = await this.archive.page(room, from, max);
    // After a reload of the page Converse first reads what it has stored.
    const isEmpty = page.messages.length === 0;
    const muc = isEmpty ? undefined : await this.loaded(room);
    return { page, lastTime: this.lastTime(muc) };
  }

  /** Where a reload of the page begins; null for nowhere. */
  store(room: RoomJid, anchor: Anchor | null): void {
    if (anchor) this.anchors.set(room, anchor);
    else this.anchors.forget(room);
  }

  /** Whether Converse itself asks the archive of a room. */
  muteArchive(room: RoomJid, isMuted: boolean): void {
    const muc = this.rooms.modelOf(room);
    if (!muc) return;
    muc.disable_mam = isMuted;
    if (isMuted) this.muted.add(muc);
    else this.muted.delete(muc);
  }

  /** Converse has let its own question to the archive out, and may ask again. */
  unmute(muc: MucModel): void {
    if (this.muted.delete(muc)) muc.disable_mam = false;
  }

  /** The session is over. */
  clear(): void {
    for (const muc of this.muted) this.unmute(muc);
    for (const missed of this.missed.values()) missed.stop();
    this.missed.clear();
    this.held.clear();
    this.anchors.clear();
  }

  refreshMembers(room: RoomJid): void {
    const muc = this.rooms.modelOf(room);
    if (muc) this.rooms.refreshMembers(muc);
  }

  private async loaded(room: RoomJid): Promise<MucModel | undefined> {
    const muc = this.rooms.modelOf(room);
    await Promise.resolve(muc?.messages?.fetched).catch(() => undefined);
    return muc;
  }

  private lastTime(muc: MucModel | undefined): number {
    const latest = latestTime(this.clock.now());
    return muc ? this.rooms.lastTime(muc, latest) : -Infinity;
  }

  /** A return begins: its messages are counted. */
  count(room: RoomJid): void {
    const missed = this.missed.get(room)?.stop() ?? 0;
    const muc = this.rooms.modelOf(room);
    if (!muc) return;
    this.missed.set(room, new MissedMessages(this.compat, muc, missed));
  }

  /** Has Converse read a page; resolves to false where that failed. */
  async read(room: RoomJid, { messages }: Page): Promise<boolean> {
    const muc = this.rooms.modelOf(room);
    if (!muc || messages.length === 0) return true;
    // A message that came live meanwhile comes in its order now.
    const ids = new Set(messages.map(({ id }) => id));
    const held = this.held.get(room) ?? [];
    const isElsewhere = (attributes: MessageAttributes) =>
      !ids.has(String(attributes[`stanza_id ${room}`]));
    this.held.set(room, held.filter(isElsewhere));
    const carriers = messages.map(({ carrier }) => carrier as Element);
    try {
      await this.compat.takeArchived(muc, carriers);
      return true;
    } catch (error) {
      this.compat.log.debug(`muc-push: archive of ${room}: ${String(error)}`);
      return false;
    }
  }

  /**
   * The held messages enter the model.
   *
   * @param gapAt where some may be missing, in milliseconds since 1970; null for nowhere
   * @returns how many were missed, once Converse has read all
   */
  async release(room: RoomJid, gapAt: number | null): Promise<number> {
    const muc = this.rooms.modelOf(room);
    if (!muc) return 0;
    if (gapAt !== null) {
      void muc.createMessage({
        type: "info",
        message: this.compat.translate("Some messages may be missing"),
        time: isoOf(gapAt),
      });
    }
    this.letGo(room);
    await this.rooms.whenRead(muc);
    return this.missed.get(room)?.count ?? 0;
  }

  /** The count of a return is over: Converse may notify the user of it. */
  notify(room: RoomJid): void {
    const missed = this.missed.get(room);
    this.missed.delete(room);
    missed?.stop();
    missed?.notify();
  }

  /** Nothing is missed any more. @param isShown whether the held messages enter the model */
  drop(room: RoomJid, isShown: boolean): void {
    this.missed.get(room)?.stop();
    this.missed.delete(room);
    if (isShown) this.letGo(room);
    else this.held.delete(room);
  }

  /** Whether Converse may notify of a late message: in a return of one, as the site's settings say. */
  mayNotify(room: RoomJid, attributes: MessageAttributes): boolean {
    return this.missed.get(room)?.mayNotify(attributes) ?? true;
  }

  /** A message is about to enter the model of a room. */
  arrivalOf(
    room: RoomJid,
    muc: MucModel,
    attributes: MessageAttributes,
    state: CatchUp,
  ): Arrival {
    const { rooms } = this;
    const { is_archived, is_delayed, body, msgid, time } = attributes;
    const id = attributes[`stanza_id ${room}`];
    const origin = {
      id: typeof id === "string" ? id : null,
      isArchived: Boolean(is_archived),
      isDelayed: Boolean(is_delayed),
    };
    const own = rooms.findOwn(muc, attributes);
    const isSettled = !own || Boolean(own.get("received"));
    const known = isSettled ? rooms.findKnown(muc, attributes) : undefined;
    const missed = isMissed(state, origin) && this.missed.get(room);
    return {
      ...origin,
      ...(missed
        ? missed.recognize(attributes)
        : { isKnown: false, isCorrected: false }),
      hasBody: Boolean(body),
      hasMsgid: Boolean(msgid),
      time: Date.parse(time),
      settledAt: timeOf(known?.get("time")),
      ownAt: own ? timeOf(own.get("time") ?? time) : null,
    };
  }

  /** Lets a message enter the model of a room, or not. @returns whether it enters now */
  admit(
    room: RoomJid,
    muc: MucModel,
    attributes: MessageAttributes,
    admission: Admission,
  ): boolean {
    if (admission.kind === "hold") {
      const held = this.held.get(room) ?? [];
      this.held.set(room, [...held, attributes]);
    }
    if (admission.kind !== "let") return false;
    const { time, isMoved } = admission;
    if (time !== null) attributes.time = isoOf(time);
    const own = isMoved && this.rooms.findOwn(muc, attributes);
    if (own) this.rooms.move(muc, own, attributes.time);
    if (admission.isMissed) this.missed.get(room)?.take(attributes);
    return true;
  }

  private letGo(room: RoomJid): void {
    const held = this.held.get(room) ?? [];
    this.held.delete(room);
    const muc = this.rooms.modelOf(room);
    for (const attributes of held) void muc?.queueMessage(attributes);
  }
}
