import {
  historyAttributes,
  isHistoryCut,
  type Anchor,
} from "../../core/catch-up/pages.js";
import { backoffMs } from "../../core/seat/backoff.js";
import { bareJid } from "../../core/jid.js";
import type { BackoffLimits, RoomJid } from "../../core/events.js";
import type { ClockPort } from "../../ports.js";
import type { AnchorStore } from "../store/anchors.js";
import type { Archive } from "./archive.js";
import { CatchUpFetch, LONGEST_ENTRY_MS } from "./catch-up-fetch.js";
import type { Behind, Current, Entry } from "./catch-up-states.js";
import type { Compat } from "../converse.js";
import { MissedMessages } from "./missed-messages.js";
import type { MessageAttributes, MucModel } from "../converse-types.js";
import { latestTime, place } from "./placing.js";
import type { Rooms } from "./rooms.js";
import { setHistory } from "../stanza-view.js";

/** Who belongs to a room may have changed while we were away for longer than this, in milliseconds. */
const LONG_AWAY_MS = 600_000;

/** The bounds of the wait before an archive that was silent is asked again, in milliseconds. */
const RETRY: BackoffLimits = { minMs: 5_000, maxMs: 300_000 };

/** After this long Converse is taken to have fetched what it does after a first join, in milliseconds. */
const LONGEST_FIRST_FETCH_MS = 60_000;

export interface CatchUpTarget {
  /** When the oldest message of ours was sent that may be in the archive; null when none is under way. */
  oldestPending(room: RoomJid): number | null;
  /**
   * The screen shows what the room said: what waits can be sent.
   *
   * @param isComplete whether it shows all that the room has
   */
  onCurrent(room: RoomJid, isComplete: boolean): void;
  /** A room does not answer: it may have lost us again. */
  onSilence(room: RoomJid): void;
}

const nothing = () => {};

/** The end of what Converse's model has; undefined while Converse fetches what it shows first. */
function lastKnown({ state, doubt }: Entry): Anchor | null | undefined {
  if (state.tag === "first") return undefined;
  if (doubt && state.tag === "current") return doubt;
  if (state.tag === "behind") return state.anchor;
  return { id: state.id, at: state.heardAt };
}

/**
 * Brings a room's screen up to what was said in it: after every return all that was missed, once, in the
 * room's order, through Converse's own model.
 */
export class CatchUp {
  private readonly entries = new Map<RoomJid, Entry>();
  private readonly fetching: CatchUpFetch;

  constructor(
    private readonly compat: Compat,
    private readonly rooms: Rooms,
    archive: Archive,
    private readonly anchors: AnchorStore,
    private readonly clock: ClockPort,
    private readonly timeoutMs: number,
    private readonly target: CatchUpTarget,
  ) {
    this.fetching = new CatchUpFetch(compat, rooms, archive, clock, {
      oldestPending: (room) => target.oldestPending(room),
      onSilence: (room) => target.onSilence(room),
      onPaused: (...paused) => this.retryLater(...paused),
      onEnd: (...end) => this.finish(...end),
    });
  }

  /** Whether something may be missing: what was said meanwhile, and whether the room has what we said. */
  isBehind(room: RoomJid): boolean {
    return this.entries.get(room)?.state.tag === "behind";
  }

  /** Whether Converse still fetches what it shows first. */
  isFirst(room: RoomJid): boolean {
    return this.entries.get(room)?.state.tag === "first";
  }

