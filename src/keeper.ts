import { HostGate } from "./core/host-gate.js";
import { MUC_READY } from "./core/invite.js";
import { hostOf } from "./core/jid.js";
import { judgePing, SELF_PING_OPTIMIZATION } from "./core/ping-verdict.js";
import { RejoinQueue } from "./core/rejoin-queue.js";
import { INITIAL, wakeAt } from "./core/room-states.js";
import { step } from "./core/room.js";
import type {
  ClockPort,
  Effect,
  EnableOutcome,
  Limits,
  Notice,
  PingPort,
  PushPort,
  RoomEvent,
  RoomJid,
  RoomsPort,
  RoomState,
  Undo,
} from "./types.js";

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
  onNotice(room: RoomJid, notice: Notice): void;
  onEnabled(room: RoomJid, outcome: EnableOutcome): void;
  onDisabled(room: RoomJid): void;
}

interface Entry {
  state: RoomState;
  /** When a stanza last came from the room. */
  heardAt: number;
  cancelTimer: Undo;
  /** Ends with the last ping of this room: the next one is sent after it. */
  lastPing: Promise<void>;
  /** The ping that waits for its turn at the host's gate. */
  queuedPing: PingEffect | null;
  /** Called when the state has moved on from a check. */
  readonly onChecked: (() => void)[];
}

type PingEffect = Extract<Effect, { type: "ping" }>;

const nothing = () => {};

/** What a tab does nothing about when another one acts for it: it follows what comes of that. */
const isLeftToOthers = (event: RoomEvent): boolean =>
  ["room-spoke", "check-wanted", "glance", "wake"].includes(event.type) ||
  ("departure" in event && event.departure.comesBack);

/** Keeps one state per room: feeds it events and carries out what follows. */
export class Keeper {
  private readonly entries = new Map<RoomJid, Entry>();
  private readonly gate = new HostGate();
  private readonly joins: RejoinQueue;
  /** Rooms that spoke before Converse had them: what a resumed stream replays comes first. */
  private readonly early = new Set<RoomJid>();

