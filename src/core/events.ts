/**
 * The words of the core: rooms, stanzas as far as they matter, events and effects. Nothing here runs.
 */

/** The bare JID of a room, lower-cased: `room@muc.example`. */
export type RoomJid = string;

/** What an error stanza says (RFC 6120 §8.3). */
export interface StanzaError {
  /** The defined condition, for example `not-acceptable`; `undefined-condition` when there is none. */
  readonly condition: string;
  /** `auth`, `cancel`, `continue`, `modify` or `wait`; empty when the sender gave none. */
  readonly type: string;
  /** The entity that generated the error, where it said so. */
  readonly by: string | null;
  /** Its `text`, for people, in whatever language; null where it has none. */
  readonly text?: string | null;
}

/** What a self-ping needs of its answer (XEP-0410 §3). */
export type PingAnswer =
  | { readonly kind: "result" }
  | { readonly kind: "error"; readonly error: StanzaError }
  | { readonly kind: "no-answer" };

/** What the answer to a self-ping means. */
export type Verdict = "joined" | "gone" | "out" | "unreachable";

/** Why a room was left, or could not be entered, and is not entered again by this plugin. */
export type FinalReason =
  | "left"
  /** Converse left it, and hears of its activity instead (`muc_subscribe_to_rai`) until the user looks at it. */
  | "parked"
  | "logged-out"
  | "kicked"
  | "banned"
  | "affiliation-lost"
  | "members-only"
  | "destroyed"
  | "nick-conflict"
  | "nick-required"
  | "nick-refused"
  | "password-required"
  | "not-allowed"
  | "not-found"
  | "refused";

/** Why the user is out of a room and comes back. */
export type PassingReason =
  | "shutdown"
  | "technical-problem"
  | "unavailable"
  | "stream-lost"
  | "self-ping"
  | "unreachable"
  | "full"
  | "busy"
  | "locked"
  | "join-timeout"
  | "join-failed";

/** What became of a membership: over for good, or to be taken up again. */
export type Departure =
  | { readonly comesBack: true; readonly reason: PassingReason }
  | { readonly comesBack: false; readonly reason: FinalReason };

/** What a destroyed room leaves behind (XEP-0045 §10.9). */
export interface Destruction {
  /** The room to go to instead; null when there is none. */
  readonly alternative: string | null;
  readonly reason: string | null;
}

/** What a presence stanza from a room says, as far as it matters here (XEP-0045 §7, §15.6). */
export interface PresenceView {
  /** The `type` attribute; `available` when there is none. */
  readonly type: string;
  /** The resource of `from`: the occupant's nick; null for the room's bare JID. */
  readonly nick: string | null;
  /** The status codes of `muc#user`. */
  readonly codes: ReadonlySet<number>;
  /** What is said when the room was destroyed; null when it was not. */
  readonly destruction: Destruction | null;
  /** Present when `type` is `error`. */
  readonly error: StanzaError | null;
}

/**
 * How the loss of a seat would come to be known: the room pushes, or its service says when it is ready
 * again; otherwise only its silence tells.
 */
export type Guard = "push" | "ready" | "silence";

