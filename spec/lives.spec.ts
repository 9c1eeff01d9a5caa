/** Rooms on several hosts live through anything; then the weather is good. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSeated } from "../src/core/seat/seat-states.js";
import type { RoomJid } from "../src/core/events.js";
import { isKept } from "../src/core/membership.js";
import { isInDoubt } from "../src/core/outbox/outbox-state.js";
import {
  World,
  type HostState,
  type Manner,
  MESSAGE_WAIT_MS,
} from "./lives/world.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const [A, B, C, D] = ["a@one", "b@one", "c@one", "d@two"];
const ROOMS: readonly RoomJid[] = [A, B, C, D];
const FEATURES = {
  [A]: {},
  [B]: { pushes: false },
  [C]: { hasArchive: false },
  [D]: {},
};

/** A world in which every room is joined. */
async function settledWorld(): Promise<World> {
  const world = new World(FEATURES);
  for (const room of ROOMS) world.opens(room);
  await world.passes(20_000);
  expect(world.broken).toEqual([]);
  return world;
}

type Act = (world: World) => void | Promise<void>;
/** Named, so that a counterexample can be read. */
const act = (name: string, run: Act) =>
  Object.assign(run, { toString: () => name });

const room = fc.constantFrom(...ROOMS);
const host = fc.constantFrom("one", "two");
const hostState = fc.constantFrom<HostState>("up", "refused", "silent");
const manner = fc.constantFrom<Manner>(
  "well",
  "well",
  "pingless",
  "busy",
  "evicting",
  "troubled",
  "mute",
);
const eachRoom = (name: string, run: (world: World, room: RoomJid) => void) =>
  room.map((r) => act(`${name} ${r}`, (world) => run(world, r)));

const acts = fc.oneof(
  eachRoom("open", (w, r) => w.opens(r)),
  eachRoom("close", (w, r) => w.closes(r)),
  eachRoom("close too late", (w, r) => w.closesTooLate(r)),
  eachRoom("type", (w, r) => w.types(r)),
  eachRoom("type", (w, r) => w.types(r)),
  eachRoom("type, echo lost", (w, r) => w.typesUnheard(r)),
  room.map((r) =>
    act(`check ${r} thirty times`, async (w) => {
      for (let i = 0; i < 30; i++) {
        w.tell(r, { type: "check-wanted" });
        await w.passes(60);
      }
    }),
  ),
  eachRoom("chat", (w, r) => w.chats(r)),
  eachRoom("confirm", (w, r) => w.confirms(r)),
  eachRoom("check", (w, r) => w.tell(r, { type: "check-wanted" })),
  eachRoom("status refused", (w, r) => {
    if (w.keeper.ask(r).seat.tag !== "joined") return;
    w.tell(r, {
      type: "presence-refused",
      departure: { comesBack: true, reason: "locked" },
    });
  }),
  eachRoom("kick", (w, r) =>
    w.removes(r, { comesBack: false, reason: "kicked" }),
  ),
  eachRoom("shut down", (w, r) =>
    w.removes(r, { comesBack: true, reason: "shutdown" }),
  ),
  eachRoom("forget", (w, r) => {
    const there = w.server.get(r);
    if (there) there.isSeated = false;
  }),
  fc.tuple(room, manner).map(([r, m]) =>
    act(`${r} behaves ${m}`, (w) => {
      const there = w.server.get(r);
      if (there) there.manner = m;
    }),
  ),
  fc.tuple(room, fc.boolean()).map(([r, eaten]) =>
    act(`pushes of ${r} eaten ${eaten}`, (w) => {
      const there = w.server.get(r);
      if (there) there.isPushEaten = eaten;
    }),
  ),
  fc
    .tuple(host, hostState, fc.boolean())
    .map(([h, state, isCrash]) =>
      act(`${h} is ${state}, crash ${isCrash}`, (w) =>
        w.setHost(h, state, isCrash),
      ),
    ),
  fc.constant(
    act("look at the tab", (w) => w.keeper.tellAll({ type: "glance" })),
  ),
  fc
    .tuple(fc.boolean(), fc.boolean())
    .map(([up, resumed]) =>
      act(`stream ${up}, resumed ${resumed}`, (w) => w.setStream(up, resumed)),
    ),
  fc
    .integer({ min: -2 * HOUR, max: 2 * HOUR })
    .map((ms) => act(`clock set by ${ms} ms`, (w) => w.clock.step(ms))),
  fc
    .oneof(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 0, max: 10 * MINUTE }),
    )
    .map((ms) => act(`${ms} ms pass`, (w) => w.passes(ms))),
);

