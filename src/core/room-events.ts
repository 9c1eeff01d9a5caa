/** Everything that can happen to a room, and everything that can follow. Nothing here runs. */
import type {
  CatchUpEffect,
  CatchUpEvent,
  ModelFacts,
} from "./catch-up/catch-up-events.js";
import type {
  Effect as SeatEffect,
  Notice as SeatNotice,
  RoomEvent as SeatEvent,
} from "./events.js";
import type { OutboxEffect, OutboxEvent } from "./outbox/outbox-state.js";

/** The members of a union with one of these types. */
export type Either<E, T> = Extract<E, { type: T }>;

/** What can happen to a room. */
export type RoomEvent =
  | SeatEvent
  /** A join goes out: from this tab, or from another one that shares the connection. */
  | { readonly type: "join-sent"; readonly facts: ModelFacts }
  /** The room is found joined without a join: a page reload with a resumed stream. */
  | {
      readonly type: "found-in";
      readonly nick: string;
      readonly facts: ModelFacts;
    }
  | Either<
      CatchUpEvent,
      | "first-fetched"
      | "word"
      | "anchor-found"
      | "page-came"
      | "page-read"
      | "released"
      | "late-news"
    >
  | Either<
      OutboxEvent,
      | "typed"
      | "echoed"
      | "bounced"
      | "answered"
      | "send-again"
      | "unsent"
      | "unreadable"
      | "restored"
      | "absorbed"
    >;

/** News of a room, for other plugins and people. */
export type Notice =
  | Exclude<SeatNotice, { name: "back" }>
  | {
      readonly name: "back";
      readonly outForMs: number;
      /** How many messages the return has brought. */
      readonly missed: number;
    };

/** What is to be done after an event. */
export type Effect =
  | Exclude<SeatEffect, { type: "announce" | "look-up" }>
  | Exclude<CatchUpEffect, { type: "silent" | "current" | "back" }>
  | OutboxEffect
  | { readonly type: "announce"; readonly notice: Notice }
  /** Nobody can say who is in the room: the presences that told us may have been lost. */
  | { readonly type: "forget-roll-call" };
