import { beforeEach, describe, expect, it } from "vitest";
import { settled } from "./fake-clock.js";
import { UNKNOWN } from "../src/core/membership.js";
import { AWAY, OUT, World } from "./keeper-world.js";

const A = "a@one";
const B = "b@one";
const C = "c@one";
const D = "d@one";
const ELSEWHERE = "x@two";
const ROOMS = [A, B, C, D, ELSEWHERE];

let world: World;
beforeEach(async () => {
  world = new World();
  for (const room of ROOMS) world.enter(room);
  await world.done();
});

describe("many rooms", () => {
  it("of one host are asked one after the other, hosts beside each other", async () => {
    for (const room of ROOMS) world.check(room);
    expect(await world.asked()).toEqual([
      `ping alice ${A}`,
      `ping alice ${ELSEWHERE}`,
    ]);
    await world.answer({ kind: "result" });
    expect(await world.asked()).toEqual([`ping alice ${B}`]);
  });

  it("have a room asked at once that has just spoken", async () => {
    world.check(A);
    world.push(B);
    expect(await world.asked()).toEqual([`ping alice ${A}`, `ping alice ${B}`]);
  });

  it("wait while one asks after the host that is away, and are asked when it is back", async () => {
    for (const room of [A, B, C]) world.check(room);
    await world.asked();
    await world.answer(AWAY);
    expect(await world.asked()).toEqual([]);
    world.check(D);
    await world.clock.passes(2_000);
    expect(await world.asked()).toEqual([`ping alice ${A}`]);
    await world.answer({ kind: "result" });
    expect(await world.asked()).toEqual([`ping alice ${B}`]);
  });

  it("are asked when anything is heard from their host, the one that asked included", async () => {
    for (const room of [A, B]) world.check(room);
    await settled();
    await world.answer(AWAY);
    await world.asked();
    world.keeper.heard(D);
    expect(await world.asked()).toEqual([`ping alice ${A}`]);
    await world.answer({ kind: "result" });
    expect(await world.asked()).toEqual([`ping alice ${B}`]);
  });

  it("are asked when one of them speaks", async () => {
    for (const room of [A, B]) world.check(room);
    await settled();
    await world.answer(AWAY);
    await world.asked();
    world.push(D);
    const asked = await world.asked();
    expect(asked.sort()).toEqual([`ping alice ${A}`, `ping alice ${D}`]);
  });

  it("have another ask when nobody wants the room that did", async () => {
    for (const room of [A, B, C]) world.check(room);
    await settled();
    await world.answer(AWAY);
    await world.asked();
    world.keeper.tell(A, { type: "user-left", reason: "left" });
    expect(await world.asked()).toEqual([`ping alice ${B}`]);
  });

  it("know nothing of a host any more after a broken stream", async () => {
    for (const room of [A, B]) world.check(room);
    await settled();
    await world.answer(AWAY);
    world.keeper.tellAll({ type: "stream-down" });
    world.keeper.tellAll({ type: "stream-up" });
    await world.asked();
    world.check(B);
    expect(await world.asked()).toEqual([`ping alice ${B}`]);
  });
});

describe("many rejoins", () => {
  beforeEach(async () => {
    for (const room of ROOMS) {
      world.keeper.tell(room, {
        type: "departed",
        departure: { comesBack: true, reason: "shutdown" },
      });
    }
    await world.done();
  });

  it("are three at a time, each place taken again when it is free", async () => {
    for (const room of ROOMS) world.push(room);
    expect(await world.asked()).toEqual([
      `join ${A}`,
      `join ${B}`,
      `join ${C}`,
    ]);
    world.letIn(B);
    expect(await world.asked()).toEqual([`join ${ELSEWHERE}`]);
    world.keeper.tell(A, { type: "user-left", reason: "left" });
    expect(await world.asked()).toEqual([`join ${D}`]);
  });

  it("begin with the room that the user looks at", async () => {
    world.visible = D;
    for (const room of [A, B, C]) world.push(room);
    await world.asked();
    world.push(ELSEWHERE);
    world.push(D);
    world.letIn(A);
    expect(await world.asked()).toEqual([`join ${D}`]);
  });

  it("are not held up by one that is never answered longer than a join may take", async () => {
    for (const room of ROOMS) world.push(room);
    await world.asked();
    await world.clock.passes(60_000);
    expect(await world.asked()).toEqual(
      expect.arrayContaining([`join ${ELSEWHERE}`, `join ${D}`]),
    );
  });

  it("do not repeat one that Converse began while it waited for its turn", async () => {
    for (const room of ROOMS) world.push(room);
    await world.asked();
    world.keeper.tell(D, { type: "join-began" });
    for (const room of [A, B, C]) world.letIn(room);
    expect(await world.asked()).toEqual([`join ${ELSEWHERE}`]);
  });

  it("end with the stream", async () => {
    for (const room of ROOMS) world.push(room);
    await world.asked();
    world.keeper.tellAll({ type: "stream-down" });
    expect(await world.asked()).toEqual([]);
  });
});

describe("a room", () => {
  it("that was never joined hears of nothing", async () => {
    world.check("new@one");
    world.keeper.tell("new@one", { type: "self-presence", nick: "alice" });
    expect(await world.done()).toEqual([]);
    expect(world.keeper.ask("new@one")).toBe(UNKNOWN);
  });

  it("whose service says when it is ready is guarded by that where it does not push", async () => {
    world.features.add("urn:xmpp:muc-ready:0");
    world.enableOutcome = "unsupported";
    world.enter("new@one");
    await settled();
    expect(world.keeper.ask("new@one").seat.guard).toBe("ready");
    expect(world.keeper.ask(A).seat.guard).toBe("push");
  });

  it("can be waited for while it is checked, and only then", async () => {
    let isChecked = false;
    world.check(A);
    void world.keeper.whenChecked(A).then(() => (isChecked = true));
    await settled();
    expect(isChecked).toBe(false);
    await world.answer(OUT);
    expect(isChecked).toBe(true);
    let isFoundIn = false;
    world.check(B);
    void world.keeper.whenChecked(B).then(() => (isFoundIn = true));
    await settled();
    expect(isFoundIn).toBe(false);
    await world.answer({ kind: "result" });
    expect(isFoundIn).toBe(true);
    await world.keeper.whenChecked(A);
    await world.keeper.whenChecked("new@one");
  });
});