  /**
   * A join is about to be sent: the place to ask for the history that goes with it.
   *
   * @param presence the join; null when another tab sends it
   */
  onJoin(room: RoomJid, presence: Element | null): void {
    const entry = this.entries.get(room) ?? this.add(room);
    // Where its model is not at hand yet, Converse joins for the first time in this page.
    const muc = this.rooms.modelOf(room);
    this.settleDoubt(room, entry);
    const anchor = this.anchorOf(room, muc, entry);
    const isQuiet = this.rooms.isShownIn(room);
    if (
      !muc ||
      anchor === undefined ||
      (!isQuiet && this.compat.clearsOnReconnection())
    ) {
      // Converse shows the room anew.
      this.end(entry);
      entry.state = { tag: "first", since: this.clock.now() };
      if (muc) muc.disable_mam = false;
      return;
    }
    const hasArchive = this.rooms.hasArchive(room);
    const source = hasArchive ? "archive" : "history";
    const state = this.behind(muc, entry, anchor, source);
    const now = this.clock.now();
    const since = anchor?.at ?? this.target.oldestPending(room) ?? now;
    // A clock that was set back must not make it shorter.
    const agoMs = Math.max(now - since, this.clock.elapsed() - entry.heard);
    if (presence) setHistory(presence, historyAttributes(hasArchive, agoMs));
    if (!hasArchive) {
      state.cancelTimer = this.clock.after(LONGEST_ENTRY_MS, () =>
        this.resume(room, entry, state),
      );
      return;
    }
    // Converse would ask for what it takes for missing when it has entered.
    if (!isQuiet) muc.disable_mam = true;
    // Goes out right behind the join: the room answers in order, so nothing can fall between the two.
    queueMicrotask(() => this.fetching.start(room, entry, state));
  }

  /**
   * Whether a join that another tab sent is over: the room has confirmed us since.
   *
   * @param sentAt in milliseconds since 1970
   */
  isJoinOver(room: RoomJid, sentAt: number): boolean {
    const { confirmation } = this.entries.get(room) ?? {};
    return Boolean(confirmation && confirmation.at >= sentAt);
  }

  /** Another tab's join has become known when it was over: what the room said in between may be missing here. */
  onLateNews(room: RoomJid): void {
    const entry = this.entries.get(room);
    const muc = this.rooms.modelOf(room);
    if (!entry?.confirmation || !muc) return;
    const { anchor, lastTime } = entry.confirmation;
    // Without an archive the history has come with the join.
    if (anchor === undefined || !this.rooms.hasArchive(room)) return;
    entry.lastTime = lastTime;
    this.fetchSeated(muc, entry, anchor);
  }

  /** We are in the room, as it has just said. */
  onEntered(room: RoomJid): void {
    const entry = this.entries.get(room);
    if (!entry) return;
    const { state, lastTime } = entry;
    const at = this.clock.now();
    this.settleDoubt(room, entry);
    entry.confirmation = { at, anchor: lastKnown(entry), lastTime };
    if (state.tag !== "behind") return;
    if (state.isPaused && state.source === "archive") {
      this.resume(room, entry, state);
    }
    if (state.isEntered) return;
    state.isEntered = true;
    for (const resume of state.onEntered.splice(0)) resume();
    if (state.source === "archive") return;
    state.cancelTimer();
    // The history ends with the subject (XEP-0045 §7.2.15); a room may forget to say it.
    state.cancelTimer = this.clock.after(this.timeoutMs, () =>
      this.onHistoryEnd(room),
    );
  }

  /** The room has said its subject: the history, if any, is through. */
  onHistoryEnd(room: RoomJid): void {
    const entry = this.entries.get(room);
    const state = entry?.state;
    if (!entry || state?.tag !== "behind") return;
    if (state.source === "history" && state.isEntered) {
      const { count, isKnownMet } = state.missed;
      void this.finish(room, entry, state, !isHistoryCut(count, isKnownMet));
    }
  }

  /** The room said something that only those who are in it hear. */
  onWord(room: RoomJid): void {
    const entry = this.entries.get(room);
    if (entry?.state.tag !== "current") return;
    entry.state.heardAt = this.clock.now();
    entry.heard = this.clock.elapsed();
  }

  /** Converse is done with a room's `enteredNewRoom`: its own question to the archive was let out. */
  onEnteredNewRoom(muc: MucModel): void {
    this.clock.after(0, () => {
      if (muc.disable_mam) muc.disable_mam = false;
    });
  }

  /** Converse has fetched what it does after a first join. */
  onFirstFetched(room: RoomJid): void {
    const entry = this.entries.get(room);
    if (entry?.state.tag !== "first") return;
    const muc = this.rooms.modelOf(room);
    if (muc) this.begin(muc, entry);
    this.tellBack(entry, 0);
    const pending = this.target.oldestPending(room);
    // Converse fetches one page at most: that is no proof of what the room has of us.
    if (muc && pending !== null && this.rooms.hasArchive(room)) {
      this.fetchSeated(muc, entry, this.anchorBefore(muc, pending));
    } else {
      this.target.onCurrent(room, pending === null);
    }
  }