  constructor(
    private readonly ports: KeeperPorts,
    private readonly limits: Limits,
    private readonly listener: KeeperListener,
  ) {
    this.joins = new RejoinQueue(limits.concurrentJoins);
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
  handle(room: RoomJid, event: RoomEvent): void {
    if (event.type === "room-spoke" && !this.entries.has(room)) {
      this.early.add(room);
      return;
    }
    const isBeginning =
      event.type === "join-began" || event.type === "found-joined";
    const entry =
      this.entries.get(room) ?? (isBeginning ? this.add(room) : null);
    if (!entry) return;
    if (!this.ports.isActing() && isLeftToOthers(event)) return;
    const before = entry.state;
    const { clock } = this.ports;
    const { state, effects } = step(before, event, {
      now: clock.now(),
      random: clock.random(),
      heardAt: entry.heardAt,
      limits: this.limits,
    });
    entry.state = state;
    this.setTimer(room, entry);
    this.follow(room, entry, before, event);
    for (const effect of effects) this.run(room, entry, effect);
    if (this.early.delete(room)) this.handle(room, { type: "room-spoke" });
  }

  /** Tells every room what happened. */
  handleAll(event: RoomEvent): void {
    if (event.type === "stream-down") {
      this.gate.clear();
      this.joins.clear();
    }
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
    entry.heardAt = this.ports.clock.now();
    this.hostIsBack(hostOf(room));
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
    this.joins.clear();
    this.gate.clear();
    this.early.clear();
  }

  private add(room: RoomJid): Entry {
    const entry: Entry = {
      state: INITIAL,
      heardAt: -Infinity,
      cancelTimer: nothing,
      lastPing: Promise.resolve(),
      queuedPing: null,
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
    entry.cancelTimer = clock.after(Math.max(0, at - clock.now()), () => {
      if (this.isCurrent(room, entry)) this.handle(room, { type: "wake" });
    });
  }

  /** Keeps the gate and the queue in step with a state that has just changed. */
  private follow(
    room: RoomJid,
    entry: Entry,
    before: RoomState,
    event: RoomEvent,
  ): void {
    const { state } = entry;
    if (event.type === "join-began") this.joins.dequeue(room);
    if (state.epoch === before.epoch && state.tag === before.tag) return;

    const isAway = state.tag === "waiting" && state.reason === "unreachable";
    const held =
      isAway && event.type !== "host-away" ? this.gate.away(room) : [];
    const probe = state.tag === "left" ? this.gate.forget(room) : null;
    if (before.tag === "checking") {
      entry.queuedPing = null;
      this.callNext(this.gate.ended(room));
      for (const resolve of entry.onChecked.splice(0)) resolve();
    }
    if (state.tag !== "joining" && this.joins.remove(room)) this.startJoins();
    for (const other of held) this.handle(other, { type: "host-away" });
    if (probe !== null) this.handle(probe, { type: "host-back" });
  }

  private hostIsBack(host: string): void {
    for (const room of this.gate.back(host)) {
      this.handle(room, { type: "host-back" });
    }
  }

  private run(room: RoomJid, entry: Entry, effect: Effect): void {
    switch (effect.type) {
      case "ping":
        this.admit(room, entry, effect);
        break;
      case "join":
        this.joins.add(room);
        this.startJoins();
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

  private admit(room: RoomJid, entry: Entry, ping: PingEffect): void {
    if (ping.isHostThere) {
      this.hostIsBack(hostOf(room));
      return this.send(room, entry, ping);
    }
    switch (this.gate.request(room)) {
      case "now":
        return this.send(room, entry, ping);
      case "later":
        entry.queuedPing = ping;
        return;
      case "away":
        return this.handle(room, { type: "host-away" });
    }
  }

  private callNext(room: RoomJid | null): void {
    const entry = room === null ? undefined : this.entries.get(room);
    if (room === null || !entry?.queuedPing) return;
    const ping = entry.queuedPing;
    entry.queuedPing = null;
    this.send(room, entry, ping);
  }

  private send(room: RoomJid, entry: Entry, ping: PingEffect): void {
    entry.lastPing = entry.lastPing.then(() => this.ping(room, entry, ping));
  }

  private async ping(
    room: RoomJid,
    entry: Entry,
    { nick, epoch, isHostThere }: PingEffect,
  ): Promise<void> {
    if (!this.isCurrent(room, entry) || entry.state.epoch !== epoch) return;
    const { pings, rooms } = this.ports;
    const answered = pings.ping(room, nick);
    // The room has lost us, most likely: what comes after a join needs to know about it, and goes along.
    if (isHostThere) void rooms.refresh(room);
    const answer = await answered;
    if (!this.isCurrent(room, entry)) return;
    const isOptimized = rooms.hasFeature(room, SELF_PING_OPTIMIZATION);
    const verdict = judgePing(answer, { room, nick, isOptimized });
    const isBelievedIn = rooms.isBelievedIn(room);
    this.handle(room, { type: "ping-answered", epoch, verdict, isBelievedIn });
    if (verdict !== "unreachable") this.hear(room);
  }

  private startJoins(): void {
    const { rooms } = this.ports;
    for (;;) {
      const room = this.joins.take((candidate) => rooms.isVisible(candidate));
      const entry = room === null ? undefined : this.entries.get(room);
      if (room === null || !entry) return;
      void this.join(room, entry);
    }
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
    const departure = { comesBack: true, reason: "unreachable" } as const;
    this.handle(room, { type: "departed", departure });
  }

  private async enable(room: RoomJid, entry: Entry): Promise<void> {
    const outcome = await this.ports.push.enable(room);
    if (!this.isCurrent(room, entry) || !this.isWanted(room)) return;
    if (outcome === "enabled") {
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
