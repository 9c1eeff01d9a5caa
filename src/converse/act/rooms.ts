import type { Anchor } from "../../core/catch-up/pages.js";
import { bareJid } from "../../core/jid.js";
import type { Destruction, RoomJid } from "../../core/events.js";
import type { ClockPort, RoomsPort, Undo } from "../../ports.js";
import { ROOM_STATUS, type Compat } from "../converse.js";
import type { MessageAttributes, Model, MucModel } from "../converse-types.js";
import type { Wire } from "./iq.js";
import { rejoinQuietly } from "./quiet-return.js";

/** A room's own word about itself is good for this long, in milliseconds: as long as it takes to come back. */
const FRESH_MS = 30_000;

/** How long Converse has to list a room, and to ask about it, before the room is asked by this plugin, in milliseconds. */
const LISTING_MS = 1_000;

/** Skeletor's collections give out what every object has for a JID such as `constructor`. */
const isMuc = (model: Model): model is MucModel =>
  typeof model.get === "function" && model.get("type") === "chatroom";

/** A join that is being made. */
interface PreparedJoin {
  /** Whether Converse does not know of it. */
  readonly isQuiet: boolean;
  isStillWanted(): boolean;
}

/** Converse's MUC models, by bare JID. */
export class Rooms implements RoomsPort {
  /** What rooms are being asked about themselves. */
  private readonly refreshing = new Map<RoomJid, Promise<void>>();
  /** When rooms last said something about themselves, in milliseconds since 1970. */
  private readonly refreshedAt = new Map<RoomJid, number>();
  /** Rooms that are being joined by this plugin, through Converse's `rejoin`. */
  private readonly rejoining = new Set<RoomJid>();
  /** The joins of this plugin that have not gone out yet. */
  private readonly prepared = new Map<RoomJid, PreparedJoin>();

  /** The newest model of each room that was not left since. */
  private readonly opened = new Map<RoomJid, MucModel>();

  /** Rooms that are not what Converse shows them as. */
  private readonly concealed = new Set<RoomJid>();

  constructor(
    private readonly compat: Compat,
    private readonly wire: Wire,
    private readonly clock: ClockPort,
  ) {}

  /** Converse's model of a room, also one that it does not list yet; undefined when it has none. */
  modelOf(room: RoomJid): MucModel | undefined {
    return this.listed(room) ?? this.opened.get(room);
  }

  private listed(room: RoomJid): MucModel | undefined {
    const model = this.compat.chatBoxes()?.get(room);
    return model && isMuc(model) ? model : undefined;
  }

  has(room: RoomJid): boolean {
    return this.modelOf(room) !== undefined;
  }

  /** Converse joins a room, or is found in it; the first time this comes before it lists the model. */
  onOpened(muc: MucModel): void {
    this.opened.set(this.jidOf(muc), muc);
  }

  /** Converse leaves a room, and may forget its model. */
  onLeave(muc: MucModel): void {
    const room = this.jidOf(muc);
    if (this.opened.get(room) === muc) this.opened.delete(room);
  }

  /** Whether a model is the one that Converse has of its room: one that was closed may still try to join. */
  isCurrent(muc: MucModel): boolean {
    const room = this.jidOf(muc);
    return this.opened.get(room) === muc || this.modelOf(room) === muc;
  }

  /** The name under which the plugin keeps a room. */
  jidOf(muc: MucModel): RoomJid {
    return bareJid(String(muc.get("jid")));
  }

  /** The nick that Converse thinks it has; null when it has none yet. */
  nickOf(muc: MucModel): string | null {
    const nick = muc.get("nick");
    return typeof nick === "string" && nick !== "" ? nick : null;
  }

  /** Whether Converse shows a room as one that the user is in. */
  isShownIn(room: RoomJid): boolean {
    const muc = this.modelOf(room);
    return muc !== undefined && this.compat.status(muc) === ROOM_STATUS.ENTERED;
  }

  /** Converse reads a room's word that the user is in as soon as it lists the room: until then it is not stale. */
  isBelievedIn(room: RoomJid): boolean {
    const isCurrent = this.isShownIn(room) || !this.listed(room);
    return isCurrent && !this.concealed.has(room);
  }

