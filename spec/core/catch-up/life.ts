import { admit, type Arrival } from "../../../src/core/catch-up/arrivals.js";
import { step, wakesAt } from "../../../src/core/catch-up/catch-up.js";
import type {
  CatchUp,
  CatchUpEffect,
  CatchUpEvent,
  ModelFacts,
  Page,
} from "../../../src/core/catch-up/catch-up-events.js";
import { ABSENT } from "../../../src/core/catch-up/catch-up-states.js";

export const START = 1_000_000_000;
export const TIMEOUT_MS = 15_000;

/** A room with an archive that Converse shows as one that the user is in. */
export const FACTS: ModelFacts = {
  hasArchive: true,
  isShownIn: true,
  isShownAnew: false,
  last: { id: "last", at: START - 500 },
  lastTime: START - 500,
  stored: null,
};

export const page = (
  last: string | null,
  isComplete: boolean,
  ...ids: string[]
): Page => ({
  kind: "page",
  last,
  isComplete,
  messages: ids.map((id) => ({ id, carrier: id })),
});

export const failed = (
  kind: "error" | "unknown" | "no-answer" | "not-sent",
): Page => ({ kind, messages: [] });

export const message = (more: Partial<Arrival> = {}): Arrival => ({
  id: null,
  isArchived: false,
  isDelayed: false,
  time: START,
  settledAt: null,
  ownAt: null,
  hasBody: true,
  hasMsgid: true,
  isKnown: false,
  isCorrected: false,
  ...more,
});

/** The events whose epoch is that of the state unless a test says otherwise. */
type Told =
  | CatchUpEvent
  | { type: "page-came"; page: Page; lastTime?: number }
  | { type: "page-read"; isRead?: boolean }
  | { type: "anchor-found"; known: { id: string | null; at: number } }
  | { type: "released"; missed: number };

/** One room's catch-up under clocks that move only when told to. */
export class Life {
  state: CatchUp = ABSENT;
  now = START;
  elapsed = 0;
  random = 0;
  timeoutMs = TIMEOUT_MS;
  isSeated = true;
  oldestPending: number | null = null;
  effects: readonly CatchUpEffect[] = [];

  on(told: Told): this {
    const event = {
      epoch: this.state.epoch,
      isRead: true,
      lastTime: START,
      ...told,
    } as unknown as CatchUpEvent;
    // Only answers have an epoch.
    const isAnswer = /^(page|anchor|released)/.test(event.type);
    if (!isAnswer) delete (event as { epoch?: number }).epoch;
    const { state, effects } = step(this.state, event, this);
    this.state = state;
    this.effects = effects;
    return this;
  }

  join(facts: Partial<ModelFacts> = {}): this {
    this.isSeated = false;
    return this.on({ type: "join-sent", facts: { ...FACTS, ...facts } });
  }

  enter(): this {
    this.isSeated = true;
    return this.on({ type: "entered" });
  }

  /** In the room, with a screen that shows everything. */
  current(facts: Partial<ModelFacts> = {}): this {
    this.join({ isShownIn: false, ...facts }).enter();
    return this.on({ type: "first-fetched", facts: { ...FACTS, ...facts } });
  }

  /** A join is under way, and the archive is asked. */
  asking(): this {
    return this.current().join();
  }

  passes(ms: number): this {
    this.now += ms;
    this.elapsed += ms;
    return this;
  }

  /** Moves the clocks to the time that the state waits for, and wakes it. */
  wakes(isConnected = true): this {
    const at = wakesAt(this.state);
    if (at === null) throw new Error(`${this.tag} waits for no time`);
    this.passes(Math.max(0, at - this.elapsed));
    return this.on({ type: "wake", isConnected });
  }

  admits(more: Partial<Arrival> = {}) {
    const { state, admission } = admit(this.state, message(more), this);
    this.state = state;
    return admission;
  }

  /** Such as `current`, or `behind: asking`. */
  get tag(): string {
    const { state } = this;
    return state.tag === "behind" ? `behind: ${state.walk.tag}` : state.tag;
  }

  /** The effects in words: `ask after last`, `current complete`. */
  get done(): string {
    return this.effects.map(wordsOf).join(", ");
  }

  /** How long the state waits, in milliseconds; null for no time. */
  get pause(): number | null {
    const at = wakesAt(this.state);
    return at === null ? null : at - this.elapsed;
  }
}

function wordsOf(effect: CatchUpEffect): string {
  switch (effect.type) {
    case "ask":
      return "after" in effect.from
        ? `ask after ${effect.from.after}`
        : `ask from ${Number(effect.from.start) - START}`;
    case "history":
      return `history ${Object.entries(effect.attributes).join()}`;
    case "release":
      return effect.gapAt === null
        ? "release"
        : `release, gap at ${effect.gapAt - START}`;
    case "current":
      return effect.isComplete ? "current, complete" : "current";
    case "back":
      return `back with ${effect.missed}`;
    case "store":
      return `store ${effect.anchor ? effect.anchor.id : "nothing"}`;
    case "drop":
      return effect.isShown ? "show held" : "forget held";
    case "mute-archive":
      return effect.isMuted ? "mute" : "unmute";
    default:
      return effect.type;
  }
}
