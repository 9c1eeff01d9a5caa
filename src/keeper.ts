import { Hosts, type HostEffect } from "./core/hosts/hosts.js";
import { MUC_READY } from "./core/invite.js";
import {
  isHostAway,
  judgePing,
  SELF_PING_OPTIMIZATION,
} from "./core/seat/ping-verdict.js";
import { hasMovedOn, INITIAL, wakeAt } from "./core/seat/seat-states.js";
import { step } from "./core/seat/seat.js";
import type {
  Effect,
  EnableOutcome,
  Limits,
  Notice,
  PingAnswer,
  RoomEvent,
  RoomJid,
} from "./core/events.js";
import type { Checking, RoomState } from "./core/seat/seat-states.js";
import type {
  ClockPort,
  PingPort,
  PushPort,
  RoomsPort,
  Undo,
} from "./ports.js";

/** What the keeper reaches the world through. */
export interface KeeperPorts {
  readonly clock: ClockPort;
  readonly rooms: RoomsPort;
  readonly pings: PingPort;
  readonly push: PushPort;
  /** Whether this tab asks rooms and joins them; another one does it for all that share a connection. */
  isActing(): boolean;
}

/** Who hears about rooms; called synchronously, and must not throw. */
export interface KeeperListener {
  /** An event was taken; nothing has been done about it yet. */
  onChange(
    room: RoomJid,
    before: RoomState,
    state: RoomState,
    event: RoomEvent,
  ): void;
  /** The room has taken a presence for a join: what was said before may be missing. */
  onTakenIn(room: RoomJid): void;
  onNotice(room: RoomJid, notice: Notice): void;
  onEnabled(room: RoomJid, outcome: EnableOutcome): void;
  onDisabled(room: RoomJid): void;
}

interface Entry {
  state: RoomState;
  /** When a stanza last came from the room, by the clock that nobody sets. */
  heardAt: number;
  cancelTimer: Undo;
  /** Ends with the last ping of this room: the next one is sent after it. */
  lastPing: Promise<void>;
  /** Called when the state has moved on from a check. */
  readonly onChecked: (() => void)[];
}

const nothing = () => {};

/** The disco#info feature of a room that does not survive its server (XEP-0045 §15.3). */
const TEMPORARY = "muc_temporary";

/** What a tab does nothing about when another one acts for it: it follows what comes of that. */
const isLeftToOthers = (event: RoomEvent): boolean =>
  ["room-spoke", "check-wanted", "glance", "wake"].includes(event.type) ||
  ("departure" in event && event.departure.comesBack);

/** Keeps one state per room: feeds it events and carries out what follows. */
export class Keeper {
  private readonly entries = new Map<RoomJid, Entry>();
  private readonly hosts: Hosts;
  /** Rooms that spoke before Converse had them: what a resumed stream replays comes first. */
  private readonly early = new Set<RoomJid>();

  constructor(
    private readonly ports: KeeperPorts,
    private readonly limits: Limits,
    private readonly listener: KeeperListener,
  ) {
    this.hosts = new Hosts(limits.concurrentJoins, (room) =>
      ports.rooms.isVisible(room),
    );
  }

  /** The state of a room; null for one that was never heard of. */
  find(room: RoomJid): RoomState | null {
    return this.entries.get(room)?.state ?? null;
  }

  /** The state of a room; `left` for one that was never heard of. */
  stateOf(room: RoomJid): RoomState {
    return this.find(room) ?? INITIAL;
  }

  /** Whether the user wants to be in a room; a room that was never heard of may be one of before a reload. */
  isWanted(room: RoomJid): boolean {
    return this.entries.get(room)?.state.tag !== "left";
  }

  /** Whether a room was joined, or is about to be, and is still wanted. */
  isKept(room: RoomJid): boolean {
    return this.stateOf(room).tag !== "left";
  }

  /** Every room that was heard of. */
  rooms(): RoomJid[] {
    return [...this.entries.keys()];
  }