  /** A room is found joined after a reload of the page; what was missed meanwhile, the stream has replayed. */
  onFoundJoined(room: RoomJid): void {
    const muc = this.rooms.modelOf(room);
    if (!muc || this.entries.has(room)) return;
    const entry = this.add(room);
    const stored = this.anchors.get(room);
    const isPending = this.target.oldestPending(room) !== null;
    if ((stored || isPending) && this.rooms.hasArchive(room)) {
      this.fetchSeated(muc, entry, stored);
    } else {
      this.begin(muc, entry);
      // What was on its way, stream management sends again.
      this.target.onCurrent(room, false);
    }
  }

  /**
   * A message is about to enter Converse's model.
   *
   * @returns false when it is held back until what came before it is there
   */
  onQueued(muc: MucModel, attributes: MessageAttributes): boolean {
    const room = this.rooms.jidOf(muc);
    const entry = this.entries.get(room);
    if (!entry || attributes.type !== "groupchat") return true;
    const { state } = entry;
    const id = attributes[`stanza_id ${room}`];
    const archivedId = typeof id === "string" ? id : null;
    if (state.tag === "first") {
      if (attributes.is_archived || attributes.is_delayed) return true;
      state.liveId = archivedId;
    } else if (state.tag === "current") {
      // Older history, which Converse fetches when somebody scrolls up.
      if (attributes.is_archived) return true;
      this.settleDoubt(room, entry);
      const pending = this.target.oldestPending(room);
      if (pending !== null) {
        const at = Math.min(state.heardAt, pending);
        entry.doubt ??= { id: state.id, at, lastTime: entry.lastTime };
      }
      state.id = archivedId ?? state.id;
      // The room itself may have been impersonated: nothing is said later than it comes.
      const now = this.clock.now();
      if (Date.parse(attributes.time) > now) {
        attributes.time = new Date(now).toISOString();
      }
    } else {
      const isMissed = attributes.is_archived
        ? archivedId !== null && state.page.has(archivedId)
        : state.source === "history" && attributes.is_delayed;
      if (!isMissed && attributes.is_archived) return true;
      if (!isMissed && state.source === "archive") {
        state.held.push(attributes);
        return false;
      }
      if (isMissed && !state.missed.take(attributes)) return false;
    }
    place(this.rooms, muc, entry, attributes, this.clock.now());
    return true;
  }

  /**
   * The room has us, and always had; but the way to it was broken, and what was on its way may be lost.
   *
   * @returns false where there is no archive that would know
   */
  lookUp(room: RoomJid): boolean {
    const entry = this.entries.get(room);
    const muc = this.rooms.modelOf(room);
    if (entry?.state.tag !== "current" || !muc) return false;
    if (!this.rooms.hasArchive(room)) return false;
    this.settleDoubt(room, entry);
    const { id, heardAt } = entry.state;
    const { lastTime } = entry.doubt ?? entry;
    const anchor = entry.doubt ?? { id, at: heardAt };
    this.fetchSeated(muc, entry, anchor);
    // New messages go where the room has them: before those that came live since.
    entry.lastTime = lastTime;
    return true;
  }

  /** Whether Converse may notify of a message: in a return of one, as the site's settings say. */
  mayNotify(attributes: MessageAttributes): boolean {
    const room = bareJid(String(attributes.from ?? ""));
    const state = this.entries.get(room)?.state;
    return state?.tag === "behind" && attributes.is_delayed
      ? state.missed.mayNotify(attributes)
      : true;
  }

  /** @param tell called once with the number of missed messages, when they are there */
  whenBack(room: RoomJid, tell: (missed: number) => void): void {
    const entry = this.entries.get(room);
    if (!entry) return tell(0);
    // Converse may still be reading what was missed.
    if (entry.state.tag === "current" && !entry.onBack) return tell(0);
    entry.cancelBack();
    // Out again before what was missed the first time was there: that is one return, the last.
    entry.onBack = tell;
    if (entry.state.tag === "first") {
      entry.cancelBack = this.clock.after(LONGEST_FIRST_FETCH_MS, () =>
        this.tellBack(entry, 0),
      );
    }
  }

