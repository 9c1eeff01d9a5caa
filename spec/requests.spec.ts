import { beforeEach, describe, expect, it } from "vitest";
import type { EnableOutcome, PingAnswer } from "../src/core/events.js";
import { Keeper } from "../src/keeper.js";
import type { Acts } from "../src/ports.js";
import { idleActs } from "./acts.js";
import { LIMITS } from "./core/seat/life.js";
import { FakeClock, settled } from "./fake-clock.js";
import { OUT, ROOM } from "./keeper-world.js";

const OTHER = "other@muc.example";
const OPTIMIZED = "http://jabber.org/protocol/muc#self-ping-optimization";
const READY = "urn:xmpp:muc-ready:0";
const TEMPORARY = "muc_temporary";

const PUT_OUT = {
  type: "departed",
  departure: { comesBack: true, reason: "shutdown" },
} as const;

/** A keeper whose requests are answered by hand. */
class World {
  readonly clock = new FakeClock();
  readonly features = new Set<string>();
  readonly log: string[] = [];
  readonly joins: {
    isStillWanted: () => boolean;
    end: (wasTried: boolean) => void;
  }[] = [];
  readonly enables: {
    isStillWanted: () => boolean;
    end: (outcome: EnableOutcome) => void;
  }[] = [];
  readonly pings: ((answer: PingAnswer) => void)[] = [];
  canPing = true;
  hasModel = true;
  private readonly acts: Acts = {
    ...idleActs,
    ping: (room, nick) => {
      if (!this.canPing) throw new Error("no stanza");
      this.log.push(room === ROOM ? `ping ${nick}` : `ping ${nick} ${room}`);
      return new Promise((resolve) => this.pings.push(resolve));
    },
    join: (_room, isStillWanted) => {
      this.log.push("join");
      return new Promise((end) => this.joins.push({ isStillWanted, end }));
    },
    enable: (_room, isStillWanted) => {
      this.log.push("enable");
      return new Promise((end) => this.enables.push({ isStillWanted, end }));
    },
    enabled: () => void this.log.push("enabled"),
    disable: () => void this.log.push("disable"),
    announce: (_room, { notice }) => {
      const why = "reason" in notice ? ` ${notice.reason}` : "";
      this.log.push(`${notice.name}${why}`);
    },
  };
  readonly keeper = new Keeper(
    {
      clock: this.clock,
      limits: LIMITS,
      messageWaitMs: 3_600_000,
      isActing: () => true,
      rooms: {
        has: () => this.hasModel,
        isBelievedIn: () => true,
        hasFeature: (_room, feature) => this.features.has(feature),
        hasArchive: () => false,
        refresh: async (room) => void this.log.push(`refresh ${room}`),
        isVisible: () => false,
      },
    },
    this.acts,
  );

  enter(room = ROOM): void {
    this.keeper.tell(room, { type: "join-began" });
    this.keeper.tell(room, { type: "self-presence", nick: "alice" });
  }

  leave(): void {
    this.keeper.tell(ROOM, { type: "user-left", reason: "left" });
  }

  async answers(answer: PingAnswer): Promise<void> {
    this.pings.shift()?.(answer);
    await settled();
  }

  /** The room has lost the user, and is joined again. */
  async losesSeat(): Promise<void> {
    this.keeper.tell(ROOM, { type: "check-wanted" });
    await settled();
    await this.answers(OUT);
  }

  get seat() {
    return this.keeper.ask(ROOM).seat;
  }

  /** What was done since the last call. */
  async done(): Promise<string[]> {
    await settled();
    return this.log.splice(0);
  }
}

let world: World;
beforeEach(async () => {
  world = new World();
  world.enter();
  expect(await world.done()).toEqual(["enable"]);
});

describe("a join", () => {
  beforeEach(async () => {
    await world.losesSeat();
    const told = ["ping alice", "checked", "out self-ping", "join"];
    expect(await world.done()).toEqual(told);
  });

  it("that was tried waits for the room", async () => {
    world.joins[0]!.end(true);
    await settled();
    expect(world.seat.tag).toBe("joining");
  });

  it("that could not be tried is put off", async () => {
    world.joins[0]!.end(false);
    await settled();
    expect(world.seat).toMatchObject({ tag: "waiting", reason: "join-failed" });
    expect(await world.done()).toEqual([]);
  });

  it("that could not be tried because the room was closed is not wanted any more", async () => {
    world.hasModel = false;
    world.joins[0]!.end(false);
    await settled();
    expect(world.seat).toMatchObject({ tag: "left", reason: "left" });
    expect(await world.done()).toEqual(["disable"]);
  });

  it.each<[string, (keeper: Keeper) => void]>([
    ["the user left", () => world.leave()],
    ["the stream broke", (keeper) => keeper.tellAll({ type: "stream-down" })],
    ["the room put us out", (keeper) => keeper.tell(ROOM, PUT_OUT)],
    ["the plugin stopped", (keeper) => keeper.forgetAll()],
  ])("that ends late says nothing: %s meanwhile", async (_why, happens) => {
    const { isStillWanted, end } = world.joins[0]!;
    expect(isStillWanted()).toBe(true);
    happens(world.keeper);
    expect(isStillWanted()).toBe(false);
    const before = world.seat;
    end(false);
    await settled();
    expect(world.seat).toBe(before);
  });

  it("of a room that was closed before its turn is not made", async () => {
    world.leave();
    world.enter();
    await world.losesSeat();
    world.hasModel = false;
    await world.done();
    world.keeper.tell(ROOM, PUT_OUT);
    world.keeper.tell(ROOM, { type: "room-spoke" });
    expect(await world.done()).toEqual(["disable"]);
    expect(world.seat.tag).toBe("left");
  });
});

