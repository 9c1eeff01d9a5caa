import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isInDoubt } from "../src/core/outbox/outbox-state.js";
import { wayOf } from "../src/core/membership.js";
import { ANSWER_MS, Chat, POND, ROOM, WAIT_MS } from "./chat-world.js";
import { error } from "./core/outbox/life.js";
import { settled } from "./fake-clock.js";

let chat: Chat;

beforeEach(() => {
  chat = new Chat();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("what the user says", () => {
  it("waits while there is no connection, whatever is known about the room", () => {
    chat.isConnected = false;
    expect(chat.offers("a")).toBe(false);
    expect(chat.waits()).toEqual(["a"]);
  });

  it("makes what is on its way doubtful when it is found that the way is closed", () => {
    chat.offers("a");
    chat.isConnected = false;
    chat.offers("b");
    expect(chat.waits()).toEqual(["a", "b"]);
    expect(isInDoubt(chat.keeper.ask(ROOM).outbox)).toBe(true);
  });

  it("waits while the screen is behind, and makes what is on its way doubtful", async () => {
    chat.hasArchive = true;
    await chat.returns();
    chat.offers("a");
    chat.tell({ type: "late-news", hasArchive: true });
    expect(wayOf(chat.keeper.ask(ROOM))).toBe("unknown");
    expect(chat.offers("b")).toBe(false);
    expect(chat.waits()).toEqual(["a", "b"]);
    await settled();
    expect(chat.resent).toEqual(["a", "b"]);
  });
});

describe("rooms", () => {
  it("do not wait for each other", () => {
    chat.closes(POND);
    chat.offers("a", POND);
    expect(chat.waits(POND)).toEqual(["a"]);
    expect(chat.offers("b")).toBe(true);
  });

  it("do not confirm each other's messages", () => {
    chat.offers("a");
    chat.reflects("a", true, POND);
    expect(chat.find("a")).toBeDefined();
  });

  it("do not answer for each other", async () => {
    chat.offers("a");
    chat.offers("b", POND);
    await chat.isChecked(POND);
    expect(chat.ends).toEqual(["b true"]);
  });

  it("keep an order, and a timer, each", async () => {
    for (const room of [ROOM, POND]) {
      chat.closes(room);
      chat.offers("a", room);
    }
    expect(chat.clock.pending).toBe(2);
    chat.tell({ type: "user-left", reason: "left" }, POND);
    expect(chat.clock.pending).toBe(1);
    await chat.clock.passes(WAIT_MS);
    expect(chat.heard).toEqual(["a left", "a waited-too-long"]);
  });
});

describe("when the way opens", () => {
  beforeEach(() => {
    chat.offers("a");
    chat.closes();
    chat.offers("b");
  });

  it.each([true, false])(
    "everything goes out in order, once the room's history is known (an archive: %s)",
    async (hasArchive) => {
      chat.hasArchive = hasArchive;
      await chat.returns();
      chat.tell({ type: "self-presence", nick: "alice" });
      expect(chat.resent).toEqual(["a", "b"]);
      expect(chat.waits()).toEqual([]);
    },
  );

  it("what the history has does not go out again", async () => {
    chat.reflects("a", false);
    await chat.returns();
    expect(chat.resent).toEqual(["b"]);
  });

  it("it is known since when the archive is to be looked through", () => {
    expect(chat.keeper.oldestPending(ROOM)).toBe(0);
    chat.reflects("a", false);
    expect(chat.keeper.oldestPending(ROOM)).toBeNull();
  });

  it("what may be there already waits for the history", () => {
    chat.enters();
    expect(chat.resent).toEqual(["b"]);
    expect(chat.waits()).toEqual(["a"]);
  });

  it("nothing goes out from a tab that does not act", async () => {
    chat.isActing = false;
    await chat.returns();
    expect(wayOf(chat.keeper.ask(ROOM))).toBe("open");
    expect(chat.resent).toEqual([]);
  });

  it("what could not be handed over goes on waiting", async () => {
    chat.isConnected = false;
    await chat.returns();
    expect(chat.waits()).toEqual(["a", "b"]);
    chat.isConnected = true;
    await chat.returns();
    expect(chat.resent).toEqual(["a", "b"]);
  });
});

it("no message overtakes one that could not be handed over", async () => {
  chat.closes();
  chat.offers("a");
  chat.offers("b");
  chat.busyFor = 1;
  await chat.returns();
  expect([chat.resent, chat.waits()]).toEqual([[], ["a", "b"]]);
  await chat.returns();
  expect(chat.resent).toEqual(["a", "b"]);
});

describe("what fails", () => {
  beforeEach(() => {
    chat.closes();
    chat.offers("a");
  });

  it("has waited too long", async () => {
    await chat.clock.passes(WAIT_MS - 1);
    expect(chat.heard).toEqual([]);
    await chat.clock.passes(1);
    expect(chat.heard).toEqual(["a waited-too-long"]);
    expect(chat.clock.pending).toBe(0);
    expect(chat.find("a")).toBeDefined();
  });

  it("is in a room that is lost", () => {
    chat.kicks();
    chat.kicks();
    expect(chat.heard).toEqual(["a kicked"]);
  });

  it("goes out again when the user says so, at once if the way is open", () => {
    chat.kicks();
    chat.enters();
    chat.tell({ type: "send-again", id: "a" });
    expect(chat.resent).toEqual(["a"]);
    expect(chat.heard).toEqual(["a kicked", "a revived"]);
    expect(chat.failedIds()).toEqual([]);
  });

  it("waits anew when the way is not open", async () => {
    chat.kicks();
    await chat.clock.passes(WAIT_MS);
    for (const id of chat.failedIds()) chat.tell({ type: "send-again", id });
    await chat.clock.passes(WAIT_MS - 1);
    expect(chat.heard).toEqual(["a kicked", "a revived"]);
    await chat.clock.passes(1);
    expect(chat.heard.pop()).toBe("a waited-too-long");
  });

  it("turns out to be there after all", () => {
    chat.kicks();
    chat.reflects("a", false);
    expect(chat.heard).toEqual(["a kicked", "a revived"]);
    expect(chat.waits()).toEqual([]);
  });
});

describe("an error", () => {
  it("that passes keeps the message, found by either id, until the room says that we are in", async () => {
    chat.offers("a");
    chat.bounces(["x", "a"], error("not-acceptable"));
    expect(chat.waits()).toEqual(["a"]);
    await settled();
    await chat.answersPing();
    expect(chat.resent).toEqual(["a"]);
  });

  it("that does not pass is Converse's", () => {
    chat.offers("a");
    chat.bounces(["a"], error("forbidden"));
    expect(chat.find("a")).toBeUndefined();
    expect(chat.ends).toEqual(["a false"]);
  });
});

describe("the user's own stream", () => {
  it("breaks twice with a message on its way: it has failed, and goes out no more", async () => {
    chat.offers("a");
    for (let breaks = 0; breaks < 2; breaks++) {
      chat.keeper.tellAll({ type: "stream-down" });
      await chat.returns();
    }
    expect(chat.resent).toEqual(["a"]);
    expect(chat.heard).toEqual(["a breaks-streams"]);
  });
});

describe("a private message", () => {
  it("has arrived when no error came within the answer time", async () => {
    expect(chat.whispers("a")).toBe(true);
    await chat.clock.passes(ANSWER_MS - 1);
    expect(chat.stored()).toHaveLength(1);
    chat.clock.step(-3_600_000);
    await chat.clock.passes(1);
    expect(chat.ends).toEqual(["a true"]);
    expect(chat.clock.pending).toBe(0);
    chat.closes();
    await chat.returns();
    expect([chat.resent, chat.heard]).toEqual([[], []]);
  });

  it("that bounces waits, goes out once more, and has its answer time anew", async () => {
    chat.whispers("a");
    chat.bounces(["a"], error("not-acceptable"), true);
    expect(chat.waits()).toEqual(["a"]);
    await chat.clock.passes(ANSWER_MS);
    await chat.answersPing();
    expect(chat.resent).toEqual(["a"]);
    await chat.clock.passes(ANSWER_MS - 1);
    expect(chat.stored()).toHaveLength(1);
    await chat.clock.passes(1);
    expect(chat.stored()).toEqual([]);
  });

  it("on its way when the room was lost has failed after the return: it may have arrived", async () => {
    chat.whispers("a");
    chat.closes();
    expect(isInDoubt(chat.keeper.ask(ROOM).outbox)).toBe(false);
    expect(chat.keeper.oldestPending(ROOM)).toBeNull();
    await chat.clock.passes(ANSWER_MS);
    chat.enters();
    expect(chat.resent).toEqual([]);
    expect(chat.heard).toEqual(["a unconfirmed"]);
  });

  it("is known by an error that comes from its occupant; a message to all is not", () => {
    chat.whispers("a");
    chat.offers("b");
    chat.bounces(["b"], error("not-acceptable"), true);
    expect(chat.waits()).toEqual([]);
    chat.bounces(["a"], error("item-not-found"), true);
    expect(chat.find("a")).toBeUndefined();
  });

  it("leaves no timer behind", () => {
    chat.whispers("a");
    expect(chat.clock.pending).toBe(1);
    chat.stops();
    expect(chat.clock.pending).toBe(0);
  });
});

describe("what is stored and is no stanza", () => {
  it("has failed, and holds nothing up", async () => {
    chat.closes();
    chat.offers("a", ROOM, { xml: "<parsererror/>" });
    chat.offers("b");
    await chat.returns();
    expect(chat.heard).toEqual(["a unreadable"]);
    expect(chat.resent).toEqual(["b"]);
  });
});

describe("what does not change", () => {
  it("is not shown anew", () => {
    chat.closes();
    chat.offers("a");
    const before = chat.changes;
    for (let events = 0; events < 4; events++) {
      chat.closes();
      chat.closes(POND);
    }
    expect(chat.changes).toBe(before);
  });
});

describe("the end of a message", () => {
  it.each([
    [true, () => chat.reflects("a")],
    [false, () => chat.kicks()],
    [false, () => chat.tell({ type: "user-left", reason: "left" })],
    [false, () => chat.tell({ type: "user-left", reason: "logged-out" })],
  ])("is told: delivered %s", (isDelivered, happens) => {
    chat.closes();
    chat.offers("a");
    happens();
    expect(chat.ends).toEqual([`a ${isDelivered}`]);
  });
});