/** What can happen to a room. */
export type RoomEvent =
  /** Converse began to join, on its own or on behalf of this plugin. */
  | { readonly type: "join-began" }
  /** The room is found joined without a join: a page reload with a resumed stream. */
  | { readonly type: "found-joined"; readonly nick: string }
  /** Available self-presence, status 110. */
  | { readonly type: "self-presence"; readonly nick: string }
  /** The room put the user out. */
  | { readonly type: "departed"; readonly departure: Departure }
  /** An error came for a presence of ours: a join, another nick, another status. */
  | {
      readonly type: "presence-refused";
      readonly departure: Departure;
      /** Whether it may mean no more than that nobody has made the room again yet. */
      readonly mayBeMissing?: "surely-not" | "if-known" | "if-gone";
    }
  /** A presence of ours went to the room that is no join: another status. */
  | { readonly type: "presence-sent" }
  /** The room said its subject, as it does to those who join. */
  | { readonly type: "subject-told" }
  /** The user left, closed the room or logged out; or Converse left it, see `parked`. */
  | {
      readonly type: "user-left";
      readonly reason: "left" | "logged-out" | "parked";
    }
  /** The room itself spoke to us: a push. */
  | { readonly type: "room-spoke" }
  /** Something, or somebody, wants to know whether we are still in. */
  | { readonly type: "check-wanted" }
  /** The user looks at the page again, or the network is back: a good time to ask a room that is silent. */
  | { readonly type: "glance" }
  /** It became known how a loss of the seat would show. */
  | { readonly type: "guarded"; readonly guard: Guard }
  /** This room's host is away: another room asks after it, or this one from now on, see `until`. */
  | {
      readonly type: "host-away";
      /** When this room asks; null when another one does. */
      readonly until: number | null;
      /** How often in a row the host was asked in vain. */
      readonly attempt: number;
    }
  /** The host of this room is there, or it is this room's turn to ask. */
  | {
      readonly type: "host-back";
      /** Whether the room itself was heard. */
      readonly isHeard: boolean;
    }
  | { readonly type: "nick-asked"; readonly nick: string }
  | {
      readonly type: "ping-answered";
      readonly epoch: number;
      readonly verdict: Verdict;
      /** Whether Converse takes the room for joined, and nothing was kept from it that says otherwise. */
      readonly isBelievedIn: boolean;
      /** Whether the answer, or its lack, speaks of the room's host, and not of the room alone. */
      readonly isHostAway: boolean;
    }
  | { readonly type: "stream-down" }
  | { readonly type: "stream-up" }
  /** The time that `wakeAt` named has come. */
  | { readonly type: "wake" };

/** What other plugins and people may hear about a room. */
export type Notice =
  | { readonly name: "checked"; readonly verdict: Verdict }
  | { readonly name: "out"; readonly reason: PassingReason }
  | {
      readonly name: "back";
      readonly outForMs: number;
      /** Whether it took a join; without one nothing was missed. */
      readonly isRejoined: boolean;
    }
  | { readonly name: "given-up"; readonly reason: FinalReason };

/** What is to be done after an event. */
export type Effect =
  | {
      readonly type: "ping";
      readonly nick: string;
      readonly epoch: number;
      /** Whether the room has just spoken, so that its host is known to be there. */
      readonly isHostThere: boolean;
    }
  | { readonly type: "join" }
  /** The room has taken a presence for a join: what was said before may be missing. */
  | { readonly type: "look-up" }
  | { readonly type: "enable" }
  | { readonly type: "disable" }
  | { readonly type: "announce"; readonly notice: Notice };

/** The bounds of the backoff, in milliseconds. */
export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/** The numbers that the state machine works with, in milliseconds. */
export interface Limits {
  readonly checkIntervalMs: number;
  readonly answerTimeoutMs: number;
  readonly joinTimeoutMs: number;
  /** After this long without a stanza a room counts as quiet: worth a check when the user comes back. */
  readonly quietMs: number;
  /** After this long without a stanza a room that has no other guard is checked; 0 for never. */
  readonly silenceMs: number;
  /** After this long without a stanza a room that pushes is checked all the same; 0 for never. */
  readonly slowCheckMs: number;
  /** How many rejoins may be under way at a time. */
  readonly concurrentJoins: number;
  /** After how many joins that found no such room it is given up. */
  readonly missingTries: number;
  readonly backoff: BackoffLimits;
}

/** How enabling ended; `unsupported` when the room does not announce push. */
export type EnableOutcome = "enabled" | "unsupported" | "failed";

/** The event of one type. */
export type EventOf<T extends RoomEvent["type"]> = Extract<
  RoomEvent,
  { type: T }
>;
