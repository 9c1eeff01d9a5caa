import {
  admitted,
  isUnheard,
  screenMoment,
  step,
  UNKNOWN,
  wakesAt,
  type Membership,
  type World,
} from "./core/membership.js";
import type { Admitted, Arrival } from "./core/catch-up/arrivals.js";
import type { CatchUp } from "./core/catch-up/catch-up-events.js";
import type { Limits, RoomJid } from "./core/events.js";
import { Hosts, type HostEffect } from "./core/hosts/hosts.js";
import type { Effect, Either, RoomEvent } from "./core/room-events.js";
import { hasMovedOn } from "./core/seat/seat-states.js";
import { Requests, type Asker } from "./requests.js";
import type {
  Act,
  Acts,
  ClockPort,
  Desk,
  Mirror,
  RoomsPort,
  Undo,
} from "./ports.js";

/** What the keeper needs beside the acts. */
export interface KeeperOptions {
  readonly clock: ClockPort;
  readonly rooms: RoomsPort;
  readonly limits: Limits;
  /** How long a message waits for its room, in milliseconds. */
  readonly messageWaitMs: number;
  /** Whether this tab asks rooms and joins them; another one does it for all that share a connection. */
  isActing(): boolean;
}

interface Entry extends Asker {
  /** When a stanza last came from the room, in milliseconds of the steady clock. */
  heardAt: number;
  cancelTimer: Undo;
  /** Called when the seat has moved on from a check. */
  readonly onChecked: (() => void)[];
}

const nothing = () => {};

/** Events that a tab leaves to the one that acts: it follows what comes of them. */
const isLeftToOthers = (event: RoomEvent): boolean =>
  ["room-spoke", "check-wanted", "glance"].includes(event.type) ||
  ((event.type === "departed" || event.type === "presence-refused") &&
    event.departure.comesBack);

/** Events that a room may begin with. */
const BEGINNINGS: ReadonlySet<RoomEvent["type"]> = new Set([
  "join-began",
  "join-sent",
  "found-in",
  "restored",
  "absorbed",
]);

/** Keeps one membership a room: tells it events, and has their effects carried out. */
export class Keeper implements Desk {
  private readonly entries = new Map<RoomJid, Entry>();
  private readonly hosts: Hosts;
  private readonly requests: Requests;
  /** Rooms that spoke before Converse had them: stanzas that a resumed stream replays come first. */
  private readonly early = new Set<RoomJid>();
  /** The time of day when the page began: nobody sets the clock that counts from there. */
  private readonly epoch: number;

  /** @param mirrors told after each step, before its effects */
  constructor(
    private readonly options: KeeperOptions,
    private readonly acts: Acts,
    private readonly mirrors: readonly Mirror[] = [],
  ) {
    const { clock, limits, rooms } = options;
    this.epoch = clock.now() - clock.elapsed();
    this.requests = new Requests(options, acts, {
      isCurrent: (room, entry) => this.entries.get(room) === entry,
      tell: (room, event) => this.tell(room, event),
      onAnswer: (room, isHeard) =>
        isHeard
          ? this.heard(room)
          : this.runAll(this.hosts.back(room, clock.elapsed())),
      isHeardSince: (room, time) => this.hosts.isHeardSince(room, time),
    });
    this.hosts = new Hosts(limits.concurrentJoins, (room) =>
      rooms.isVisible(room),
    );
  }

  ask(room: RoomJid): Membership {
    return this.entries.get(room)?.is ?? UNKNOWN;
  }

  /** Every room that was heard of. */
  rooms(): RoomJid[] {
    return [...this.entries.keys()];
  }

  tell(
    room: RoomJid,
    event: RoomEvent,
    now = this.options.clock.elapsed(),
  ): void {
    const entry = this.entryFor(room, event);
    if (!entry) return;
    if (!this.options.isActing() && isLeftToOthers(event)) return;
    const was = entry.is;
    const { membership, effects } = step(
      was,
      event,
      this.world(room, entry, now),
    );
    entry.is = membership;
    this.setTimer(room, entry);
    for (const mirror of this.mirrors) {
      mirror.stepped(room, membership, was, event);
    }
    const before = was.seat;
    const state = membership.seat;
    const forHosts = this.hosts.stepped({ room, before, state, event });
    if (before.tag === "checking" && hasMovedOn(before, state)) {
      for (const resolve of entry.onChecked.splice(0)) resolve();
    }
    this.runAll(forHosts);
    this.carryOut(room, entry, effects);
    const isHeardOf = !isUnheard(entry.is);
    if (isHeardOf && this.early.delete(room))
      this.tell(room, { type: "room-spoke" });
  }

  tellAll(event: RoomEvent): void {
    if (event.type === "stream-down") this.hosts.clear();
    for (const room of this.rooms()) this.tell(room, event);
  }

  heard(room: RoomJid): void {
    const entry = this.entries.get(room);
    if (!entry) return;
    entry.heardAt = this.options.clock.elapsed();
    this.runAll(this.hosts.heard(room, entry.is.seat, entry.heardAt));
  }

  oldestPending(room: RoomJid): number | null {
    const entry = this.entries.get(room);
    if (!entry) return null;
    const world = this.world(room, entry, this.options.clock.elapsed());
    return screenMoment(entry.is, world).oldestPending;
  }

