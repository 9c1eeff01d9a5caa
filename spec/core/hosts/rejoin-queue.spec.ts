import { beforeEach, describe, expect, it } from "vitest";
import { RejoinQueue } from "../../../src/core/hosts/rejoin-queue.js";

const nobody = () => false;

let queue: RejoinQueue;
beforeEach(() => {
  queue = new RejoinQueue(2);
});

const takeAll = (isVisible: (room: string) => boolean = nobody) => {
  const taken: string[] = [];
  for (;;) {
    const room = queue.take(isVisible);
    if (room === null) return taken;
    taken.push(room);
  }
};

describe("the queue of rejoins", () => {
  it("lets in as many at a time as it is told, in the order in which they came", () => {
    for (const room of ["a@x", "b@x", "c@x"]) queue.add(room);
    expect(takeAll()).toEqual(["a@x", "b@x"]);
    expect(queue.remove("a@x")).toBe(true);
    expect(takeAll()).toEqual(["c@x"]);
  });

  it("lets the room in first that the user looks at", () => {
    for (const room of ["a@x", "b@x", "c@x"]) queue.add(room);
    expect(takeAll((room) => room === "c@x")).toEqual(["c@x", "a@x"]);
  });

  it("goes by turns among hosts, so that a slow one holds up only its own rooms", () => {
    for (const room of ["a@slow", "b@slow", "c@slow", "d@quick"]) {
      queue.add(room);
    }
    expect(takeAll()).toEqual(["a@slow", "d@quick"]);
  });

  it("has one place for a room that asks twice", () => {
    queue.add("a@x");
    queue.add("a@x");
    expect(takeAll()).toEqual(["a@x"]);
  });

  it("gives no place to a room that has left the queue", () => {
    queue.add("a@x");
    queue.add("b@x");
    queue.dequeue("a@x");
    expect(queue.remove("b@x")).toBe(false);
    expect(takeAll()).toEqual([]);
  });

  it("is empty after it was cleared, and all its places are free", () => {
    for (const room of ["a@x", "b@x", "c@x"]) queue.add(room);
    takeAll();
    queue.clear();
    expect(takeAll()).toEqual([]);
    queue.add("d@x");
    queue.add("e@x");
    expect(takeAll()).toEqual(["d@x", "e@x"]);
  });
});
