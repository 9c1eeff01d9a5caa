import type { RoomJid } from "../events.js";
import type { RoomEvent } from "../room-events.js";
import { hostOf } from "../jid.js";
import { hasMovedOn, type RoomState } from "../seat/seat-states.js";
import { HostGate, type Away } from "./host-gate.js";
import { RejoinQueue } from "./rejoin-queue.js";

/** What follows for one room from its own step, or from another room's. */
export type HostEffect =
  /** The ping that the room waits with may go out. */
  | {
      readonly type: "ping";
      readonly room: RoomJid;
      /** Whether the room has just spoken. */
      readonly isHostThere: boolean;
    }
  /** It is the room's turn to join. */
  | { readonly type: "join"; readonly room: RoomJid }
  | {
      readonly type: "tell";
      readonly room: RoomJid;
      readonly event: RoomEvent;
    };

/** A step that a room has taken. */
export interface RoomStep {
  readonly room: RoomJid;
  readonly before: RoomState;
  readonly state: RoomState;
  readonly event: RoomEvent;
}

const ping = (room: RoomJid, isHostThere = false): HostEffect => ({
  type: "ping",
  room,
  isHostThere,
});

const hostBack = (room: RoomJid, isHeard = false): HostEffect => ({
  type: "tell",
  room,
  event: { type: "host-back", isHeard },
});

const hostAway = (
  room: RoomJid,
  until: number | null = null,
  attempt = 0,
): HostEffect => ({
  type: "tell",
  room,
  event: { type: "host-away", until, attempt },
});

/**
 * The rooms of each host, as far as one means something for another: one ping at a time, one probe while the
 * host is away, a few joins at a time. Effects are to be carried out in their order.
 *
 * | a room | what follows |
 * | --- | --- |
 * | wants to ping, and its host is there | the rooms that waited for the host are told; it pings |
 * | wants to ping | it pings, waits for its turn, or is told that its host is away |
 * | has ended a check | the next room of the host pings |
 * | found its host away | the other rooms of the host wait, and the next one is the probe |
 * | was the probe, and is left for good | the next room is the probe, and asks |
 * | was heard | its ping goes out; the rooms that waited for the host are told |
 * | wants to join | it joins, or waits for a place |
 * | does not join any more | its place is the next room's |
 */
export class Hosts {
  private readonly gate = new HostGate();
  private readonly joins: RejoinQueue;

  /**
   * @param concurrentJoins how many joins may be under way at a time
   * @param isVisible whether the user is looking at a room: it joins first
   */
  constructor(
    concurrentJoins: number,
    private readonly isVisible: (room: RoomJid) => boolean,
  ) {
    this.joins = new RejoinQueue(concurrentJoins);
  }

  /** A room's state has taken an event. */
  stepped(step: RoomStep): HostEffect[] {
    const { room, before, state, event } = step;
    const isJoin = event.type === "join-began" || event.type === "join-sent";
    if (isJoin) this.joins.dequeue(room);
    if (!hasMovedOn(before, state)) return [];

    const away = this.showsHostAway(step) ? this.gate.away(room) : null;
    const probe = state.tag === "left" ? this.gate.forget(room) : null;
    const called = before.tag === "checking" ? this.gate.ended(room) : null;
    const isPlaceFree = state.tag !== "joining" && this.joins.remove(room);
    return [
      ...(called === null ? [] : [ping(called)]),
      ...(isPlaceFree ? this.nextJoins() : []),
      ...(away === null ? [] : hold(step, away)),
      ...(probe === null ? [] : [hostBack(probe)]),
    ];
  }

  /**
   * A room wants to ping.
   *
   * @param isHostThere whether the room has just spoken
   * @param now milliseconds of the steady clock
   */
  wantsPing(room: RoomJid, isHostThere: boolean, now: number): HostEffect[] {
    if (isHostThere) return [...this.back(room, now), ping(room, true)];
    switch (this.gate.request(room)) {
      case "now":
        return [ping(room)];
      case "later":
        return [];
      case "away":
        return [hostAway(room)];
    }
  }

  /** A room wants to join. */
  wantsJoin(room: RoomJid): HostEffect[] {
    this.joins.add(room);
    return this.nextJoins();
  }

  /**
   * A room was heard: it is there, and so is its host.
   *
   * @param now milliseconds of the steady clock
   */
  heard(room: RoomJid, state: RoomState, now: number): HostEffect[] {
    return [
      // A room that has just spoken is asked for itself, and before the others.
      ...(this.gate.call(room) ? [ping(room)] : []),
      ...(state.tag === "waiting" ? [hostBack(room, true)] : []),
      ...this.back(room, now),
    ];
  }

  /**
   * The host of a room is there.
   *
   * @param now milliseconds of the steady clock
   */
  back(room: RoomJid, now: number): HostEffect[] {
    return this.gate.back(hostOf(room), now).map((each) => hostBack(each));
  }

  /** Whether the host of a room was heard since then. @param time milliseconds of the steady clock */
  isHeardSince(room: RoomJid, time: number): boolean {
    return this.gate.isHeardSince(hostOf(room), time);
  }

  /** Forgets everything: after a broken stream nothing that was known of a host holds. */
  clear(): void {
    this.gate.clear();
    this.joins.clear();
  }

  private nextJoins(): HostEffect[] {
    const effects: HostEffect[] = [];
    for (;;) {
      const room = this.joins.take(this.isVisible);
      if (room === null) return effects;
      effects.push({ type: "join", room });
    }
  }

  private showsHostAway({ room, before, state, event }: RoomStep): boolean {
    if (state.tag !== "waiting") return false;
    switch (event.type) {
      case "ping-answered":
        return event.isHostAway;
      case "presence-refused":
        return event.departure.reason === "unreachable";
      case "wake":
        return before.tag === "joining" && this.gate.isProbe(room);
      default:
        return false;
    }
  }
}

/** Rooms wait with the probe, which is another one each time. */
function hold({ room, state }: RoomStep, { held, probe }: Away): HostEffect[] {
  const until = state.tag === "waiting" ? state.until : null;
  const effects = held.map((other) => hostAway(other));
  if (probe !== room && held.includes(room)) {
    effects.push(hostAway(probe, until, state.attempt));
  }
  return effects;
}
