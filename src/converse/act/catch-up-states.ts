import type { Anchor } from "../../core/catch-up/pages.js";
import type { Undo } from "../../ports.js";
import type { Progress } from "./archive-walk.js";
import type { MissedMessages } from "./missed-messages.js";
import type { MessageAttributes } from "../converse-types.js";

/** A room that was joined for the first time: Converse fetches what it shows. */
export interface First {
  readonly tag: "first";
  /** In milliseconds since 1970. */
  readonly since: number;
  /** The archive's id of the last message that came live. */
  liveId?: string | null;
}
/** Everything that the room said so far is in Converse's model. */
export interface Current {
  readonly tag: "current";
  /** The archive's id of the last message. */
  id: string | null;
  /** When the room last said what only occupants hear, in milliseconds since 1970. */
  heardAt: number;
}
/** A join is under way, or what was missed is being fetched. */
export interface Behind {
  readonly tag: "behind";
  /** Null until Converse has read what it knew before the page was loaded. */
  anchor: Anchor | null;
  readonly source: "archive" | "history";
  readonly missed: MissedMessages;
  /** Live messages: they follow what is missing. */
  held: MessageAttributes[];
  /** The archive's ids of the page that Converse reads. */
  page: ReadonlySet<string>;
  isEntered: boolean;
  /** How far the archive is read; null before it is asked. */
  progress: Progress | null;
  /** Nobody answers: it goes on when the room says that it is there. */
  isPaused: boolean;
  /** The time of the last message that Converse had when it began, in milliseconds since 1970. */
  readonly latest: number;
  /** How often the archive was given time in vain. */
  retries: number;
  readonly onEntered: (() => void)[];
  cancelTimer: Undo;
}

/** What was known before the first live message that came while something of ours was unconfirmed. */
export interface Doubt extends Anchor {
  /** @see Entry.lastTime */
  readonly lastTime: number;
}

/** The room's last word that we are in. */
export interface Confirmation {
  /** In milliseconds since 1970. */
  readonly at: number;
  /** What was known before it; undefined while Converse fetches what it shows first. */
  readonly anchor: Anchor | null | undefined;
  /** The time of the last message before it. @see Entry.lastTime */
  readonly lastTime: number;
}

export interface Entry {
  state: First | Current | Behind;
  /** The time of the last message in the room's order, as Converse has it, in milliseconds since 1970. */
  lastTime: number;
  /** When the room last said what only occupants hear, by the clock that nobody sets. */
  heard: number;
  doubt: Doubt | null;
  /** Null until the room has confirmed us. */
  confirmation: Confirmation | null;
  onBack: ((missed: number) => void) | null;
  cancelBack: Undo;
}
