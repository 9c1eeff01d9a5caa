/** The words of a catch-up: states, events and effects. Nothing here runs. */
import type { Anchor, PageOutcome, PageStart } from "./pages.js";

/** A message of a page, not looked into. */
export interface Archived {
  /** The archive's id of it (XEP-0313 §4.2). */
  readonly id: string;
  /** The stanza that carries it. */
  readonly carrier: unknown;
}

/** A page of an archive. */
export type Page = PageOutcome & { readonly messages: readonly Archived[] };

/** Converse's model of a room when something begins. */
export interface ModelFacts {
  /** Whether the room keeps an archive that Converse reads. */
  readonly hasArchive: boolean;
  /** Whether Converse shows the room as one that the user is in: it hears nothing of a rejoin. */
  readonly isShownIn: boolean;
  /** Whether Converse empties the room and fetches by itself; so it does where it has no model yet. */
  readonly isShownAnew: boolean;
  /** The last archived message that was there when the oldest unconfirmed one was sent; null for none. */
  readonly last: Anchor | null;
  /** The time of the last message, in milliseconds since 1970; minus infinity for none. */
  readonly lastTime: number;
  /** Where a catch-up began that a reload of the page has ended; null for none. */
  readonly stored: Anchor | null;
}

/** The known end of a room while something of the user's was unconfirmed. */
export interface Doubt extends Anchor {
  /** @see Common.lastTime */
  readonly lastTime: number;
}

/** The room's last word that we are in. */
export interface Confirmation {
  /** In milliseconds since 1970. */
  readonly at: number;
  /** The known end before it; undefined while Converse fetches what it shows first. */
  readonly known: Anchor | null | undefined;
  /** @see Common.lastTime */
  readonly lastTime: number;
}

/** A return to the seat. */
export interface Back {
  /** In steady milliseconds. */
  readonly since: number;
  readonly outForMs: number;
}

/** The parts of a state that outlive a return. */
export interface Common {
  /** Counts returns. An answer carries the epoch of its question and is dropped in a later one. */
  readonly epoch: number;
  /** The time of the last message in the room's order, in milliseconds since 1970. */
  readonly lastTime: number;
  /** When the room last said what only occupants hear, in milliseconds of a clock that nobody sets. */
  readonly heard: number;
  /** Null while everything of the user's is confirmed, or nothing was said since. */
  readonly doubt: Doubt | null;
  /** Null until the room has confirmed us. */
  readonly confirmation: Confirmation | null;
  /** The return that is told when the screen is current; null when it was told. */
  readonly back: Back | null;
}

/** The user is not in the room. */
export interface Absent {
  readonly tag: "absent";
  readonly epoch: number;
}
/** The room was joined for the first time: Converse fetches what it shows. */
export interface First extends Common {
  readonly tag: "first";
  /** In milliseconds since 1970. */
  readonly since: number;
  /** The archive's id of the last message that came live. */
  readonly liveId: string | null;
}
/** Converse's model has everything that the room said so far. */
export interface Current extends Common {
  readonly tag: "current";
  /** `at`: when the room last said what only occupants hear. */
  readonly known: Anchor;
  /** Whether Converse has read the messages that were held. */
  readonly isRead: boolean;
}
/** A join is under way, or missed messages are. */
export interface Behind extends Common {
  readonly tag: "behind";
  /** Where the screen ends; null until Converse has read what it stored before the page was loaded. */
  readonly known: Anchor | null;
  readonly walk: Walk;
  /** The archive's ids of the page that Converse took last. */
  readonly page: ReadonlySet<string>;
  /** The time of the last message that Converse had when the return began, in milliseconds since 1970. */
  readonly latest: number;
  /** How often the archive was given time in vain. */
  readonly retries: number;
}
/** How far the screen of a room is behind. */
export type CatchUp = Absent | First | Current | Behind;
/** A room that the user is in, or comes into. */
export type Present = First | Current | Behind;

/** A question to an archive. */
export interface Question {
  readonly from: PageStart;
  /** How often it was asked in vain, in a row. */
  readonly failures: number;
  /** The message from which on the archive is read. */
  readonly origin: Anchor;
}

/** A part of the walk: a question, the search for where it begins, or its end. */
export type Next = Question | "find" | "complete" | "incomplete";

/** The history that has come with a join so far. */
export interface Seen {
  readonly count: number;
  /** Whether a known message was among it: nothing is missing before the others. */
  readonly isKnownMet: boolean;
  /** The place of the first of them, in milliseconds since 1970; null for none. */
  readonly firstAt: number | null;
}