  /** The stream is down: what is under way comes to nothing, and is taken up with the next join. */
  suspend(): void {
    for (const [room, entry] of this.entries) {
      this.end(entry);
      // A resumed stream may bring no join.
      if (entry.state.tag === "behind") {
        this.retryLater(room, entry, entry.state);
      }
    }
  }

  /** Nothing of what is under way for a room goes on; its next join catches up from where it was. */
  pause(room: RoomJid): void {
    const entry = this.entries.get(room);
    if (entry) this.end(entry);
  }

  /**
   * The user is not in the room any more.
   *
   * @param isOwnWish whether nobody looks at it any more
   */
  drop(room: RoomJid, isOwnWish: boolean): void {
    const entry = this.entries.get(room);
    if (!entry) return;
    this.end(entry);
    entry.cancelBack();
    entry.onBack = null;
    this.entries.delete(room);
    this.anchors.forget(room);
    const muc = this.rooms.modelOf(room);
    if (!muc) return;
    muc.disable_mam = false;
    const held = entry.state.tag === "behind" ? entry.state.held : [];
    if (isOwnWish) return;
    for (const attributes of held) void muc.queueMessage(attributes);
  }

  /** The session is over. */
  clear(): void {
    for (const room of [...this.entries.keys()]) this.drop(room, true);
    this.anchors.clear();
  }

  private add(room: RoomJid): Entry {
    const entry: Entry = {
      state: { tag: "first", since: this.clock.now() },
      lastTime: -Infinity,
      heard: this.clock.elapsed(),
      doubt: null,
      confirmation: null,
      onBack: null,
      cancelBack: nothing,
    };
    this.entries.set(room, entry);
    return entry;
  }

  /** @returns undefined for a room that Converse shows for the first time; null when it has to read it first */
  private anchorOf(
    room: RoomJid,
    muc: MucModel | undefined,
    entry: Entry,
  ): Anchor | null | undefined {
    const { state } = entry;
    if (state.tag !== "first") return lastKnown(entry);
    const stored = this.anchors.get(room);
    if (stored) return stored;
    // Lost again before Converse had fetched what it shows first.
    const pending = this.target.oldestPending(room);
    if (muc && this.rooms.isShownIn(room)) {
      return this.anchorBefore(muc, pending ?? Infinity, state.since);
    }
    return pending === null ? undefined : null;
  }

  /**
   * The last message of an archive that was known when something was sent.
   *
   * @param pending in milliseconds since 1970
   * @param since from when on messages are looked for, at the latest, where none is known
   */
  private anchorBefore(
    muc: MucModel,
    pending: number,
    since: number = pending,
  ): Anchor {
    const last = this.rooms.lastArchived(muc, pending);
    return last ?? { id: null, at: Math.min(since, pending) };
  }

  /** What was known before the oldest message in doubt is of no use when none is. */
  private settleDoubt(room: RoomJid, entry: Entry): void {
    if (this.target.oldestPending(room) === null) entry.doubt = null;
  }

  /** Asks an archive that was silent again, later: a tab that does not act may hear of nothing that would. */
  private retryLater(room: RoomJid, entry: Entry, state: Behind): void {
    const ms = backoffMs(state.retries++, RETRY, this.clock.random());
    state.cancelTimer();
    state.cancelTimer = this.clock.after(ms, () =>
      this.resume(room, entry, state),
    );
  }

  private resume(room: RoomJid, entry: Entry, state: Behind): void {
    if (entry.state !== state) return;
    state.cancelTimer();
    if (state.source === "archive") {
      state.isPaused = false;
      return this.fetching.start(room, entry, state);
    }
    if (state.isEntered) return;
    if (!this.compat.api.connection.connected()) {
      return this.retryLater(room, entry, state);
    }
    // No history has come, as there was no join: the next one asks from the same place.
    const missed = state.missed.stop();
    entry.state = this.currentAs(state);
    this.target.onCurrent(room, false);
    this.tellBack(entry, missed);
  }

  /** Fetches without a join. */
  private fetchSeated(
    muc: MucModel,
    entry: Entry,
    anchor: Anchor | null,
  ): void {
    const state = this.behind(muc, entry, anchor, "archive");
    state.isEntered = true;
    this.fetching.start(this.rooms.jidOf(muc), entry, state);
  }