  /** Converse does not hear that a room's service took the user's seat: it would show the room as left. */
  conceal(room: RoomJid): void {
    this.concealed.add(room);
  }

  /** The user has a seat again. */
  reveal(room: RoomJid): void {
    this.concealed.delete(room);
  }

  isVisible(room: RoomJid): boolean {
    const muc = this.modelOf(room);
    return muc !== undefined && !document.hidden && !muc.get("hidden");
  }

  /** Resolves when Converse has read every message of a room that it has queued so far. */
  async whenRead(muc: MucModel): Promise<void> {
    await Promise.resolve(muc.msg_chain).catch(() => undefined);
  }

  /** Has Converse show that a room is no more: by itself it goes on showing it as joined. */
  showDestroyed(room: RoomJid, { alternative, reason }: Destruction): void {
    const muc = this.modelOf(room);
    muc?.save({
      moved_jid: alternative ?? undefined,
      destroyed_reason: reason ?? undefined,
    });
    muc?.session?.save?.({ connection_status: ROOM_STATUS.DESTROYED });
  }

  /** Whether the room's disco#info is there: only then does a missing feature mean anything. */
  hasDiscoInfo(room: RoomJid): boolean {
    return (this.compat.discoEntity(room)?.features?.length ?? 0) > 0;
  }

  /** Resolves when the room's disco#info is there, or Converse has had the time to ask for it in a new room. */
  whenDiscoInfo(room: RoomJid): Promise<void> {
    if (this.hasDiscoInfo(room) || this.listed(room)) return Promise.resolve();
    return new Promise((resolve) => this.clock.after(LISTING_MS, resolve));
  }

  hasFeature(room: RoomJid, feature: string): boolean {
    return (
      this.compat.discoEntity(room)?.features?.findWhere({ var: feature }) !==
      undefined
    );
  }

  /** Whether the room keeps an archive, as Converse last heard. */
  hasArchive(room: RoomJid): boolean {
    const isKept = this.modelOf(room)?.features?.get("mam_enabled");
    return Boolean(isKept) && this.compat.canReadArchives();
  }

  /**
   * The last message that came from a room's archive, or went there; null when there is none.
   *
   * @param latest later ones do not count; in milliseconds since 1970
   */
  lastArchived(muc: MucModel, latest = Infinity): Anchor | null {
    const key = `stanza_id ${String(muc.get("jid"))}`;
    const models = muc.messages?.models ?? [];
    for (let i = models.length - 1; i >= 0; i--) {
      const id = models[i]?.get(key);
      const at = Date.parse(String(models[i]?.get("time")));
      if (typeof id === "string" && at <= latest) return { id, at };
    }
    return null;
  }

  /**
   * When the last message was said, in milliseconds since 1970; minus infinity when there is none.
   *
   * @param latest what is later was dated wrongly
   */
  lastTime(muc: MucModel, latest: number): number {
    const times = (muc.messages?.models ?? [])
      .filter((message) => message.get("type") === "groupchat")
      .map((message) => Date.parse(String(message.get("time"))))
      .filter((time) => time <= latest);
    return times.reduce((a, b) => Math.max(a, b), -Infinity);
  }

  /** The message of the user's that a room reflects; undefined for any other. */
  findOwn(
    muc: MucModel,
    { sender, msgid }: MessageAttributes,
  ): Model | undefined {
    if (sender !== "me" || !msgid) return undefined;
    const models = muc.messages?.models ?? [];
    return [...models].reverse().find((own) => own.get("msgid") === msgid);
  }

  /** The message that comes again: by the archive's id of it, or by its own and its author. */
  findKnown(
    muc: MucModel,
    { from, msgid, ...attributes }: MessageAttributes,
  ): Model | undefined {
    const key = `stanza_id ${String(muc.get("jid"))}`;
    const id = attributes[key];
    return (muc.messages?.models ?? []).find(
      (known) =>
        (typeof id === "string" && known.get(key) === id) ||
        (msgid && known.get("msgid") === msgid && known.get("from") === from),
    );
  }

