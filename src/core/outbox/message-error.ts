import type { StanzaError } from "../events.js";
import { hostOf } from "../jid.js";

/** A message that an error came for. */
export interface Refused {
  /** The room's bare JID. */
  readonly room: string;
  /** Whether it went to one occupant (XEP-0045 §7.5). */
  readonly isPrivate: boolean;
}

/**
 * What an error says about a message. `passing`: the room has forgotten us, is gone, or is out of reach; the
 * same message may be welcome later. `final`: the room's last word, which is Converse's to show.
 */
export type ErrorMeaning = "passing" | "final";

/** One row of the table: the first row whose conditions and test fit gives the meaning. */
export interface ErrorRule {
  /** The conditions it is about; null for any. */
  readonly conditions: readonly string[] | null;
  /** What must hold beside the condition; absent when nothing must. */
  readonly when?: (error: StanzaError, refused: Refused) => boolean;
  readonly meaning: ErrorMeaning;
}

/** Errors that say of any request that we are out of a room, or that it is out of reach. */
export const PASSING_ERRORS: ReadonlySet<string> = new Set([
  "not-acceptable",
  "remote-server-not-found",
  "remote-server-timeout",
]);

/** What an error answer to a message means, first match wins. */
export const MESSAGE_ERROR_RULES: readonly ErrorRule[] = [
  { conditions: [...PASSING_ERRORS], meaning: "passing" },
  // A room that did not survive a crash. Of a private message the room says so when the occupant has gone.
  {
    conditions: ["item-not-found"],
    when: ({ by }, { room, isPrivate }) => !isPrivate || by === hostOf(room),
    meaning: "passing",
  },
  {
    conditions: ["gone"],
    when: ({ by }, { room, isPrivate }) =>
      !isPrivate || by === room || by === hostOf(room),
    meaning: "passing",
  },
  // The component behind the room is down.
  {
    conditions: ["service-unavailable"],
    when: ({ type }) => type === "wait",
    meaning: "passing",
  },
  { conditions: null, meaning: "final" },
];

/** Judges an error that came for a message. */
export function judgeMessageError(
  error: StanzaError,
  refused: Refused,
): ErrorMeaning {
  const rule = MESSAGE_ERROR_RULES.find(
    ({ conditions, when }) =>
      (conditions === null || conditions.includes(error.condition)) &&
      (when?.(error, refused) ?? true),
  );
  return rule?.meaning ?? "final";
}
