import { beforeEach, describe, expect, it } from "vitest";
import {
  DoorWorld,
  facts,
  HISTORY,
  historyOf,
  join,
  MUC,
  PENDING,
  ROOM,
} from "./door-world.js";
import { element } from "../element-like.js";

let world: DoorWorld;

beforeEach(() => {
  world = new DoorWorld(1_000);
});

describe("a join", () => {
  it("is world.told, after those whose answer may come at once, with the history that is missing", () => {
    const stanza = join();
    expect(world.send(stanza)).toBe("handed over");
    expect(world.heard).toEqual([
      `password ${ROOM}`,
      `tabs ${ROOM} 1000`,
      `facts ${ROOM} ${PENDING}`,
      "join-sent",
    ]);
    expect(world.told).toEqual([{ type: "join-sent", facts }]);
    expect(world.passedOn).toEqual([stanza]);
    expect(historyOf(stanza)).toEqual(HISTORY);
  });

  it("of Strophe's builder goes out as the element that it has become", () => {
    const tree = join();
    world.send({ tree: () => tree });
    expect(world.passedOn).toEqual([tree]);
    expect(historyOf(tree)).toEqual(HISTORY);
  });

  it("that is not wanted any more does not go out, and nobody hears of it", () => {
    const asked: unknown[] = [];
    world.mayJoin = (...question) => {
      asked.push(question);
      return false;
    };
    expect(world.send(join())).toBeUndefined();
    world.enters();
    world.send(join());
    expect(asked).toEqual([
      [ROOM, false],
      [ROOM, true],
    ]);
    expect([world.passedOn, world.told, world.heard]).toEqual([[], [], []]);
  });

  it("that is over has its history: none is set later", () => {
    const stanza = join();
    world.send(stanza);
    world.door.setHistory({ maxstanzas: "5" });
    expect(historyOf(stanza)).toEqual(HISTORY);
  });

  it.each([
    ["another status", element("presence", { to: `${ROOM}/alice` })],
    [
      "a leave",
      element(
        "presence",
        { to: `${ROOM}/alice`, type: "unavailable" },
        element("x", { xmlns: MUC }),
      ),
    ],
  ])("is not taken for one: %s", (_, stanza) => {
    world.send(stanza);
    expect(world.passedOn).toEqual([stanza]);
    expect(world.heard).toEqual([]);
  });
});

describe("a fault of ours", () => {
  it("does not stop Converse's sending, and its report tells nothing of the message", () => {
    const stanza = join();
    world.mayJoin = () => {
      throw new TypeError("secret");
    };
    expect(world.send(stanza)).toBe("handed over");
    expect(world.passedOn).toEqual([stanza]);
    expect(world.logged).toEqual([
      "muc-push: could not read what is sent: TypeError",
    ]);
  });
});