describe("a registration", () => {
  const rows: [EnableOutcome, string[], string][] = [
    ["enabled", [], "push"],
    ["enabled", [READY], "push"],
    ["enabled", [TEMPORARY], "silence"],
    ["unsupported", [], "silence"],
    ["unsupported", [READY], "ready"],
    ["unsupported", [READY, TEMPORARY], "silence"],
    ["failed", [], "silence"],
    ["failed", [READY], "ready"],
  ];
  it.each(rows)(
    "that ends as %s in a room with %j leaves the guard %s",
    async (outcome, features, guard) => {
      for (const feature of features) world.features.add(feature);
      world.enables[0]!.end(outcome);
      const told = outcome === "enabled" ? ["enabled"] : [];
      expect(await world.done()).toEqual(told);
      expect(world.seat.guard).toBe(guard);
    },
  );

  it.each<[string, () => void]>([
    ["the user left", () => world.leave()],
    ["the plugin stopped", () => world.keeper.forgetAll()],
  ])("that ends late says nothing: %s meanwhile", async (_why, happens) => {
    const { isStillWanted, end } = world.enables[0]!;
    expect(isStillWanted()).toBe(true);
    happens();
    expect(isStillWanted()).toBe(false);
    await world.done();
    end("enabled");
    expect(await world.done()).toEqual([]);
    expect(world.seat.guard).toBe("silence");
  });

  it("goes on while the room is joined again", async () => {
    await world.losesSeat();
    expect(world.enables[0]!.isStillWanted()).toBe(true);
  });
});

describe("a ping", () => {
  it("that can't even be made is one that is not answered", async () => {
    world.canPing = false;
    world.keeper.tell(ROOM, { type: "check-wanted" });
    await settled();
    expect(world.seat).toMatchObject({ tag: "waiting", reason: "unreachable" });
  });

  it("has the room asked about itself where the room has just spoken", async () => {
    world.keeper.tell(ROOM, { type: "room-spoke" });
    expect(await world.done()).toEqual(["ping alice", `refresh ${ROOM}`]);
  });

  it("has nothing else asked where nobody knows whether the room is there", async () => {
    world.keeper.tell(ROOM, { type: "check-wanted" });
    expect(await world.done()).toEqual(["ping alice"]);
  });

  it("is judged by the room's own words about self-pings", async () => {
    world.features.add(OPTIMIZED);
    world.keeper.tell(ROOM, { type: "check-wanted" });
    await settled();
    const error = { condition: "item-not-found", type: "cancel", by: null };
    await world.answers({ kind: "error", error });
    expect(await world.done()).toContain("join");
  });

  it("that is not answered says nothing of a host that spoke meanwhile", async () => {
    world.enter(OTHER);
    world.keeper.tell(ROOM, { type: "check-wanted" });
    await settled();
    await world.clock.passes(1);
    world.keeper.heard(OTHER);
    await world.answers({ kind: "no-answer" });
    await world.done();
    world.keeper.tell(OTHER, { type: "check-wanted" });
    expect(await world.done()).toEqual([`ping alice ${OTHER}`]);
  });

  it("that is not answered holds the other rooms of a host that is silent", async () => {
    world.enter(OTHER);
    world.keeper.tell(ROOM, { type: "check-wanted" });
    await settled();
    await world.answers({ kind: "no-answer" });
    await world.done();
    world.keeper.tell(OTHER, { type: "check-wanted" });
    expect(await world.done()).toEqual([]);
  });

  it("that is answered by the room's server says that the host is there", async () => {
    world.enter(OTHER);
    world.keeper.tell(ROOM, { type: "check-wanted" });
    await settled();
    await world.answers({ kind: "no-answer" });
    world.keeper.tell(OTHER, { type: "check-wanted" });
    expect(world.keeper.ask(OTHER).seat.tag).toBe("waiting");
    await world.clock.passes(2_000);
    // Too busy to say whether it has us.
    const error = { condition: "resource-constraint", type: "wait", by: null };
    await world.answers({ kind: "error", error });
    expect(world.keeper.ask(OTHER).seat.tag).toBe("checking");
  });

  it("whose answer comes after the plugin stopped says nothing, to a new membership either", async () => {
    world.keeper.tell(ROOM, { type: "check-wanted" });
    await world.done();
    world.keeper.forgetAll();
    world.enter();
    world.keeper.tell(ROOM, { type: "check-wanted" });
    expect(await world.done()).toEqual(["enable", "ping alice"]);
    await world.answers(OUT);
    expect(await world.done()).toEqual([]);
    expect(world.seat.tag).toBe("checking");
    await world.answers({ kind: "result" });
    expect(await world.done()).toEqual(["checked"]);
  });
});
