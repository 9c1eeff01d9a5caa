/** The ports through which the core's runner reaches Converse, the wire and the clock. */
import type { Admitted, Arrival } from "./core/catch-up/arrivals.js";
import type { CatchUp } from "./core/catch-up/catch-up-events.js";
import type {
  EnableOutcome,
  PingAnswer,
  RoomJid,
  StanzaError,
} from "./core/events.js";
import type { Membership } from "./core/membership.js";
import type { Effect, Either, RoomEvent } from "./core/room-events.js";

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

/** How handing a stanza over ended; `never` when it is none. */
export type SendOutcome = "sent" | "not-now" | "never";

/** Converse's MUC model, as the keeper sees it. */
export interface RoomsPort {
  /** Whether Converse has a room: nobody wants to be in one that it has not. */
  has(room: RoomJid): boolean;
  /** Whether Converse takes the room for joined, and nothing was kept from it that says otherwise. */
  isBelievedIn(room: RoomJid): boolean;
  /** Whether the room's disco#info, as Converse last fetched it, lists a feature. */
  hasFeature(room: RoomJid, feature: string): boolean;
  /** Whether the room has an archive that is read. */
  hasArchive(room: RoomJid): boolean;
  /** Asks the room about itself: the steps that follow a check may need it. */
  refresh(room: RoomJid): Promise<void>;
  /** Whether the user is looking at the room: it goes first. */
  isVisible(room: RoomJid): boolean;
}

/** Effects that the keeper itself carries out: they end in more than one event. */
type KeptEffect = "ping" | "join" | "enable" | "send";

/**
 * Carries an effect out; must not throw. The room is told the event that a promise resolves to. `isStale`: whether
 * the room's catch-up has moved on since.
 */
export type Act<T extends Effect["type"]> = (
  room: RoomJid,
  effect: Either<Effect, T>,
  isStale: () => boolean,
) => void | Promise<RoomEvent | undefined>;

/** One function for each effect: a new effect does not compile until an adapter carries it out. */
export type Acts = {
  readonly [T in Exclude<Effect["type"], KeptEffect>]: Act<T>;
} & {
  /** Self-ping (XEP-0410 §3); does not reject. */
  ping(room: RoomJid, nick: string): Promise<PingAnswer>;
  /**
   * Joins through Converse's own model. Resolves to false when that could not even be tried.
   *
   * @param isStillWanted asked before the join goes out: making it may take a while
   */
  join(room: RoomJid, isStillWanted: () => boolean): Promise<boolean>;
  /**
   * Registers with the room (XEP-0357 §5, with the room in the place of the user's server).
   *
   * @param isStillWanted asked before the request goes out
   */
  enable(room: RoomJid, isStillWanted: () => boolean): Promise<EnableOutcome>;
  /** The room is registered with, and its guard is known. */
  enabled(room: RoomJid): void;
  /** Gives a stanza to the user's server. */
  send(xml: string): SendOutcome;
};

/** Keeps a store, a mark or a list in step with the rooms. */
export interface Mirror {
  /** A room has taken an event; its effects follow. */
  stepped(
    room: RoomJid,
    is: Membership,
    was: Membership,
    event: RoomEvent,
  ): void;
  /** The session is over, or the plugin stops: every room is forgotten. Stores stay as they are. */
  forgotten(): void;
}

/** Hears stanzas, Converse's events or other tabs, and tells the desk. */
export interface Listener {
  /** Starts listening. @returns what stops it; a second call of that does nothing */
  start(desk: Desk): Undo;
}

/** The doors through which listeners reach the rooms: they tell, and they ask. Nothing here throws. */
export interface Desk {
  /** Tells a room an event. Events for unknown rooms are ignored, except a join and messages of a page before. */
  tell(room: RoomJid, event: RoomEvent): void;
  tellAll(event: RoomEvent): void;
  /** A stanza came from a room that was not an error: it is there, and so is its host. */
  heard(room: RoomJid): void;
  /** A room as it is; one that was never heard of is `UNKNOWN`. */
  ask(room: RoomJid): Membership;
  /** When the oldest message of ours was sent that may be in the room's archive, in milliseconds since 1970. */
  oldestPending(room: RoomJid): number | null;
  /** Whether a message may enter Converse's model, and where. */
  admit(room: RoomJid, read: (catchUp: CatchUp) => Arrival): Admitted;
  /** Resolves when no check of the room is under way. */
  whenChecked(room: RoomJid): Promise<void>;
}