  private async finish(
    room: RoomJid,
    entry: Entry,
    state: Behind,
    isComplete: boolean,
  ): Promise<void> {
    const muc = this.rooms.modelOf(room);
    state.cancelTimer();
    const current = this.currentAs(state);
    entry.state = current;
    this.anchors.forget(room);
    if (!muc) return;
    if (!isComplete) this.tellGap(entry, state);
    else entry.doubt = null;
    entry.lastTime = Math.max(entry.lastTime, state.latest);
    for (const attributes of state.held) void muc.queueMessage(attributes);
    this.target.onCurrent(room, isComplete);
    await this.rooms.whenRead(muc);
    if (this.entries.get(room) !== entry) return;
    const now = this.entries.get(room)?.state;
    if (now !== current) {
      // Out again: the next return has missed these as well.
      const missed = state.missed.stop();
      if (now?.tag === "behind") now.missed.add(missed);
      return;
    }
    const awayMs = this.clock.now() - (state.anchor?.at ?? 0);
    if (awayMs > LONG_AWAY_MS) this.rooms.refreshMembers(muc);
    const count = state.missed.stop();
    state.missed.notify();
    this.tellBack(entry, count);
  }

  /** A room's history may lack its beginning, an archive that breaks off the end. */
  private tellGap(entry: Entry, { source, missed }: Behind): void {
    if (source === "history") return missed.tellGap(missed.firstTime() - 1);
    entry.lastTime = Math.max(entry.lastTime + 1, 0);
    missed.tellGap(entry.lastTime);
  }

  /** What Converse has in its model is all there is so far. */
  private begin(muc: MucModel, entry: Entry): void {
    const { state } = entry;
    const liveId = state.tag === "first" ? state.liveId : null;
    const id = liveId ?? this.rooms.lastArchived(muc)?.id ?? null;
    entry.state = this.current(id);
    entry.doubt = null;
    this.anchors.forget(this.rooms.jidOf(muc));
    const last = this.rooms.lastTime(muc, latestTime(this.clock.now()));
    entry.lastTime = Math.max(entry.lastTime, last);
  }

  private behind(
    muc: MucModel,
    entry: Entry,
    anchor: Anchor | null,
    source: Behind["source"],
  ): Behind {
    const { state: before } = entry;
    const wasBehind = before.tag === "behind";
    const held = wasBehind ? before.held : [];
    const missed = wasBehind ? before.missed.stop() : 0;
    this.end(entry);
    const state: Behind = {
      tag: "behind",
      anchor,
      source,
      missed: new MissedMessages(this.compat, muc, missed),
      held,
      page: new Set(),
      isEntered: false,
      progress: null,
      isPaused: false,
      latest: Math.max(entry.lastTime, wasBehind ? before.latest : -Infinity),
      retries: 0,
      onEntered: [],
      cancelTimer: nothing,
    };
    entry.state = state;
    const at = this.clock.now();
    this.anchors.set(this.rooms.jidOf(muc), anchor ?? { id: null, at });
    return state;
  }

  /** Where a catch-up has come to; a room that has not let us in has not been heard since. */
  private currentAs({ anchor, isEntered }: Behind): Current {
    const current = this.current(anchor?.id ?? null);
    return isEntered || !anchor ? current : { ...current, heardAt: anchor.at };
  }

  private current(id: string | null): Current {
    return { tag: "current", id, heardAt: this.clock.now() };
  }

  private tellBack(entry: Entry, missed: number): void {
    entry.cancelBack();
    entry.cancelBack = nothing;
    const tell = entry.onBack;
    entry.onBack = null;
    tell?.(missed);
  }

  /** Nothing of what is under way for a room may go on. */
  private end(entry: Entry): void {
    const { state } = entry;
    if (state.tag !== "behind") return;
    state.cancelTimer();
    state.missed.stop();
    // As far behind as before, but another object: answers that come late are told by that.
    entry.state = {
      ...state,
      page: new Set(),
      isEntered: false,
      progress: null,
      isPaused: true,
      onEntered: [],
    };
  }
}
