/** The membership of one room, told one event after another, under clocks that move only when told to. */
import type {
  ModelFacts,
  Page,
} from "../../src/core/catch-up/catch-up-events.js";
import type {
  Departure,
  FinalReason,
  PassingReason,
  StanzaError,
  Verdict,
} from "../../src/core/events.js";
import {
  step,
  UNKNOWN,
  wakesAt,
  wayOf,
  type Membership,
  type World,
} from "../../src/core/membership.js";
import type { Effect, Notice, RoomEvent } from "../../src/core/room-events.js";
import { find } from "../../src/core/outbox/outbox-state.js";
import type { Draft, Pending } from "../../src/core/outbox/pending.js";
import { FACTS, page, START } from "./catch-up/life.js";
import { LIMITS } from "./seat/life.js";

export const ROOM = "room@muc.example";
export const WAIT_MS = 3_600_000;

const draft = (id: string, isPrivate: boolean): Draft => ({
  room: ROOM,
  isPrivate,
  id,
  originId: null,
  target: id,
  body: `says ${id}`,
  xml: `<message id="${id}"/>`,
});

/** A message of the page before, which may have arrived, or was not sent yet. */
export const stored = (id: string, tries = 0): Pending => ({
  ...draft(id, false),
  sentAt: START - 1_000,
  tries,
  doubts: tries,
  breaks: 0,
  phase: { tag: tries > 0 ? "doubtful" : "held" },
});

export const forNow = (reason: PassingReason): Departure => ({
  comesBack: true,
  reason,
});
export const forGood = (reason: FinalReason): Departure => ({
  comesBack: false,
  reason,
});

export class MembershipLife {
  is: Membership = UNKNOWN;
  /** Milliseconds of the clock that nobody sets. */
  now = 0;
  heardAt = -Infinity;
  hasArchive = true;
  isActing = true;
  limits = LIMITS;
  /** What the last event led to, in words: `ping alice`, `send one`, `back after 2000 with 3`. */
  done: string[] = [];

  get world(): World {
    const { now, heardAt, hasArchive, isActing, limits } = this;
    const date = START + now;
    return {
      room: ROOM,
      now,
      date,
      steadyDate: date,
      random: 0,
      heardAt,
      limits,
      messageWaitMs: WAIT_MS,
      hasArchive,
      isActing,
    };
  }

  on(event: RoomEvent): this {
    const { membership, effects } = step(this.is, event, this.world);
    this.is = membership;
    this.done = effects.map(wordsOf);
    return this;
  }

  /** Converse's model, which shows the room as one that the user is in unless a test says otherwise. */
  facts(more: Partial<ModelFacts> = {}): ModelFacts {
    return { ...FACTS, hasArchive: this.hasArchive, ...more };
  }

  joins(more: Partial<ModelFacts> = {}): this {
    return this.on({ type: "join-sent", facts: this.facts(more) });
  }

  /** The room lets the user in. */
  enters(): this {
    return this.on({ type: "self-presence", nick: "alice" });
  }

  /** In the room, where Converse still fetches what it shows first. */
  first(): this {
    return this.joins({ isShownIn: false }).enters();
  }

  /** In the room for a while, with a screen that shows everything. */
  current(): this {
    return this.first().fetched().passes(60_000);
  }

  fetched(): this {
    return this.on({ type: "first-fetched", facts: this.facts() });
  }

  /** @returns whether the message goes out as it is typed */
  types(id: string, isPrivate = false): boolean {
    this.on({ type: "typed", draft: draft(id, isPrivate), isConnected: true });
    return this.phaseOf(id) === "sent";
  }

  bounces(id: string, error: Partial<StanzaError>, isPrivate = false): this {
    const { condition = "not-acceptable", type = "cancel", by = null } = error;
    const said = { condition, type, by };
    return this.on({ type: "bounced", ids: [id], error: said, isPrivate });
  }

  checks(): this {
    return this.on({ type: "check-wanted" });
  }

  /** Answers the ping that is in flight. */
  answers(verdict: Verdict): this {
    return this.on({
      type: "ping-answered",
      epoch: this.is.seat.epoch,
      verdict,
      isBelievedIn: true,
      isHostAway: verdict === "unreachable",
    });
  }

  /** The room is out of reach, and waited for. */
  waits(): this {
    return this.checks().answers("unreachable");
  }

  departs(departure: Departure): this {
    return this.on({ type: "departed", departure });
  }

  userLeaves(reason: "left" | "logged-out" | "parked" = "left"): this {
    return this.on({ type: "user-left", reason });
  }

  /** The archive answers the question of now. */
  pageComes(given: Page = page("p1", true, "p1")): this {
    const { epoch } = this.is.catchUp;
    const lastTime = START + this.now;
    return this.on({ type: "page-came", epoch, page: given, lastTime });
  }

  /** Converse has read the page. */
  reads(isRead = true): this {
    const { epoch } = this.is.catchUp;
    return this.on({ type: "page-read", epoch, isRead });
  }

  releases(missed: number, epoch = this.is.catchUp.epoch): this {
    return this.on({ type: "released", epoch, missed });
  }

  passes(ms: number): this {
    this.now += ms;
    return this;
  }

  /** Moves the clocks to the time at which the membership wants to be woken, and wakes it. */
  wakes(): this {
    const at = this.wakesAt;
    if (at === null) throw new Error(`${this.tags} does not want to be woken`);
    this.now = Math.max(this.now, at);
    return this.on({ type: "wake" });
  }

  get wakesAt(): number | null {
    return wakesAt(this.is, this.world);
  }

  get way(): string {
    return wayOf(this.is);
  }

  /** Such as `joined, behind: asking`. */
  get tags(): string {
    const { seat, catchUp } = this.is;
    const walk = catchUp.tag === "behind" ? `: ${catchUp.walk.tag}` : "";
    return `${seat.tag}, ${catchUp.tag}${walk}`;
  }

  phaseOf(id: string): string | undefined {
    return find(this.is.outbox, id)?.phase.tag;
  }

  /** The messages in the user's order, such as `one doubtful`. */
  get messages(): string[] {
    return this.is.outbox.entries.map(({ id, phase }) => `${id} ${phase.tag}`);
  }

  /** Those of the last effects that begin with one of these words. */
  which(...words: string[]): string[] {
    return this.done.filter((said) => words.includes(said.split(" ")[0]!));
  }
}

function wordsOf(effect: Effect): string {
  switch (effect.type) {
    case "ping":
      return `ping ${effect.nick}`;
    case "announce":
      return noticeWords(effect.notice);
    case "ask":
      return "after" in effect.from
        ? `ask after ${effect.from.after}`
        : "ask by time";
    case "drop":
      return effect.isShown ? "show held" : "forget held";
    case "store":
      return `store ${effect.anchor ? effect.anchor.id : "nothing"}`;
    case "mute-archive":
      return effect.isMuted ? "mute" : "unmute";
    case "send":
      return `send ${effect.id}`;
    case "failed":
      return `failed ${effect.entry.id} ${effect.entry.phase.reason}`;
    case "revived":
      return `revived ${effect.entry.id}`;
    case "ended":
      return `ended ${effect.id} ${effect.isDelivered}`;
    default:
      return effect.type;
  }
}

function noticeWords(notice: Notice): string {
  switch (notice.name) {
    case "checked":
      return `checked ${notice.verdict}`;
    case "back":
      return `back after ${notice.outForMs} with ${notice.missed}`;
    default:
      return `${notice.name} ${notice.reason}`;
  }
}
