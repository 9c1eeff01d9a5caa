import type { PingAnswer, RoomJid } from "./core/events.js";
import { MUC_READY } from "./core/invite.js";
import type { Membership } from "./core/membership.js";
import type { RoomEvent } from "./core/room-events.js";
import {
  isHostAway,
  judgePing,
  SELF_PING_OPTIMIZATION,
} from "./core/seat/ping-verdict.js";
import type { Checking } from "./core/seat/seat-states.js";
import type { Acts, ClockPort, RoomsPort } from "./ports.js";

/** The disco#info feature of a room that does not survive its server (XEP-0045 §15.3). */
const TEMPORARY = "muc_temporary";

/** A room that asks; forgotten rooms are told by their identity. */
export interface Asker {
  is: Membership;
  /** Ends with the last ping of this room: the next one is sent after it. */
  lastPing: Promise<void>;
}

/** The keeper, as far as requests need it. */
interface Keeper {
  isCurrent(room: RoomJid, asker: Asker): boolean;
  tell(room: RoomJid, event: RoomEvent): void;
  /** @param isHeard whether the room itself has answered; otherwise its host has */
  onAnswer(room: RoomJid, isHeard: boolean): void;
  isHeardSince(room: RoomJid, time: number): boolean;
}

/** The three requests of a room, each of which ends in more than one event: pings, joins and registrations. */
export class Requests {
  constructor(
    private readonly world: {
      readonly clock: ClockPort;
      readonly rooms: RoomsPort;
    },
    private readonly acts: Acts,
    private readonly keeper: Keeper,
  ) {}

  /** Pings of one room follow each other: an answer that is late by then belongs to the last. */
  ping(room: RoomJid, asker: Asker, isHostThere: boolean): void {
    const { seat } = asker.is;
    if (seat.tag !== "checking") return;
    asker.lastPing = asker.lastPing.then(() =>
      this.check(room, asker, seat, isHostThere),
    );
  }

  /** Joins a room whose turn it is. */
  async join(room: RoomJid, asker: Asker): Promise<void> {
    const { keeper } = this;
    keeper.tell(room, { type: "join-began" });
    const { epoch } = asker.is.seat;
    const isStill = () => this.isStill(room, asker, epoch);
    const wasTried = await this.acts.join(room, isStill);
    if (wasTried || !isStill()) return;
    if (!this.world.rooms.has(room)) {
      return keeper.tell(room, { type: "user-left", reason: "left" });
    }
    // Our own failure, and no word about the host.
    const departure = { comesBack: true, reason: "join-failed" } as const;
    keeper.tell(room, { type: "departed", departure });
  }

  /** Registers with a room that has let us in. */
  async enable(room: RoomJid, asker: Asker): Promise<void> {
    const { keeper } = this;
    const turn = asker.is.outbox.lastTurn;
    const isWanted = () =>
      keeper.isCurrent(room, asker) && asker.is.seat.tag !== "left";
    const outcome = await this.acts.enable(room, isWanted);
    if (!isWanted()) return;
    const { rooms } = this.world;
    if (outcome === "enabled") keeper.tell(room, { type: "answered", turn });
    if (rooms.hasFeature(room, TEMPORARY)) {
      // It dies with its registrations, whatever it announces.
      keeper.tell(room, { type: "guarded", guard: "silence" });
    } else if (outcome === "enabled") {
      keeper.tell(room, { type: "guarded", guard: "push" });
    } else if (rooms.hasFeature(room, MUC_READY)) {
      keeper.tell(room, { type: "guarded", guard: "ready" });
    }
    if (outcome === "enabled") this.acts.enabled(room);
  }

  private async check(
    room: RoomJid,
    asker: Asker,
    { nick, epoch }: Checking,
    isHostThere: boolean,
  ): Promise<void> {
    if (!this.isStill(room, asker, epoch)) return;
    const { keeper } = this;
    const { rooms, clock } = this.world;
    const sentAt = clock.elapsed();
    const turn = asker.is.outbox.lastTurn;
    // A request that can't even be made is one that is not answered.
    const answered = attempt(() => this.acts.ping(room, nick));
    // The room has lost us, most likely: the steps after a join need its features, which go along.
    if (isHostThere) void rooms.refresh(room);
    const answer = await answered;
    if (!keeper.isCurrent(room, asker)) return;
    if (answer.kind === "result") keeper.tell(room, { type: "answered", turn });
    const isOptimized = rooms.hasFeature(room, SELF_PING_OPTIMIZATION);
    const context = { room, nick, isOptimized };
    const verdict = judgePing(answer, context);
    const isAway = isHostAway(answer, context);
    keeper.tell(room, {
      type: "ping-answered",
      epoch,
      verdict,
      isBelievedIn: rooms.isBelievedIn(room),
      // The silence of one room says nothing of a host that spoke meanwhile.
      isHostAway: isAway && !keeper.isHeardSince(room, sentAt),
    });
    if (verdict !== "unreachable") keeper.onAnswer(room, true);
    else if (!isAway) keeper.onAnswer(room, false);
  }

  private isStill(room: RoomJid, asker: Asker, epoch: number): boolean {
    return this.keeper.isCurrent(room, asker) && asker.is.seat.epoch === epoch;
  }
}

async function attempt(ask: () => Promise<PingAnswer>): Promise<PingAnswer> {
  try {
    return await ask();
  } catch {
    return { kind: "no-answer" };
  }
}
