/** Messages that may have arrived: what the room tells of them when it is asked. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Chat } from "./chat-world.js";
import { settled } from "./fake-clock.js";

let chat: Chat;

beforeEach(() => {
  chat = new Chat();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("what may have arrived", () => {
  const crashes = async (times: number) => {
    for (let crash = 0; crash < times; crash++) {
      chat.closes();
      await chat.returns();
    }
  };

  it.each([true, false])(
    "goes out twice at most in a room that tells nothing (an archive: %s)",
    async (hasArchive) => {
      chat.hasArchive = hasArchive;
      chat.offers("a");
      await crashes(3);
      expect(chat.resent).toEqual(["a"]);
      expect(chat.heard).toEqual(["a unconfirmed"]);
    },
  );

  it("goes out again where the archive tells that it did not", async () => {
    chat.hasArchive = true;
    chat.offers("known");
    chat.reflects("known");
    chat.offers("a");
    await crashes(3);
    expect(chat.resent).toEqual(["a", "a", "a"]);
  });

  it("has arrived when the room answers a later request", async () => {
    chat.offers("a");
    await chat.isChecked();
    expect(chat.ends).toEqual(["a true"]);
    await crashes(1);
    expect(chat.resent).toEqual([]);
  });

  it("has not when the room answers an earlier request", async () => {
    chat.offers("a");
    chat.tell({ type: "check-wanted" });
    await settled();
    chat.offers("b");
    await chat.answersPing();
    expect(chat.ends).toEqual(["a true"]);
    expect(chat.find("b")).toBeDefined();
  });

  it("has arrived when the room takes a registration that followed it, and only then", async () => {
    chat.closes();
    chat.offers("a");
    chat.enables.splice(0);
    chat.enters();
    chat.offers("b");
    chat.enables.shift()?.("enabled");
    await settled();
    expect(chat.resent).toEqual(["a"]);
    expect(chat.ends).toEqual(["a true"]);
  });

  it.each(["failed", "unsupported"] as const)(
    "has not by a registration that is %s",
    async (outcome) => {
      chat.closes();
      chat.offers("a");
      chat.enables.splice(0);
      chat.enters();
      chat.enables.shift()?.(outcome);
      await settled();
      expect([chat.resent, chat.ends]).toEqual([["a"], []]);
    },
  );

  it("has not by an answer of before the session of now", async () => {
    chat.offers("a");
    chat.tell({ type: "check-wanted" });
    await settled();
    chat.stops();
    chat.store.restore(chat.keeper);
    chat.enters();
    chat.offers("b");
    await chat.answersPing();
    expect([chat.waits(), chat.ends]).toEqual([["a"], []]);
    expect(chat.find("b")).toBeDefined();
  });

  it("has not by a registration of before the session of now", async () => {
    chat.offers("a");
    chat.tell({ type: "join-began" });
    chat.enables.splice(0);
    chat.tell({ type: "self-presence", nick: "alice" });
    chat.stops();
    const [answer] = chat.enables;
    chat.enters();
    chat.offers("b");
    answer?.("enabled");
    await settled();
    expect(chat.ends).toEqual([]);
    expect(chat.find("b")).toBeDefined();
  });
});
