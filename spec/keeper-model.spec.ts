/** Any sequence of events, against what must never happen. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { idleActs } from "./acts.js";
import { Keeper } from "../src/keeper.js";
import type {
  PingAnswer,
  RoomEvent,
  RoomJid,
  StanzaError,
} from "../src/core/events.js";
import { LIMITS } from "./core/seat/life.js";
import { FakeClock, settled } from "./fake-clock.js";

const ROOMS = ["a@one", "b@one", "c@one", "d@two", "e@two"];
const MAX_JOINS = 2;

/** A world that answers as it is told, and complains about what must never happen. */
class World {
  readonly clock = new FakeClock();
  readonly broken: string[] = [];
  readonly pings = new Map<RoomJid, (answer: PingAnswer) => void>();
  /** Rooms whose join was sent and is not answered, and when it was sent. */
  readonly joins = new Map<RoomJid, number>();
  /** Rooms that the user has left and not joined since. */
  readonly unwanted = new Set<RoomJid>();
  isStreamUp = true;
  readonly keeper: Keeper = new Keeper(
    {
      clock: this.clock,
      limits: { ...LIMITS, concurrentJoins: MAX_JOINS },
      messageWaitMs: 3_600_000,
      isActing: () => true,
      rooms: {
        has: () => true,
        isBelievedIn: (room) => this.keeper.ask(room).seat.outSince === null,
        hasFeature: () => false,
        hasArchive: () => false,
        refresh: () => Promise.resolve(),
        isVisible: (room) => room === ROOMS[2],
      },
    },
    {
      ...idleActs,
      join: async (room) => {
        this.must(!this.isJoining(room), `two joins of ${room}`);
        this.own.delete(room);
        this.must(!this.unwanted.has(room), `join of ${room} after a leave`);
        this.must(this.isStreamUp, `join of ${room} without a stream`);
        const ours = ROOMS.filter(
          (other) => this.isJoining(other) && !this.own.has(other),
        );
        this.must(ours.length < MAX_JOINS, "too many joins at a time");
        this.joins.set(room, this.clock.now() + LIMITS.joinTimeoutMs);
        return true;
      },
      ping: (room) => {
        this.must(!this.pings.has(room), `two pings of ${room}`);
        this.must(!this.unwanted.has(room), `ping of ${room} after a leave`);
        this.must(this.isStreamUp, `ping of ${room} without a stream`);
        return new Promise((resolve) => this.pings.set(room, resolve));
      },
      enable: async () => "enabled",
    },
  );
  /** Joins that Converse began by itself. */
  readonly own = new Set<RoomJid>();

  must(holds: boolean, what: string): void {
    if (!holds) this.broken.push(what);
  }

  tell(room: RoomJid, event: RoomEvent): void {
    this.keeper.tell(room, event);
  }

  /** The user, or Converse, joins. */
  userJoins(room: RoomJid): void {
    if (!this.isStreamUp) return;
    this.unwanted.delete(room);
    if (this.isJoining(room)) return;
    this.own.add(room);
    this.joins.set(room, this.clock.now() + LIMITS.joinTimeoutMs);
    this.tell(room, { type: "join-began" });
  }

  userLeaves(room: RoomJid): void {
    this.tell(room, { type: "user-left", reason: "left" });
    this.unwanted.add(room);
    this.endJoin(room);
  }

  roomLetsIn(room: RoomJid): void {
    if (!this.joins.has(room)) return;
    this.endJoin(room);
    this.tell(room, { type: "self-presence", nick: "alice" });
    this.keeper.heard(room);
  }

  roomRefuses(room: RoomJid, isForGood: boolean): void {
    if (!this.joins.has(room)) return;
    this.endJoin(room);
    const departure = isForGood
      ? ({ comesBack: false, reason: "banned" } as const)
      : ({ comesBack: true, reason: "unreachable" } as const);
    this.tell(room, { type: "presence-refused", departure });
    if (this.keeper.ask(room).seat.tag === "left") this.unwanted.add(room);
  }

  /** A join that is not answered in time counts as failed. */
  isJoining(room: RoomJid): boolean {
    const until = this.joins.get(room);
    return until !== undefined && this.clock.now() < until;
  }

  /** The room does not have us, it seems: a join that is under way is about to arrive, or lost. */
  joinIsDoubted(room: RoomJid): void {
    const until = this.joins.get(room);
    if (until === undefined) return;
    const soon = this.clock.now() + LIMITS.checkIntervalMs;
    this.joins.set(room, Math.min(until, soon));
  }

  endJoin(room: RoomJid): void {
    this.joins.delete(room);
    this.own.delete(room);
  }