/** Everything is there again and answers; nobody says a word. */
async function goodWeather(world: World): Promise<void> {
  world.setStream(true);
  for (const there of world.server.values()) {
    there.manner = "well";
    there.isPushEaten = false;
  }
  for (const h of ["one", "two"]) world.setHost(h, "up", false);
  await world.passes(3 * HOUR);
}

function expectAllWell(world: World): void {
  expect(world.broken).toEqual([]);
  const { keeper } = world;
  for (const r of world.rooms) {
    const is = keeper.ask(r);
    if (!isKept(is)) continue;
    const state = is.seat;
    expect(isSeated(state) ? "in" : state.tag, r).toBe("in");
    expect(world.server.get(r)?.isSeated, `${r} has us`).toBe(true);
    expect(world.screenOf(r), `screen of ${r}`).toBe("current");
    expect(isInDoubt(is.outbox), `doubtful in ${r}`).toBe(false);
    expect(state.outSince, `${r} counts as out`).toBeNull();
  }
  const held = [...world.kept.values()].filter(
    ({ phase, room }) => phase.tag === "held" && isKept(keeper.ask(room)),
  );
  expect(held, "waits although the way is open").toEqual([]);
}

it("whatever happens: no room is asked twice at a time, too often, or after it was closed; nothing typed is lost or doubled; and in good weather all is well again", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { maxLength: 50 }), async (sequence) => {
      const world = await settledWorld();
      for (const run of sequence) {
        await run(world);
        await world.passes(0);
        world.checkMessages();
        expect(world.broken).toEqual([]);
      }
      await goodWeather(world);
      world.checkMessages();
      expectAllWell(world);
      // Acts within a minute may each be news; what goes on by itself is bounded by the backoff.
      for (const r of ROOMS) {
        expect(world.mostAsked(r, MINUTE), `asks of ${r}`).toBeLessThan(60);
      }
    }),
    { numRuns: Number(process.env["LIVES"] ?? 2_000) },
  );
}, 600_000);

describe("one room that fails does not hold the others", () => {
  it.each(["pingless", "busy"] as const)(
    "of its host, when it is %s and another one speaks twice a second",
    async (bad) => {
      const world = await settledWorld();
      world.server.get(A)!.manner = bad;
      await world.passes(MINUTE);
      world.keeper.tellAll({ type: "glance" });
      await world.passes(MINUTE);
      world.asked.clear();
      world.types(B);
      for (let passed = 0; passed < HOUR; passed += 500) {
        world.chats(B);
        await world.passes(500);
      }
      expect(world.keeper.ask(B).seat.tag).toBe("joined");
      expect(world.server.get(B)?.log).toEqual(["m1"]);
      expect(world.asked.get(A)?.length).toBeLessThan(60);
      expectNothingHeld(world, B);
    },
  );

  it("nor one that was closed while its join was on the way", async () => {
    const world = await settledWorld();
    world.setStream(false);
    world.setHost("one", "silent", true);
    world.setStream(true);
    world.closesTooLate(A);
    await world.passes(5 * MINUTE);
    expect(world.keeper.ask(A).seat.tag).toBe("left");
    world.setHost("one", "up", false);
    await world.passes(10 * MINUTE);
    expect(world.keeper.ask(B).seat.tag).toBe("joined");
    expect(world.broken).toEqual([]);
  });
});

it("a host that is back is found by its other rooms when the one that asked was closed", async () => {
  const world = await settledWorld();
  world.setHost("one", "refused", false);
  for (const r of [A, B, C]) world.tell(r, { type: "check-wanted" });
  await world.passes(1_000);
  world.closes(A);
  world.setHost("one", "up", false);
  await world.passes(10 * MINUTE);
  for (const r of [B, C]) expect(world.keeper.ask(r).seat.tag).toBe("joined");
});

it("when every room is lost at once, two are joined at a time", async () => {
  const world = await settledWorld();
  for (const there of world.server.values()) there.isSeated = false;
  for (const r of ROOMS) world.tell(r, { type: "room-spoke" });
  await world.passes(MINUTE);
  expect(world.broken).toEqual([]);
  for (const r of ROOMS) expect(world.server.get(r)?.isSeated).toBe(true);
});