/** The way to the present. Times are steady milliseconds; null for none. */
export type Walk =
  /** Converse reads what it stored; the last of it is where the archive is read from. */
  | { readonly tag: "finding" }
  | ({ readonly tag: "asking" } & Question)
  /** Converse reads a page that ends with the message `last`. */
  | {
      readonly tag: "reading";
      readonly next: Next;
      readonly last: string | null;
    }
  /** The room has not said yet that we are in; its archive may be closed until then. */
  | { readonly tag: "waiting"; readonly next: Next; readonly until: number }
  /** The archive is silent, or the stream is down; a join or time takes it up. */
  | {
      readonly tag: "paused";
      readonly next: Next;
      readonly until: number | null;
    }
  /** The room has no archive: its history comes with the join. */
  | {
      readonly tag: "joining";
      readonly until: number | null;
      readonly seen: Seen;
    }
  /** The room has said that we are in: its history ends with the subject (XEP-0045 §7.2.15), if it says one. */
  | { readonly tag: "history"; readonly until: number; readonly seen: Seen };

/** What can happen to a catch-up. */
export type CatchUpEvent =
  | { readonly type: "join-sent"; readonly facts: ModelFacts }
  /** A page was loaded anew, and the stream was resumed: the room still has us. */
  | { readonly type: "found-in"; readonly facts: ModelFacts }
  /** Converse has fetched what it does after a first join. */
  | { readonly type: "first-fetched"; readonly facts: ModelFacts }
  /** The room says that we are in. */
  | { readonly type: "entered" }
  | { readonly type: "subject" }
  /** The room said something that only occupants hear. */
  | { readonly type: "word" }
  | { readonly type: "anchor-found"; readonly epoch: number; known: Anchor }
  | {
      readonly type: "page-came";
      readonly epoch: number;
      readonly page: Page;
      /** @see ModelFacts.lastTime */
      readonly lastTime: number;
    }
  | {
      readonly type: "page-read";
      readonly epoch: number;
      readonly isRead: boolean;
    }
  /** Converse has read every message that was held. */
  | {
      readonly type: "released";
      readonly epoch: number;
      readonly missed: number;
    }
  /** The way to the room was broken, though it has us: the archive knows what arrived. */
  | { readonly type: "look-up"; readonly hasArchive: boolean }
  /** Another tab's join became known when it was over. */
  | { readonly type: "late-news"; readonly hasArchive: boolean }
  /** The user is back: that is told when the screen is current. */
  | { readonly type: "back"; readonly outForMs: number }
  | { readonly type: "stream-down" }
  /** The room was left, but the user may come back: nothing goes on until the next join. */
  | { readonly type: "pause" }
  | { readonly type: "left"; readonly isOwnWish: boolean }
  /** The time that `wakesAt` named has come. */
  | { readonly type: "wake"; readonly isConnected: boolean };

/** What is to be done after an event. */
export type CatchUpEffect =
  /** The join asks for this history (XEP-0045 §7.2.14). */
  | {
      readonly type: "history";
      readonly attributes: Readonly<Record<string, string>>;
    }
  /** Answered by `page-came`. */
  | { readonly type: "ask"; readonly from: PageStart; readonly epoch: number }
  /** Answered by `anchor-found`. */
  | {
      readonly type: "find";
      readonly epoch: number;
      /** @see Moment.oldestPending */
      readonly pending: number | null;
    }
  /** Answered by `page-read`. */
  | { readonly type: "read"; readonly page: Page; readonly epoch: number }
  /** A return begins: its messages are counted, with those of one before that came to nothing. */
  | { readonly type: "count" }
  /**
   * The held messages enter Converse's model, behind a notice that some may be missing; answered by `released`.
   * `gapAt`: the notice's place, in milliseconds since 1970; null for none.
   */
  | {
      readonly type: "release";
      readonly gapAt: number | null;
      readonly epoch: number;
    }
  /** The count of a return is over, and the user may be notified. */
  | { readonly type: "notify" }
  | {
      readonly type: "back";
      readonly outForMs: number;
      readonly missed: number;
    }
  /** The count is over and the held messages are shown, or forgotten. */
  | { readonly type: "drop"; readonly isShown: boolean }
  /** A reload of the page begins there; null: nowhere. */
  | { readonly type: "store"; readonly anchor: Anchor | null }
  /** Whether Converse itself asks the archive. */
  | { readonly type: "mute-archive"; readonly isMuted: boolean }
  | { readonly type: "refresh-members" }
  /** The room is silent: the seat is to be checked. */
  | { readonly type: "silent" }
  /** The screen is current, and shows all that the room has if `isComplete`. */
  | { readonly type: "current"; readonly isComplete: boolean };

/** The world at the time of an event. */
export interface Moment {
  /** Milliseconds since 1970, by a clock that anybody may set. */
  readonly now: number;
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsed: number;
  /** A number in [0, 1), for the jitter. */
  readonly random: number;
  /** Whether the room has said that we are in. */
  readonly isSeated: boolean;
  /** When the oldest message of ours was sent that may be in the archive, in milliseconds since 1970; null for none. */
  readonly oldestPending: number | null;
  /** How long an answer is waited for, in milliseconds. */
  readonly timeoutMs: number;
}
