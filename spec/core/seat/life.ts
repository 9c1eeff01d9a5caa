import { INITIAL, wakeAt } from "../../../src/core/seat/seat-states.js";
import { step } from "../../../src/core/seat/seat.js";
import type {
  Effect,
  Limits,
  Notice,
  RoomEvent,
  Verdict,
} from "../../../src/core/events.js";
import type { RoomState } from "../../../src/core/seat/seat-states.js";

export const LIMITS: Limits = {
  checkIntervalMs: 5_000,
  answerTimeoutMs: 15_000,
  joinTimeoutMs: 60_000,
  quietMs: 30_000,
  silenceMs: 900_000,
  slowCheckMs: 7_200_000,
  concurrentJoins: 3,
  missingTries: 5,
  backoff: { minMs: 2_000, maxMs: 300_000 },
};

/** One room's life under a clock that moves only when told to. */
export class Life {
  now = 1_000_000;
  random = 0;
  heardAt = -Infinity;
  limits = LIMITS;
  state: RoomState = INITIAL;
  /** What the last event led to, in words: `ping alice`, `join`, `out self-ping`. */
  done: string[] = [];

  on(event: RoomEvent): this {
    const { state, effects } = step(this.state, event, this);
    this.state = state;
    this.done = effects.map(wordsOf);
    return this;
  }

  /** Joined for the first time, as `alice`, in a room that pushes. */
  joined(): this {
    return this.entered().on({ type: "guarded", guard: "push" });
  }

  /** Joined for the first time, as `alice`; nothing is known of pushes. */
  entered(): this {
    return this.on({ type: "join-began" }).on({
      type: "self-presence",
      nick: "alice",
    });
  }

  /** Answers the ping that is in flight. */
  answered(verdict: Verdict, isBelievedIn = true): this {
    const { epoch } = this.state;
    return this.on({
      type: "ping-answered",
      epoch,
      verdict,
      isBelievedIn,
      isHostAway: verdict === "unreachable",
    });
  }

  departed(reason: "shutdown" | "unavailable" | "technical-problem"): this {
    return this.on({
      type: "departed",
      departure: { comesBack: true, reason },
    });
  }

  /** Moves the clock to the time at which the state wants to be woken, and wakes it. */
  wakes(): this {
    const at = wakeAt(this.state, this);
    if (at === null)
      throw new Error(`${this.state.tag} does not want to be woken`);
    this.now = Math.max(this.now, at);
    return this.on({ type: "wake" });
  }

  passes(ms: number): this {
    this.now += ms;
    return this;
  }

  /** How long until the state wants to be woken, in milliseconds; null when it does not. */
  get pause(): number | null {
    const at = wakeAt(this.state, this);
    return at === null ? null : at - this.now;
  }
}

function wordsOf(effect: Effect): string {
  if (effect.type === "ping") return `ping ${effect.nick}`;
  return effect.type === "announce" ? noticeWords(effect.notice) : effect.type;
}

function noticeWords(notice: Notice): string {
  switch (notice.name) {
    case "checked":
      return `checked ${notice.verdict}`;
    case "back":
      return `back after ${notice.outForMs}`;
    default:
      return `${notice.name} ${notice.reason}`;
  }
}