  answerPing(room: RoomJid, answer: PingAnswer): void {
    const resolve = this.pings.get(room);
    this.pings.delete(room);
    resolve?.(answer);
  }

  setStream(isUp: boolean): void {
    if (isUp === this.isStreamUp) return;
    this.isStreamUp = isUp;
    if (!isUp) {
      for (const room of ROOMS) {
        this.endJoin(room);
        this.answerPing(room, { kind: "no-answer" });
      }
    }
    this.keeper.tellAll({ type: isUp ? "stream-up" : "stream-down" });
  }
}

type Act = (world: World) => void | Promise<void>;

const room = fc.constantFrom(...ROOMS);
const error = (condition: string, type = "cancel"): PingAnswer => {
  const said: StanzaError = { condition, type, by: null };
  return { kind: "error", error: said };
};
const answer = fc.constantFrom<PingAnswer>(
  { kind: "result" },
  { kind: "no-answer" },
  error("not-acceptable"),
  error("remote-server-not-found"),
  error("item-not-found"),
  error("resource-constraint", "wait"),
);
const departure = fc.constantFrom(
  { comesBack: true, reason: "shutdown" } as const,
  { comesBack: true, reason: "unavailable" } as const,
  { comesBack: false, reason: "kicked" } as const,
);
const plain = fc.constantFrom<RoomEvent>(
  { type: "room-spoke" },
  { type: "check-wanted" },
  { type: "glance" },
  { type: "nick-asked", nick: "alicia" },
);

/** What makes it doubtful that a join that is under way will be answered. */
const DOUBTS: ReadonlySet<string> = new Set(["room-spoke", "check-wanted"]);

/** Named, so that a counterexample can be read. */
const act = (name: string, run: Act) =>
  Object.assign(run, { toString: () => name });
const acts = fc.oneof(
  room.map((r) => act(`join ${r}`, (w) => w.userJoins(r))),
  room.map((r) => act(`leave ${r}`, (w) => w.userLeaves(r))),
  room.map((r) => act(`let in ${r}`, (w) => w.roomLetsIn(r))),
  fc
    .tuple(room, fc.boolean())
    .map(([r, good]) =>
      act(`refuse ${r} ${good}`, (w) => w.roomRefuses(r, good)),
    ),
  fc
    .tuple(room, answer)
    .map(([r, a]) =>
      act(`answer ${r} ${JSON.stringify(a)}`, (w) => w.answerPing(r, a)),
    ),
  fc.tuple(room, plain).map(([r, e]) =>
    act(`${e.type} ${r}`, (w) => {
      if (DOUBTS.has(e.type)) w.joinIsDoubted(r);
      w.tell(r, e);
    }),
  ),
  fc.tuple(room, departure).map(([r, d]) =>
    act(`depart ${r} ${d.reason}`, (w) => {
      // A removal ends the seat; it answers no join.
      if (w.joins.has(r)) return;
      w.tell(r, { type: "departed", departure: d });
      if (!d.comesBack) w.unwanted.add(r);
    }),
  ),
  room.map((r) => act(`hear ${r}`, (w) => w.keeper.heard(r))),
  fc.boolean().map((up) => act(`stream ${up}`, (w) => w.setStream(up))),
  fc
    .integer({ min: 0, max: 400_000 })
    .map((ms) => act(`${ms} ms pass`, (w) => w.clock.passes(ms))),
);

/** Everything is there again and answers: how does it end? */
async function calmDown(world: World): Promise<void> {
  world.setStream(true);
  for (let round = 0; round < 60; round++) {
    await world.clock.passes(LIMITS.joinTimeoutMs);
    for (const r of ROOMS) {
      world.answerPing(r, error("not-acceptable"));
      await settled();
      world.roomLetsIn(r);
    }
  }
}

it("never two pings or two joins at a time for a room, never after a leave, never without a stream, and all that is wanted is joined in the end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { maxLength: 60 }), async (sequence) => {
      const world = new World();
      for (const r of ROOMS) {
        world.userJoins(r);
        world.roomLetsIn(r);
      }
      for (const run of sequence) {
        await run(world);
        await settled();
        expect(world.broken).toEqual([]);
      }
      await calmDown(world);
      expect(world.broken).toEqual([]);
      for (const r of ROOMS) {
        const { tag } = world.keeper.ask(r).seat;
        const isSettled = tag === "joined" || tag === "checking";
        expect(isSettled ? "in" : tag, r).toBe(
          world.unwanted.has(r) ? "left" : "in",
        );
      }
    }),
    { numRuns: 600 },
  );
}, 60_000);
