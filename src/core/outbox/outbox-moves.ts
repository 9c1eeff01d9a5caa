/** The moves that the outbox's rows are made of. */
import type { Outbox, OutboxEffect, OutboxStep } from "./outbox-state.js";
import {
  isFailed,
  isSent,
  turnOf,
  type FailReason,
  type Pending,
  type Phase,
} from "./pending.js";

export type Is = (entry: Pending) => boolean;

export const HELD: Phase = { tag: "held" };
export const FRESH = { tries: 0, doubts: 0, breaks: 0, phase: HELD };

export const doubted = (entry: Pending): Pending => ({
  ...entry,
  doubts: entry.doubts + 1,
  phase: { tag: "doubtful" },
});

/** Whether a message is on its way by this turn or an earlier one. */
export const wentBy = (entry: Pending, turn: number): boolean =>
  isSent(entry) && turnOf(entry) <= turn;

export const revived = (entry: Pending): OutboxEffect => ({
  type: "revived",
  entry,
});

export const stay = (outbox: Outbox): OutboxStep => ({ outbox, effects: [] });

/** A step, and further ones from where it led. */
export const after = (
  first: OutboxStep,
  ...next: ((outbox: Outbox) => OutboxStep)[]
): OutboxStep =>
  next.reduce(({ outbox, effects }, go) => {
    const done = go(outbox);
    return { ...done, effects: [...effects, ...done.effects] };
  }, first);

/** Changes these messages; the same outbox where there are none. */
export const change = (
  outbox: Outbox,
  is: Is,
  to: (entry: Pending) => Pending,
): Outbox =>
  outbox.entries.some(is)
    ? { ...outbox, entries: outbox.entries.map((e) => (is(e) ? to(e) : e)) }
    : outbox;

export const doubtAll = (outbox: Outbox): Outbox =>
  change(outbox, isSent, doubted);

export const without = (outbox: Outbox, is: Is): Outbox =>
  outbox.entries.some(is)
    ? { ...outbox, entries: outbox.entries.filter((entry) => !is(entry)) }
    : outbox;

/** Puts a message where the user's order has it, in place of the one with its id. */
export function insert(outbox: Outbox, entry: Pending): Outbox {
  const others = outbox.entries.filter(({ id }) => id !== entry.id);
  const entries = [...others, entry].sort((a, b) => a.sentAt - b.sentAt);
  return { ...outbox, entries };
}

export const nextTime = ({ entries }: Outbox, now: number): number =>
  Math.max(now, (entries[entries.length - 1]?.sentAt ?? -Infinity) + 1);

export function sendOut(outbox: Outbox, is: Is, now: number): Outbox {
  let { lastTurn } = outbox;
  const sent = change(outbox, is, (entry) => ({
    ...entry,
    tries: entry.tries + 1,
    phase: { tag: "sent", turn: ++lastTurn, at: now },
  }));
  return lastTurn === outbox.lastTurn ? outbox : { ...sent, lastTurn };
}

const ended = ({ id }: Pending, isDelivered: boolean): OutboxEffect => ({
  type: "ended",
  id,
  isDelivered,
});

/** These messages leave the outbox; those that have failed ended by that. */
export const finish = (
  outbox: Outbox,
  is: Is,
  isDelivered: boolean,
): OutboxStep => ({
  outbox: without(outbox, is),
  effects: outbox.entries
    .filter((entry) => is(entry) && !isFailed(entry))
    .map((entry) => ended(entry, isDelivered)),
});

export function fail(outbox: Outbox, is: Is, reason: FailReason): OutboxStep {
  const isLost: Is = (entry) => is(entry) && !isFailed(entry);
  const effects: OutboxEffect[] = [];
  const to = (entry: Pending): Pending => {
    const failed = { ...entry, phase: { tag: "failed", reason } as const };
    effects.push({ type: "failed", entry: failed }, ended(failed, false));
    return failed;
  };
  return { outbox: change(outbox, isLost, to), effects };
}
