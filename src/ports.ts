/** The ports through which the core's runner reaches Converse, the wire and the clock. */
import type {
  EnableOutcome,
  PingAnswer,
  RoomJid,
  StanzaError,
} from "./core/events.js";
import type { Outbox, OutboxEvent, Way } from "./core/outbox/outbox-state.js";
import type { Failed, Pending } from "./core/outbox/pending.js";

/** Undoes a subscription or a timer; a second call does nothing. */
export type Undo = () => void;

/** Time and chance. */
export interface ClockPort {
  /** Milliseconds since 1970, by a clock that anybody may set. */
  now(): number;
  /** Milliseconds of a clock that nobody sets. */
  elapsed(): number;
  /** A number in [0, 1). */
  random(): number;
  /** Calls `run` once after `ms` milliseconds unless undone. */
  after(ms: number, run: () => void): Undo;
}

/** How an IQ request ended. Every request ends in exactly one of these, none rejects. */
export type Answer =
  | { readonly kind: "result"; readonly element: Element }
  | { readonly kind: "error"; readonly error: StanzaError }
  | { readonly kind: "no-answer" }
  | { readonly kind: "not-sent" };

/** Converse's MUC model, as the keeper sees it. */
export interface RoomsPort {
  /** Whether Converse has a room: nobody wants to be in one that it has not. */
  has(room: RoomJid): boolean;
  /** Whether Converse takes the room for joined, and nothing was kept from it that says otherwise. */
  isBelievedIn(room: RoomJid): boolean;
  /** Whether the room's disco#info, as Converse last fetched it, lists a feature. */
  hasFeature(room: RoomJid, feature: string): boolean;
  /** Asks the room about itself: what follows a check may need it. */
  refresh(room: RoomJid): Promise<void>;
  /**
   * Joins through Converse's own model. Resolves to false when that could not even be tried.
   *
   * @param isStillWanted asked before the join goes out: making it may take a while
   */
  rejoin(room: RoomJid, isStillWanted: () => boolean): Promise<boolean>;
  /** Whether the user is looking at the room: it goes first. */
  isVisible(room: RoomJid): boolean;
}

/** The two things that go to a room as IQs; neither rejects. */
export interface PingPort {
  ping(room: RoomJid, nick: string): Promise<PingAnswer>;
}

/** Registration with a room (XEP-0357 §5, with the room in the place of the user's server). */
export interface PushPort {
  enable(room: RoomJid): Promise<EnableOutcome>;
  /** Sends `disable` before it returns, if the room was ever asked to enable. */
  disable(room: RoomJid): boolean;
}

/** How handing a stanza over ended; `never` when it is none. */
export type SendOutcome = "sent" | "not-now" | "never";

/** The outboxes of all rooms, as adapters see them. */
export interface OutboxDesk {
  /** The outbox of a room; empty for one that was never heard of. */
  of(room: RoomJid): Outbox;
  tell(room: RoomJid, event: OutboxEvent): void;
  /** Sends a failed message again, at once if the way is open. */
  sendAgain(room: RoomJid, id: string): void;
}

/** The store in which the user's messages survive a reload. */
export interface OutboxStorePort {
  /** The messages of the page before; null while nobody is logged in. */
  load(): readonly Pending[] | null;
  /** An outbox has changed: the store follows it. */
  mirror(before: Outbox, after: Outbox): void;
}

/** The screen that shows messages as waiting or failed. */
export interface OutboxScreenPort {
  /** An outbox has changed: the screen follows it. */
  mirror(room: RoomJid, outbox: Outbox): void;
}

/** One act for each effect of an outbox; none of them throws. */
export interface OutboxActs {
  /** Gives a stanza to the user's server. */
  send(xml: string): SendOutcome;
  failed(entry: Failed): void;
  /** A failed message is tried again, or was delivered after all. */
  revived(entry: Pending): void;
  /** A message was delivered, has failed, or is not cared for any more. */
  ended(room: RoomJid, id: string, isDelivered: boolean): void;
}

/** The rest of the plugin, as far as the outboxes need it. */
export interface OutboxPorts {
  readonly clock: ClockPort;
  readonly store: OutboxStorePort;
  readonly screen: OutboxScreenPort;
  readonly acts: OutboxActs;
  /** Whether the user wants to be in a room: only then its messages are cared for. */
  isKept(room: RoomJid): boolean;
  wayOf(room: RoomJid): Way;
  /** Whether a room has an archive that is read. */
  hasArchive(room: RoomJid): boolean;
  /** Whether this tab sends the messages that wait; false while another one does. */
  isLeader(): boolean;
}