  /** Tells a room what happened. Does not throw. A room that was never joined hears of nothing. */
  handle(
    room: RoomJid,
    event: RoomEvent,
    now = this.ports.clock.elapsed(),
  ): void {
    if (event.type === "room-spoke" && !this.entries.has(room)) {
      this.early.add(room);
      return;
    }
    const isBeginning =
      event.type === "join-began" || event.type === "found-joined";
    const known = this.entries.get(room);
    // A room that was closed while its join was on the way: there is nobody who wants to be in it.
    if (event.type === "join-began" && known && !this.ports.rooms.has(room)) {
      if (known.state.tag === "left") return;
    }
    const entry = known ?? (isBeginning ? this.add(room) : null);
    if (!entry) return;
    if (!this.ports.isActing() && isLeftToOthers(event)) return;
    const before = entry.state;
    const { clock } = this.ports;
    const { state, effects } = step(before, event, {
      now,
      random: clock.random(),
      heardAt: entry.heardAt,
      limits: this.limits,
    });
    entry.state = state;
    this.setTimer(room, entry);
    this.listener.onChange(room, before, state, event);
    const forHosts = this.hosts.stepped({ room, before, state, event });
    if (before.tag === "checking" && hasMovedOn(before, state)) {
      for (const resolve of entry.onChecked.splice(0)) resolve();
    }
    this.runAll(forHosts);
    for (const effect of effects) this.run(room, entry, effect);
    if (this.early.delete(room)) this.handle(room, { type: "room-spoke" });
  }

  /** Tells every room what happened. */
  handleAll(event: RoomEvent): void {
    if (event.type === "stream-down") this.hosts.clear();
    for (const room of this.rooms()) this.handle(room, event);
  }

  /** From now on this tab acts: nobody knows how far the last one got. */
  takeOver(): void {
    this.handleAll({ type: "check-wanted" });
  }

  /** A stanza came from a room that was not an error: it is there, and so is its host. */
  hear(room: RoomJid): void {
    const entry = this.entries.get(room);
    if (!entry) return;
    entry.heardAt = this.ports.clock.elapsed();
    this.runAll(this.hosts.heard(room, entry.state, entry.heardAt));
  }

  /** Resolves when no check of the room is under way. */
  whenChecked(room: RoomJid): Promise<void> {
    const entry = this.entries.get(room);
    if (entry?.state.tag !== "checking") return Promise.resolve();
    return new Promise((resolve) => entry.onChecked.push(resolve));
  }

  /** Forgets every room and stops every timer; answers that are still under way are dropped. */
  stop(): void {
    for (const entry of this.entries.values()) {
      entry.cancelTimer();
      for (const resolve of entry.onChecked.splice(0)) resolve();
    }
    this.entries.clear();
    this.hosts.clear();
    this.early.clear();
  }

  private add(room: RoomJid): Entry {
    const entry: Entry = {
      state: INITIAL,
      heardAt: -Infinity,
      cancelTimer: nothing,
      lastPing: Promise.resolve(),
      onChecked: [],
    };
    this.entries.set(room, entry);
    return entry;
  }

  private setTimer(room: RoomJid, entry: Entry): void {
    entry.cancelTimer();
    entry.cancelTimer = nothing;
    const at = wakeAt(entry.state, {
      heardAt: entry.heardAt,
      limits: this.limits,
    });
    if (at === null) return;
    const { clock } = this.ports;
    entry.cancelTimer = clock.after(Math.max(0, at - clock.elapsed()), () => {
      if (!this.isCurrent(room, entry)) return;
      // A timer that rings is due, also one that rings a little early.
      this.handle(room, { type: "wake" }, Math.max(at, clock.elapsed()));
    });
  }

  /** What one room's step means for the rooms of its host. */
  private runAll(effects: readonly HostEffect[]): void {
    for (const effect of effects) {
      const { room } = effect;
      const entry = this.entries.get(room);
      if (!entry) continue;
      if (effect.type === "tell") this.handle(room, effect.event);
      else if (effect.type === "ping") this.ping(room, entry, effect);
      else void this.join(room, entry);
    }
  }

