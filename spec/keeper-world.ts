import { Keeper } from "../src/keeper.js";
import type { EnableOutcome, PingAnswer, RoomJid } from "../src/core/events.js";
import { LIMITS } from "./core/seat/life.js";
import { idleActs } from "./acts.js";
import { FakeClock, settled } from "./fake-clock.js";

export const ROOM = "room@muc.example";
export const OUT: PingAnswer = {
  kind: "error",
  error: { condition: "not-acceptable", type: "cancel", by: ROOM },
};
export const AWAY: PingAnswer = {
  kind: "error",
  error: { condition: "remote-server-not-found", type: "cancel", by: null },
};

/** The world around a keeper; pings are answered by hand, joins by events. */
export class World {
  readonly clock = new FakeClock();
  readonly log: string[] = [];
  private readonly openPings: {
    room: RoomJid;
    resolve: (answer: PingAnswer) => void;
  }[] = [];
  features = new Set<string>();
  isBelievedIn = true;
  canRejoin = true;
  /** Rooms that Converse has no more. */
  readonly closed = new Set<RoomJid>();
  isActing = true;
  visible: RoomJid | null = null;
  enableOutcome: EnableOutcome = "enabled";
  readonly keeper: Keeper = new Keeper(
    {
      clock: this.clock,
      limits: LIMITS,
      messageWaitMs: 3_600_000,
      isActing: () => this.isActing,
      rooms: {
        has: (room) => !this.closed.has(room),
        isBelievedIn: () => this.isBelievedIn,
        hasFeature: (_room, feature) => this.features.has(feature),
        hasArchive: () => false,
        refresh: () => Promise.resolve(),
        isVisible: (room) => room === this.visible,
      },
    },
    {
      ...idleActs,
      ping: (room, nick) => {
        this.note(`ping ${nick}`, room);
        return new Promise((resolve) => this.openPings.push({ room, resolve }));
      },
      join: async (room) => {
        this.note("join", room);
        return this.canRejoin;
      },
      enable: async (room) => {
        this.note("enable", room);
        return this.enableOutcome;
      },
      enabled: (room) => this.note("enabled", room),
      disable: (room) => this.note("disable", room),
      announce: (room, { notice }) => this.note(notice.name, room),
    },
  );

  /** Things that concern the one room of most stories go without its name. */
  private note(what: string, room: RoomJid): void {
    this.log.push(room === ROOM ? what : `${what} ${room}`);
  }

  enter(room: RoomJid = ROOM): void {
    this.keeper.tell(room, { type: "join-began" });
    this.keeper.tell(room, { type: "self-presence", nick: "alice" });
  }

  /** The room lets the user in who is joining. */
  letIn(room: RoomJid): void {
    this.keeper.tell(room, { type: "self-presence", nick: "alice" });
  }

  push(room: RoomJid = ROOM): void {
    this.keeper.tell(room, { type: "room-spoke" });
  }

  check(room: RoomJid = ROOM): void {
    this.keeper.tell(room, { type: "check-wanted" });
  }

  /** Answers the oldest ping that is in flight. */
  async answer(answer: PingAnswer): Promise<void> {
    this.openPings.shift()?.resolve(answer);
    await settled();
  }

  /** What was done since the last call. */
  async done(): Promise<string[]> {
    await settled();
    return this.log.splice(0);
  }

  /** Which of those were pings and joins. */
  async asked(): Promise<string[]> {
    return (await this.done()).filter((what) => /^(ping|join)/.test(what));
  }
}
