import { admit } from "../../core/catch-up/arrivals.js";
import { step, wakesAt } from "../../core/catch-up/catch-up.js";
import type {
  CatchUp as State,
  CatchUpEffect,
  CatchUpEvent,
  Moment,
} from "../../core/catch-up/catch-up-events.js";
import { ABSENT } from "../../core/catch-up/catch-up-states.js";
import type { RoomJid } from "../../core/events.js";
import { bareJid } from "../../core/jid.js";
import type { ClockPort, Undo } from "../../ports.js";
import type { Compat } from "../converse.js";
import type { MessageAttributes, MucModel } from "../converse-types.js";
import { setHistory } from "../stanza-view.js";
import type { AnchorStore } from "../store/anchors.js";
import type { Archive } from "./archive.js";
import { Reading } from "./reading.js";
import type { Rooms } from "./rooms.js";

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

interface Entry {
  state: State;
  /** Whether the room has said that we are in. */
  isSeated: boolean;
  /** When the timer rings, in steady milliseconds; null while none is set. */
  wakesAt: number | null;
  cancelTimer: Undo;
  tellBack: ((missed: number) => void) | null;
}

/** The events that say whether the room has us; others leave it as it was. */
const SEATED: Partial<Record<CatchUpEvent["type"], boolean>> = {
  "join-sent": false,
  "stream-down": false,
  pause: false,
  entered: true,
  "found-in": true,
  "first-fetched": true,
  "look-up": true,
  "late-news": true,
};

type EffectOf<T> = Extract<CatchUpEffect, { type: T }>;
/** Carries an effect out. `presence`: the join that is about to be sent; null for another tab's. */
type Act<E> = (room: RoomJid, effect: E, presence?: Element | null) => void;

const nothing = () => {};

/**
 * Brings a room's screen up to what was said in it: after every return all that was missed, once, in the
 * room's order, through Converse's own model. The core decides; its effects are carried out here.
 */
export class CatchUp {
  private readonly entries = new Map<RoomJid, Entry>();
  private readonly reading: Reading;

  constructor(
    private readonly compat: Compat,
    private readonly rooms: Rooms,
    archive: Archive,
    private readonly anchors: AnchorStore,
    private readonly clock: ClockPort,
    private readonly timeoutMs: number,
    private readonly target: CatchUpTarget,
  ) {
    this.reading = new Reading(compat, rooms, archive, anchors, clock);
  }

  /** Whether something may be missing: what was said meanwhile, and whether the room has what we said. */
  isBehind(room: RoomJid): boolean {
    return this.stateOf(room).tag === "behind";
  }

  /** Whether Converse still fetches what it shows first. */
  isFirst(room: RoomJid): boolean {
    return this.stateOf(room).tag === "first";
  }

  /**
   * A join is about to be sent: the place to ask for the history that goes with it.
   *
   * @param presence the join; null when another tab sends it
   */
  onJoin(room: RoomJid, presence: Element | null): void {
    // Where its model is not at hand yet, Converse joins for the first time in this page.
    this.tellFacts(room, "join-sent", presence);
  }

  /**
   * Whether a join that another tab sent is over: the room has confirmed us since.
   *
   * @param sentAt in milliseconds since 1970
   */
  isJoinOver(room: RoomJid, sentAt: number): boolean {
    const state = this.stateOf(room);
    const at = state.tag === "absent" ? null : state.confirmation?.at;
    return at != null && at >= sentAt;
  }

  /** Another tab's join has become known when it was over: what the room said in between may be missing here. */
  onLateNews(room: RoomJid): void {
    this.tellFacts(room, "late-news");
  }

  /** We are in the room, as it has just said. */
  onEntered(room: RoomJid): void {
    this.tell(room, { type: "entered" });
  }

  /** The room has said its subject: the history, if any, is through. */
  onHistoryEnd(room: RoomJid): void {
    this.tell(room, { type: "subject" });
  }

  /** The room said something that only those who are in it hear. */
  onWord(room: RoomJid): void {
    this.tell(room, { type: "word" });
  }

  /** Converse is done with a room's `enteredNewRoom`: its own question to the archive was let out. */
  onEnteredNewRoom(muc: MucModel): void {
    this.clock.after(0, () => {
      if (muc.disable_mam) muc.disable_mam = false;
    });
  }

  /** Converse has fetched what it does after a first join. */
  onFirstFetched(room: RoomJid): void {
    if (!this.isFirst(room)) return;
    this.tellFacts(room, "first-fetched");
  }

  /** A room is found joined after a reload of the page; what was missed meanwhile, the stream has replayed. */
  onFoundJoined(room: RoomJid): void {
    const isNew = this.stateOf(room).tag === "absent";
    if (!isNew || !this.rooms.modelOf(room)) return;
    this.tellFacts(room, "found-in");
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
    const arrival = this.reading.arrivalOf(room, muc, attributes, entry.state);
    const admitted = admit(entry.state, arrival, this.momentOf(room, entry));
    entry.state = admitted.state;
    return this.reading.admit(room, muc, attributes, admitted.admission);
  }

  /**
   * The room has us, and always had; but the way to it was broken, and what was on its way may be lost.
   *
   * @returns false where there is no archive that would know
   */
  lookUp(room: RoomJid): boolean {
    if (this.stateOf(room).tag !== "current") return false;
    this.tellFacts(room, "look-up");
    return this.isBehind(room);
  }

  /** Whether Converse may notify of a message: in a return of one, as the site's settings say. */
  mayNotify(attributes: MessageAttributes): boolean {
    const room = bareJid(String(attributes.from ?? ""));
    return this.isBehind(room) && attributes.is_delayed
      ? this.reading.mayNotify(room, attributes)
      : true;
  }