  private run(room: RoomJid, entry: Entry, effect: Effect): void {
    const isToAsk = effect.type === "ping" || effect.type === "join";
    if (isToAsk && !this.ports.rooms.has(room)) {
      return this.handle(room, { type: "user-left", reason: "left" });
    }
    switch (effect.type) {
      case "ping":
        this.runAll(
          this.hosts.wantsPing(
            room,
            effect.isHostThere,
            this.ports.clock.elapsed(),
          ),
        );
        break;
      case "join":
        this.runAll(this.hosts.wantsJoin(room));
        break;
      case "look-up":
        this.listener.onTakenIn(room);
        break;
      case "enable":
        void this.enable(room, entry);
        break;
      case "disable":
        if (this.ports.push.disable(room)) this.listener.onDisabled(room);
        break;
      case "announce":
        this.listener.onNotice(room, effect.notice);
        break;
    }
  }

  /** Pings of one room follow each other: an answer that is late by then belongs to the last. */
  private ping(
    room: RoomJid,
    entry: Entry,
    { isHostThere }: { isHostThere: boolean },
  ): void {
    const { state } = entry;
    if (state.tag !== "checking") return;
    entry.lastPing = entry.lastPing.then(() =>
      this.ask(room, entry, state, isHostThere),
    );
  }

  private async ask(
    room: RoomJid,
    entry: Entry,
    { nick, epoch }: Checking,
    isHostThere: boolean,
  ): Promise<void> {
    if (!this.isCurrent(room, entry) || entry.state.epoch !== epoch) return;
    const { pings, rooms, clock } = this.ports;
    const sentAt = clock.elapsed();
    // A request that can't even be made is one that is not answered.
    const answered = attempt(() => pings.ping(room, nick));
    // The room has lost us, most likely: what comes after a join needs to know about it, and goes along.
    if (isHostThere) void rooms.refresh(room);
    const answer = await answered;
    if (!this.isCurrent(room, entry)) return;
    const isOptimized = rooms.hasFeature(room, SELF_PING_OPTIMIZATION);
    const context = { room, nick, isOptimized };
    const verdict = judgePing(answer, context);
    const isAway = isHostAway(answer, context);
    this.handle(room, {
      type: "ping-answered",
      epoch,
      verdict,
      isBelievedIn: rooms.isBelievedIn(room),
      // The silence of one room says nothing of a host that spoke meanwhile.
      isHostAway: isAway && !this.hosts.isHeardSince(room, sentAt),
    });
    if (verdict !== "unreachable") this.hear(room);
    else if (!isAway) this.runAll(this.hosts.back(room, clock.elapsed()));
  }

  private async join(room: RoomJid, entry: Entry): Promise<void> {
    this.handle(room, { type: "join-began" });
    const { epoch } = entry.state;
    const wasTried = await this.ports.rooms.rejoin(
      room,
      () => this.isCurrent(room, entry) && entry.state.epoch === epoch,
    );
    if (wasTried || !this.isCurrent(room, entry)) return;
    if (entry.state.epoch !== epoch) return;
    if (!this.ports.rooms.has(room)) {
      return this.handle(room, { type: "user-left", reason: "left" });
    }
    // Our own failure, and no word about the host.
    const departure = { comesBack: true, reason: "join-failed" } as const;
    this.handle(room, { type: "departed", departure });
  }

  private async enable(room: RoomJid, entry: Entry): Promise<void> {
    const outcome = await this.ports.push.enable(room);
    if (!this.isCurrent(room, entry) || !this.isWanted(room)) return;
    if (this.ports.rooms.hasFeature(room, TEMPORARY)) {
      // It dies with its registrations, whatever it announces.
      this.handle(room, { type: "guarded", guard: "silence" });
    } else if (outcome === "enabled") {
      this.handle(room, { type: "guarded", guard: "push" });
    } else if (this.ports.rooms.hasFeature(room, MUC_READY)) {
      this.handle(room, { type: "guarded", guard: "ready" });
    }
    this.listener.onEnabled(room, outcome);
  }

  private isCurrent(room: RoomJid, entry: Entry): boolean {
    return this.entries.get(room) === entry;
  }
}

async function attempt(ask: () => Promise<PingAnswer>): Promise<PingAnswer> {
  try {
    return await ask();
  } catch {
    return { kind: "no-answer" };
  }
}