  admit(room: RoomJid, read: (catchUp: CatchUp) => Arrival): Admitted {
    const entry = this.entries.get(room) ?? this.newEntry();
    const arrival = read(entry.is.catchUp);
    const world = this.world(room, entry, this.options.clock.elapsed());
    const done = admitted(entry.is, arrival, world);
    entry.is = { ...entry.is, catchUp: done.state };
    return done;
  }

  whenChecked(room: RoomJid): Promise<void> {
    const entry = this.entries.get(room);
    if (entry?.is.seat.tag !== "checking") return Promise.resolve();
    return new Promise((resolve) => entry.onChecked.push(resolve));
  }

  /** Forgets every room and stops every timer; answers that are still under way are dropped. */
  forgetAll(): void {
    for (const entry of this.entries.values()) {
      entry.cancelTimer();
      for (const resolve of entry.onChecked.splice(0)) resolve();
    }
    this.entries.clear();
    this.hosts.clear();
    this.early.clear();
    for (const mirror of this.mirrors) mirror.forgotten();
  }

  /** The room that an event is for; null where it concerns none. */
  private entryFor(room: RoomJid, event: RoomEvent): Entry | null {
    const { type } = event;
    const known = this.entries.get(room);
    const isJoin = type === "join-began" || type === "join-sent";
    // A room that was closed while its join was on the way: nobody wants to be in it.
    const isClosed = known && isJoin && !this.options.rooms.has(room);
    if (isClosed && known.is.seat.tag === "left") return null;
    if (type === "room-spoke" && (!known || isUnheard(known.is))) {
      this.early.add(room);
      return null;
    }
    if (known) return known;
    if (!BEGINNINGS.has(type)) return null;
    const entry = this.newEntry();
    this.entries.set(room, entry);
    return entry;
  }

  private newEntry(): Entry {
    return {
      is: UNKNOWN,
      lastPing: Promise.resolve(),
      heardAt: -Infinity,
      cancelTimer: nothing,
      onChecked: [],
    };
  }

  private world(room: RoomJid, { heardAt }: Entry, now: number): World {
    const { clock, rooms, limits, messageWaitMs, isActing } = this.options;
    return {
      room,
      now,
      date: clock.now(),
      steadyDate: this.epoch + now,
      random: clock.random(),
      heardAt,
      limits,
      messageWaitMs,
      hasArchive: rooms.hasArchive(room),
      isActing: isActing(),
    };
  }

  private setTimer(room: RoomJid, entry: Entry): void {
    entry.cancelTimer();
    entry.cancelTimer = nothing;
    const { clock } = this.options;
    const now = clock.elapsed();
    const at = wakesAt(entry.is, this.world(room, entry, now));
    if (at === null) return;
    entry.cancelTimer = clock.after(Math.max(0, at - now), () => {
      if (!this.isCurrent(room, entry)) return;
      // A timer that rings is due, also one that rings a little early.
      this.tell(room, { type: "wake" }, Math.max(at, clock.elapsed()));
    });
  }

  /** What one room's step means for the rooms of its host. */
  private runAll(effects: readonly HostEffect[]): void {
    for (const effect of effects) {
      const { room } = effect;
      const entry = this.entries.get(room);
      if (!entry) continue;
      if (effect.type === "tell") this.tell(room, effect.event);
      else if (effect.type === "ping")
        this.requests.ping(room, entry, effect.isHostThere);
      else void this.requests.join(room, entry);
    }
  }

  private carryOut(
    room: RoomJid,
    entry: Entry,
    effects: readonly Effect[],
  ): void {
    const unsent: string[] = [];
    for (const effect of effects) {
      if (effect.type === "send") {
        // The user's order: no message overtakes one that the server can't have now.
        const outcome =
          unsent.length > 0 ? "not-now" : this.acts.send(effect.xml);
        if (outcome === "not-now") unsent.push(effect.id);
        if (outcome === "never")
          this.tell(room, { type: "unreadable", id: effect.id });
      } else this.run(room, entry, effect);
    }
    if (unsent.length > 0) this.tell(room, { type: "unsent", ids: unsent });
  }

  private run(
    room: RoomJid,
    entry: Entry,
    effect: Exclude<Effect, { type: "send" }>,
  ): void {
    const { clock, rooms } = this.options;
    const isToAsk = effect.type === "ping" || effect.type === "join";
    if (isToAsk && !rooms.has(room)) {
      return this.tell(room, { type: "user-left", reason: "left" });
    }
    switch (effect.type) {
      case "ping":
        return this.runAll(
          this.hosts.wantsPing(room, effect.isHostThere, clock.elapsed()),
        );
      case "join":
        return this.runAll(this.hosts.wantsJoin(room));
      case "enable":
        return void this.requests.enable(room, entry);
      default: {
        const act = this.acts[effect.type] as Act<typeof effect.type>;
        const { epoch } = entry.is.catchUp;
        const isStale = () => entry.is.catchUp.epoch !== epoch;
        const end = act(room, effect as Either<Effect, never>, isStale);
        void end?.then((event) => {
          if (event && this.isCurrent(room, entry)) this.tell(room, event);
        });
      }
    }
  }

  private isCurrent(room: RoomJid, entry: Entry): boolean {
    return this.entries.get(room) === entry;
  }
}