  /** Gives a message another place. @param time ISO 8601, in UTC, with milliseconds */
  move(muc: MucModel, message: Model, time: string): void {
    message.save?.({ time });
    muc.messages?.sort();
  }

  /** Has Converse ask who belongs to a room; it does so itself whenever it enters one. */
  refreshMembers(muc: MucModel): void {
    muc.occupants?.fetchMembers().catch((error: unknown) => {
      this.compat.log.debug(`muc-push: member lists: ${String(error)}`);
    });
  }

  /** Asks a room about itself and has Converse take it over, unless it has just said so. */
  refresh(room: RoomJid): Promise<void> {
    const running = this.refreshing.get(room);
    if (running) return running;
    const age = this.clock.now() - (this.refreshedAt.get(room) ?? -Infinity);
    if (age < FRESH_MS) return Promise.resolve();
    const refreshed = this.askAgain(room).finally(() =>
      this.refreshing.delete(room),
    );
    this.refreshing.set(room, refreshed);
    return refreshed;
  }

  private async askAgain(room: RoomJid): Promise<void> {
    const answer = await this.wire.discoInfo(room);
    const muc = this.modelOf(room);
    if (answer.kind !== "result" || !muc) return;
    this.refreshedAt.set(room, this.clock.now());
    // A page may be open for months: what is no more than old goes.
    this.clock.after(FRESH_MS, () => this.forgetOldWords());
    try {
      await this.compat.applyDiscoInfo(muc, answer.element);
    } catch (error) {
      this.compat.log.debug(
        `muc-push: disco#info of ${room}: ${String(error)}`,
      );
    }
  }

  private forgetOldWords(): void {
    const now = this.clock.now();
    for (const [room, at] of this.refreshedAt) {
      if (now - at >= FRESH_MS) this.refreshedAt.delete(room);
    }
  }

  /**
   * Converse wants to ask a room about itself.
   *
   * @returns false for the question before a join of this plugin's: it goes out together with the join
   */
  shouldRefresh(muc: MucModel): boolean {
    return !this.rejoining.delete(this.jidOf(muc));
  }

  /**
   * A join is about to go out.
   *
   * @param isKnown whether the room was joined before
   * @returns false for one that nobody wants any more: the room was closed, or left, while it was made
   */
  mayJoin(room: RoomJid, isKnown: boolean): boolean {
    const prepared = this.prepared.get(room);
    this.prepared.delete(room);
    if (isKnown && !this.has(room)) return false;
    return !prepared || prepared.isQuiet || prepared.isStillWanted();
  }

  /** The session is over. */
  clear(): void {
    this.opened.clear();
    this.refreshedAt.clear();
    this.prepared.clear();
    this.concealed.clear();
  }

  async rejoin(room: RoomJid, isStillWanted: () => boolean): Promise<boolean> {
    const muc = this.modelOf(room);
    if (!muc) return false;
    // What it says of itself matters after the join, not for it.
    void this.refresh(room);
    const isQuiet = this.isShownIn(room);
    const prepared: PreparedJoin = { isQuiet, isStillWanted };
    const isPrepared = () => this.prepared.get(room) === prepared;
    this.prepared.set(room, prepared);
    try {
      if (isQuiet) {
        // Another join may have gone out meanwhile, and the room may have been opened anew.
        await rejoinQuietly(
          this.compat,
          muc,
          () => isPrepared() && isStillWanted() && this.modelOf(room) === muc,
        );
      } else {
        this.rejoining.add(room);
        await this.compat.rejoin(muc);
      }
      return true;
    } catch (error) {
      this.compat.log.debug(
        `muc-push: could not rejoin ${room}: ${String(error)}`,
      );
      return false;
    } finally {
      if (isPrepared()) this.prepared.delete(room);
      this.rejoining.delete(room);
    }
  }

  /**
   * Follows Converse's own idea of a room's membership.
   *
   * @param onStatus called with each new `connection_status`
   */
  watchStatus(muc: MucModel, onStatus: (status: unknown) => void): Undo {
    const { session } = muc;
    if (!session) return () => {};
    const listener = () => onStatus(session.get("connection_status"));
    session.on("change:connection_status", listener);
    return () => session.off("change:connection_status", listener);
  }
}
