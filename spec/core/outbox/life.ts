/** The outbox of one room, told one event after another. */
import { step } from "../../../src/core/outbox/outbox.js";
import {
  EMPTY,
  find,
  type Outbox,
  type OutboxEffect,
  type OutboxEvent,
  type OutboxMoment,
} from "../../../src/core/outbox/outbox-state.js";
import type { Draft, Pending } from "../../../src/core/outbox/pending.js";
import type { FinalReason, StanzaError } from "../../../src/core/events.js";

export const ROOM = "garden@rooms.test";
export const WAIT_MS = 3_600_000;
export const ANSWER_MS = 10_000;

export const draft = (id: string, more: Partial<Draft> = {}): Draft => ({
  room: ROOM,
  isPrivate: false,
  id,
  originId: `origin-${id}`,
  target: id,
  body: `says ${id}`,
  xml: `<message id="${id}"/>`,
  ...more,
});

/** An error that says no more than its condition. */
export const error = (condition: string): StanzaError => ({
  condition,
  type: "cancel",
  by: null,
});

export class OutboxLife {
  outbox: Outbox;
  now = 0;
  way: OutboxMoment["way"] = "open";
  hasArchive = false;
  readonly limits = { messageWaitMs: WAIT_MS, answerMs: ANSWER_MS };

  constructor(entries: readonly Pending[] = []) {
    this.outbox = EMPTY;
    if (entries.length > 0) this.on({ type: "restored", entries });
  }

  /** @returns the effects, in a short form */
  on(event: OutboxEvent): string[] {
    const { now, way, hasArchive, limits } = this;
    const moment = { now, way, hasArchive, limits };
    const { outbox, effects } = step(this.outbox, event, moment);
    this.outbox = outbox;
    return effects.map(shorten);
  }

  /** @returns whether the message goes to the server */
  types(id: string, isOpen = true, more: Partial<Draft> = {}): boolean {
    this.way = isOpen ? "open" : "closed";
    const message = draft(id, more);
    const effects = this.on({
      type: "typed",
      draft: message,
      isConnected: true,
    });
    if (effects.length > 0) throw new Error(`typing has effects: ${effects}`);
    return this.tagOf(id) === "sent";
  }

  echo(id: string, more: Partial<Echo> = {}): string[] {
    const echo = { ids: [id], ownBody: null, isLive: true, ...more };
    return this.on({ type: "echoed", ...echo });
  }

  bounces(id: string, by = error("not-acceptable"), isPrivate = false) {
    return this.on({ type: "bounced", ids: [id], error: by, isPrivate });
  }

  closes(): string[] {
    return this.on({ type: "way-closed" });
  }

  opens(isHistoryKnown: boolean): string[] {
    this.way = "open";
    return this.on({ type: "way-opened", isHistoryKnown });
  }

  departs(reason: FinalReason): string[] {
    return this.on({ type: "departed", reason });
  }

  answers(turn = this.outbox.lastTurn): string[] {
    return this.on({ type: "answered", turn });
  }

  wakes(now: number): string[] {
    this.now = now;
    return this.on({ type: "wake" });
  }

  /** The page is loaded again, and finds what was stored. */
  reloaded(): OutboxLife {
    return new OutboxLife(this.outbox.entries);
  }

  find(id: string): Pending | undefined {
    return find(this.outbox, id);
  }

  tagOf(id: string): string | undefined {
    return this.find(id)?.phase.tag;
  }

  /** The messages, in the user's order. */
  get ids(): string[] {
    return this.outbox.entries.map(({ id }) => id);
  }
}

type Echo = Omit<Extract<OutboxEvent, { type: "echoed" }>, "type">;

function shorten(effect: OutboxEffect): string {
  switch (effect.type) {
    case "send":
      return `send ${effect.id}`;
    case "failed":
      return `failed ${effect.entry.id} ${effect.entry.phase.reason}`;
    case "revived":
      return `revived ${effect.entry.id}`;
    case "ended":
      return `ended ${effect.id} ${effect.isDelivered}`;
  }
}