  /** @param tell called once with the number of missed messages, when they are there */
  whenBack(room: RoomJid, tell: (missed: number) => void): void {
    // Out again before what was missed the first time was there: that is one return, the last.
    this.entryOf(room).tellBack = tell;
    this.tell(room, { type: "back" });
  }

  /** The stream is down: what is under way comes to nothing, and is taken up with the next join. */
  suspend(): void {
    for (const room of this.entries.keys()) {
      this.tell(room, { type: "stream-down" });
    }
  }

  /** Nothing of what is under way for a room goes on; its next join catches up from where it was. */
  pause(room: RoomJid): void {
    this.tell(room, { type: "pause" });
  }

  /**
   * The user is not in the room any more.
   *
   * @param isOwnWish whether nobody looks at it any more
   */
  drop(room: RoomJid, isOwnWish: boolean): void {
    if (!this.entries.has(room)) return;
    this.entryOf(room).tellBack = null;
    this.tell(room, { type: "left", isOwnWish });
  }

  /** The session is over. */
  clear(): void {
    for (const room of this.entries.keys()) this.drop(room, true);
    this.anchors.clear();
  }

  private stateOf(room: RoomJid): State {
    return this.entries.get(room)?.state ?? ABSENT;
  }

  private entryOf(room: RoomJid): Entry {
    const entry: Entry = this.entries.get(room) ?? {
      state: ABSENT,
      isSeated: false,
      wakesAt: null,
      cancelTimer: nothing,
      tellBack: null,
    };
    this.entries.set(room, entry);
    return entry;
  }

  private momentOf(room: RoomJid, { isSeated }: Entry): Moment {
    return {
      now: this.clock.now(),
      elapsed: this.clock.elapsed(),
      random: this.clock.random(),
      isSeated,
      oldestPending: this.target.oldestPending(room),
      timeoutMs: this.timeoutMs,
    };
  }

  /** Something begins, of which Converse's model decides. */
  private tellFacts(
    room: RoomJid,
    type: Extract<CatchUpEvent, { facts: unknown }>["type"],
    presence?: Element | null,
  ): void {
    const pending = this.target.oldestPending(room);
    const facts = this.reading.factsOf(room, pending);
    this.tell(room, { type, facts }, presence);
  }

  private tell(
    room: RoomJid,
    event: CatchUpEvent,
    presence?: Element | null,
  ): void {
    const entry = this.entryOf(room);
    entry.isSeated = SEATED[event.type] ?? entry.isSeated;
    const moment = this.momentOf(room, entry);
    // A timer that rings a moment early, by rounding, is due all the same.
    const elapsed =
      event.type === "wake"
        ? Math.max(moment.elapsed, wakesAt(entry.state) ?? 0)
        : moment.elapsed;
    const { state, effects } = step(entry.state, event, { ...moment, elapsed });
    entry.state = state;
    this.setTimer(room, entry);
    for (const effect of effects) {
      const act = this.acts[effect.type] as Act<CatchUpEffect>;
      act(room, effect, presence);
    }
  }

  private setTimer(room: RoomJid, entry: Entry): void {
    const at = wakesAt(entry.state);
    if (at === entry.wakesAt) return;
    entry.wakesAt = at;
    entry.cancelTimer();
    entry.cancelTimer = nothing;
    if (at === null) return;
    const ms = Math.max(0, at - this.clock.elapsed());
    entry.cancelTimer = this.clock.after(ms, () => {
      entry.wakesAt = null;
      this.tell(room, {
        type: "wake",
        isConnected: this.compat.api.connection.connected(),
      });
    });
  }

  private readonly acts: {
    readonly [T in CatchUpEffect["type"]]: Act<EffectOf<T>>;
  } = {
    history: (_room, { attributes }, presence) => {
      if (presence) setHistory(presence, attributes);
    },
    ask: (room, { from, epoch }, presence) => {
      const ask = () => {
        if (this.stateOf(room).epoch !== epoch) return;
        void this.reading.ask(room, from).then((came) => {
          this.tell(room, { type: "page-came", epoch, ...came });
        });
      };
      // Goes out right behind the join: the room answers in order, so nothing can fall between the two.
      if (presence === undefined) ask();
      else queueMicrotask(ask);
    },
    find: (room, { epoch }) =>
      void this.reading
        .find(room, this.target.oldestPending(room))
        .then((known) =>
          this.tell(room, { type: "anchor-found", epoch, known }),
        ),
    read: (room, { page, epoch }) =>
      void this.reading
        .read(room, page)
        .then((isRead) =>
          this.tell(room, { type: "page-read", epoch, isRead }),
        ),
    count: (room) => this.reading.count(room),
    release: (room, { gapAt, epoch }) =>
      void this.reading
        .release(room, gapAt)
        .then((missed) => this.tell(room, { type: "released", epoch, missed })),
    notify: (room) => this.reading.notify(room),
    back: (room, { missed }) => {
      const entry = this.entryOf(room);
      const { tellBack } = entry;
      entry.tellBack = null;
      tellBack?.(missed);
    },
    drop: (room, { isShown }) => this.reading.drop(room, isShown),
    store: (room, { anchor }) => this.reading.store(room, anchor),
    "mute-archive": (room, { isMuted }) =>
      this.reading.muteArchive(room, isMuted),
    "refresh-members": (room) => this.reading.refreshMembers(room),
    silent: (room) => this.target.onSilence(room),
    current: (room, { isComplete }) => this.target.onCurrent(room, isComplete),
  };
}
