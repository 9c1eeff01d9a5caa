import { judgePing, SELF_PING_OPTIMIZATION } from "./core/ping-verdict.js";
import { INITIAL, step, wakeAt } from "./core/room.js";
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
}

/** Who hears about rooms; called synchronously, and must not throw. */
export interface KeeperListener {
  onNotice(room: RoomJid, notice: Notice): void;
  onEnabled(room: RoomJid, outcome: EnableOutcome): void;
  onDisabled(room: RoomJid): void;
}

interface Entry {
  state: RoomState;
  cancelTimer: Undo;
  /** Ends with the last ping of this room: the next one is sent after it. */
  lastPing: Promise<void>;
}

const nothing = () => {};

/** Keeps one state per room: feeds it events and carries out what follows. */
export class Keeper {
  private readonly entries = new Map<RoomJid, Entry>();
  /** Rooms that spoke before Converse had them: what a resumed stream replays comes first. */
  private readonly early = new Set<RoomJid>();

  constructor(
    private readonly ports: KeeperPorts,
    private readonly limits: Limits,
    private readonly listener: KeeperListener,
  ) {}

  /** The state of a room; `left` for one that was never heard of. */
  stateOf(room: RoomJid): RoomState {
    return this.entries.get(room)?.state ?? INITIAL;
  }

  /** Whether the user wants to be in a room; a room that was never heard of may be one of before a reload. */
  isWanted(room: RoomJid): boolean {
    return this.entries.get(room)?.state.tag !== "left";
  }

  /** Every room that was heard of. */
  rooms(): RoomJid[] {
    return [...this.entries.keys()];
  }

  /** Tells a room what happened. Does not throw. */
  handle(room: RoomJid, event: RoomEvent): void {
    if (event.type === "room-spoke" && !this.entries.has(room)) {
      this.early.add(room);
      return;
    }
    const entry = this.entries.get(room) ?? this.add(room);
    const { clock } = this.ports;
    const { state, effects } = step(entry.state, event, {
      now: clock.now(),
      random: clock.random(),
      limits: this.limits,
    });
    entry.state = state;
    this.setTimer(room, entry);
    for (const effect of effects) this.run(room, entry, effect);
    if (this.early.delete(room)) this.handle(room, { type: "room-spoke" });
  }

  /** Tells every room what happened. */
  handleAll(event: RoomEvent): void {
    for (const room of this.rooms()) this.handle(room, event);
  }

  /** Forgets every room and stops every timer; answers that are still under way are dropped. */
  stop(): void {
    for (const entry of this.entries.values()) entry.cancelTimer();
    this.entries.clear();
    this.early.clear();
  }

  private add(room: RoomJid): Entry {
    const entry: Entry = {
      state: INITIAL,
      cancelTimer: nothing,
      lastPing: Promise.resolve(),
    };
    this.entries.set(room, entry);
    return entry;
  }

  private setTimer(room: RoomJid, entry: Entry): void {
    entry.cancelTimer();
    entry.cancelTimer = nothing;
    const at = wakeAt(entry.state);
    if (at === null) return;
    const { clock } = this.ports;
    entry.cancelTimer = clock.after(Math.max(0, at - clock.now()), () => {
      if (this.isCurrent(room, entry)) this.handle(room, { type: "wake" });
    });
  }

  private run(room: RoomJid, entry: Entry, effect: Effect): void {
    switch (effect.type) {
      case "ping":
        entry.lastPing = entry.lastPing.then(() =>
          this.ping(room, entry, effect.nick, effect.epoch),
        );
        break;
      case "join":
        void this.join(room, entry);
        break;
      case "enable":
        void this.ports.push.enable(room).then((outcome) => {
          if (this.isCurrent(room, entry) && this.isWanted(room))
            this.listener.onEnabled(room, outcome);
        });
        break;
      case "disable":
        if (this.ports.push.disable(room)) this.listener.onDisabled(room);
        break;
      case "announce":
        this.listener.onNotice(room, effect.notice);
        break;
    }
  }

  private async ping(
    room: RoomJid,
    entry: Entry,
    nick: string,
    epoch: number,
  ): Promise<void> {
    if (!this.isCurrent(room, entry) || entry.state.epoch !== epoch) return;
    const { pings, rooms } = this.ports;
    const answer = await pings.ping(room, nick);
    if (!this.isCurrent(room, entry)) return;
    const isOptimized = rooms.hasFeature(room, SELF_PING_OPTIMIZATION);
    this.handle(room, {
      type: "ping-answered",
      epoch,
      verdict: judgePing(answer, { room, nick, isOptimized }),
      isBelievedIn: rooms.isBelievedIn(room),
    });
  }

  private async join(room: RoomJid, entry: Entry): Promise<void> {
    const { epoch } = entry.state;
    const wasTried = await this.ports.rooms.rejoin(room);
    if (wasTried || !this.isCurrent(room, entry) || entry.state.epoch !== epoch)
      return;
    this.handle(room, {
      type: "departed",
      departure: { comesBack: true, reason: "unreachable" },
    });
  }

  private isCurrent(room: RoomJid, entry: Entry): boolean {
    return this.entries.get(room) === entry;
  }
}