describe("a room that puts the user out after each join", () => {
  it.each(["evicting", "troubled"] as const)(
    "is joined less and less often (%s)",
    async (bad) => {
      const world = await settledWorld();
      world.server.get(A)!.manner = bad;
      world.removes(A, { comesBack: true, reason: "unavailable" });
      world.asked.clear();
      for (let passed = 0; passed < HOUR; passed += 1_000) {
        world.pushes(A);
        await world.passes(1_000);
      }
      expect(world.mostAsked(A, 3_000)).toBeLessThan(9);
      expect(world.asked.get(A)?.length).toBeLessThan(200);
    },
  );
});

it("a room that speaks is asked for itself at once, however long it was to be waited for", async () => {
  const world = await settledWorld();
  const there = world.server.get(D)!;
  there.manner = "pingless";
  world.tell(D, { type: "check-wanted" });
  await world.passes(2 * HOUR);
  expect(world.keeper.ask(D).seat.tag).not.toBe("joined");
  there.manner = "well";
  await world.passes(MINUTE);
  if (world.keeper.ask(D).seat.tag === "waiting") {
    world.asked.clear();
    world.chats(D);
    await world.passes(1_000);
    expect(world.asked.get(D)).toHaveLength(1);
  }
  expect(world.keeper.ask(D).seat.tag).toBe("joined");
});

it("what arrived although its echo got lost is not said twice", async () => {
  const world = await settledWorld();
  world.typesUnheard(A);
  await world.passes(1_000);
  world.setHost("one", "refused", false);
  world.tell(A, { type: "check-wanted" });
  await world.passes(1_000);
  world.setHost("one", "up", false);
  await world.passes(10 * MINUTE);
  expect(world.server.get(A)?.log).toEqual(["m1"]);
  expectNothingHeld(world, A);
});

it("a room that is waited for is asked once, not for each of a hundred invitations", async () => {
  const world = await settledWorld();
  world.setHost("two", "silent", true);
  world.tell(D, { type: "check-wanted" });
  await world.passes(MINUTE);
  world.asked.clear();
  for (let i = 0; i < 100; i++) {
    world.tell(D, { type: "check-wanted" });
    await world.passes(10);
  }
  expect(world.asked.get(D)?.length ?? 0).toBeLessThan(3);
});

it("what waits goes out when the room itself says that the user is in", async () => {
  const world = await settledWorld();
  world.server.get(A)!.manner = "pingless";
  world.tell(A, { type: "check-wanted" });
  await world.passes(15_500);
  expect(world.keeper.ask(A).seat.tag).toBe("waiting");
  world.types(A);
  await world.passes(1_000);
  expect(world.server.get(A)?.log).toEqual([]);
  world.confirms(A);
  world.types(A);
  await world.passes(1_000);
  expect(world.server.get(A)?.log).toEqual(["m1", "m2"]);
});

it("what a host's absence leaves in doubt is looked for in each of its rooms, and sent again", async () => {
  const world = await settledWorld();
  // The link swallows what is said, and both rooms keep the seat.
  world.setHost("one", "silent", false);
  world.types(A);
  world.types(B);
  await world.passes(1_000);
  world.setHost("one", "refused", false);
  for (const r of [A, B]) world.tell(r, { type: "check-wanted" });
  await world.passes(1_000);
  world.setHost("one", "up", false);
  await world.passes(10 * MINUTE);
  expect(world.server.get(A)?.log).toEqual(["m1"]);
  expect(world.server.get(B)?.log).toEqual(["m2"]);
});

it("a clock that is set back puts no check off", async () => {
  const world = await settledWorld();
  world.tell(A, { type: "check-wanted" });
  await world.passes(1_000);
  world.clock.step(-HOUR);
  world.asked.clear();
  world.tell(A, { type: "check-wanted" });
  await world.passes(6_000);
  expect(world.asked.get(A)).toHaveLength(1);
});

it("a room whose pushes are eaten is found lost by the slow check, and after that by its silence", async () => {
  const world = await settledWorld();
  const there = world.server.get(D)!;
  there.isPushEaten = true;
  there.isSeated = false;
  await world.passes(2 * HOUR + MINUTE);
  expect(there.isSeated).toBe(true);
  there.isSeated = false;
  await world.passes(16 * MINUTE);
  expect(there.isSeated).toBe(true);
});

it("what has waited too long is told, whatever the clock says", async () => {
  const world = await settledWorld();
  world.setHost("two", "refused", true);
  world.types(D);
  await world.passes(MESSAGE_WAIT_MS + HOUR);
  expect(world.told.has("m1")).toBe(true);
});

function expectNothingHeld(world: World, r: RoomJid): void {
  const held = [...world.kept.values()].filter(({ room }) => room === r);
  expect(held).toEqual([]);
}
