/** The user's messages across reloads of the page, other tabs and clocks that are set. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Pending } from "../src/core/outbox/pending.js";
import { Chat, POND, ROOM, WAIT_MS } from "./chat-world.js";

let chat: Chat;

beforeEach(() => {
  chat = new Chat();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** The only message in the store, as another tab would have said it later. */
function anotherOf(id: string): Pending {
  const [entry] = chat.stored();
  if (!entry) throw new Error("nothing was stored");
  return { ...entry, id, xml: `<message id="${id}"/>`, sentAt: 9 };
}

describe("when somebody sets the clock", () => {
  beforeEach(() => {
    chat.closes();
    chat.offers("a");
  });

  it("back, what waits fails in its time all the same", async () => {
    chat.clock.step(-3_600_000);
    await chat.clock.passes(WAIT_MS);
    expect(chat.heard).toEqual(["a waited-too-long"]);
  });

  it("forward, nothing has waited too long by that", async () => {
    chat.clock.step(3_600_000);
    chat.offers("b");
    await chat.clock.passes(WAIT_MS - 1);
    expect(chat.heard).toEqual([]);
    await chat.clock.passes(1);
    expect(chat.heard).toEqual(["a waited-too-long"]);
  });

  it("back before a reload, what waits waits no longer than it may", async () => {
    await chat.clock.passes(10);
    chat.offers("b");
    chat.clock.step(-3_600_000);
    chat.reloads();
    expect(chat.waits()).toEqual(["a", "b"]);
    await chat.clock.passes(WAIT_MS);
    expect(chat.heard).toEqual(["a waited-too-long", "b waited-too-long"]);
  });

  it("back before a reload, as one room's message tells, those of all rooms wait no longer", async () => {
    await chat.clock.passes(WAIT_MS / 2);
    chat.offers("b", POND);
    chat.clock.step(-WAIT_MS / 4);
    chat.reloads();
    await chat.clock.passes(WAIT_MS / 2);
    expect(chat.heard).toEqual(["a waited-too-long"]);
    await chat.clock.passes(WAIT_MS / 2);
    expect(chat.heard.pop()).toBe("b waited-too-long");
  });

  it("an archive is asked by the clock of now", async () => {
    await chat.returns();
    chat.clock.step(3_600_000);
    expect(chat.keeper.oldestPending(ROOM)).toBe(3_600_000);
  });
});

describe("across pages", () => {
  it("what was left over is taken up, and expires when it would have", async () => {
    chat.offers("a");
    chat.closes();
    chat.offers("b");
    await chat.clock.passes(WAIT_MS / 2);
    chat.stops();
    expect(chat.clock.pending).toBe(0);
    chat.reloads();
    expect(chat.waits()).toEqual(["a", "b"]);
    await chat.clock.passes(WAIT_MS / 2 + 1);
    expect(chat.heard).toEqual(["a waited-too-long", "b waited-too-long"]);
  });

  it("what was left over is taken up once a session, when it is known whose", () => {
    const { account } = chat;
    chat.closes();
    chat.offers("a");
    chat.stops();
    chat.account = null;
    chat.store.restore(chat.keeper);
    expect(chat.waits()).toEqual([]);
    chat.account = account;
    chat.store.restore(chat.keeper);
    chat.offers("b");
    chat.absorbs("a", null);
    chat.store.restore(chat.keeper);
    expect(chat.waits()).toEqual(["b"]);
    chat.stops();
    chat.store.restore(chat.keeper);
    expect(chat.waits()).toEqual(["a", "b"]);
  });

  it("what came out of the store is not written again, and what follows is", () => {
    chat.offers("a");
    chat.closes();
    chat.offers("b");
    const [a, b] = chat.stored();
    chat.stops();
    chat.writes();
    chat.store.restore(chat.keeper);
    chat.absorbs("a", a!);
    chat.absorbs("c", { ...b!, id: "c", sentAt: 9 });
    chat.absorbs("c", null);
    expect(chat.writes()).toEqual([]);
    chat.absorbs("b", null);
    chat.enters();
    chat.absorbs("b", b!);
    expect(chat.resent).toEqual(["b"]);
    expect(chat.writes()).toEqual(["b sent"]);
  });

  it("what another tab does is followed", () => {
    chat.closes();
    chat.offers("a");
    chat.absorbs("b", anotherOf("b"));
    expect(chat.waits()).toEqual(["a", "b"]);
    chat.absorbs("a", null);
    expect(chat.waits()).toEqual(["b"]);
  });

  it("what another tab could not send yet goes out at once when the way is open here", () => {
    chat.closes();
    chat.offers("a");
    const b = anotherOf("b");
    chat.enters();
    chat.absorbs("b", b);
    expect(chat.resent).toEqual(["a", "b"]);
  });

  it("what another tab has just sent is on its way here too: it does not go out twice", async () => {
    chat.offers("a");
    chat.writes();
    chat.absorbs("b", anotherOf("b"));
    expect(chat.waits()).toEqual([]);
    expect([chat.resent, chat.writes()]).toEqual([[], []]);
    await chat.isChecked();
    expect(chat.ends).toEqual(["a true", "b true"]);
    chat.offers("c");
    chat.absorbs("d", anotherOf("d"));
    chat.closes();
    expect(chat.waits()).toEqual(["c", "d"]);
    expect(chat.resent).toEqual([]);
  });

  it("what another tab has sent while the room is lost here is doubtful", () => {
    chat.offers("a");
    const b = anotherOf("b");
    chat.reflects("a");
    chat.closes();
    chat.absorbs("b", b);
    expect(chat.waits()).toEqual(["b"]);
    expect(chat.find("b")?.phase.tag).toBe("doubtful");
  });

  it("nothing is left in the page after a logout", () => {
    chat.closes();
    chat.offers("a");
    chat.stops();
    chat.clearsStore();
    expect(chat.waits()).toEqual([]);
    expect(chat.stored()).toEqual([]);
    expect(chat.clock.pending).toBe(0);
  });
});
