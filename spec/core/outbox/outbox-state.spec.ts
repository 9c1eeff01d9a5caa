import { beforeEach, describe, expect, it } from "vitest";
import {
  isInDoubt,
  unconfirmedSince,
  waitingIn,
  wakesAt,
} from "../../../src/core/outbox/outbox-state.js";
import { ANSWER_MS, OutboxLife, WAIT_MS } from "./life.js";

let life: OutboxLife;

beforeEach(() => {
  life = new OutboxLife();
});

const whisper = (id: string) => life.types(id, true, { isPrivate: true });
const wakes = () => wakesAt(life.outbox, life.limits);

describe("the time to wake", () => {
  it("is none for an outbox that is empty", () => {
    expect(wakes()).toBeNull();
  });

  it("is when the oldest message has waited too long", () => {
    life.now = 100;
    life.types("a", false);
    life.now = 200;
    life.types("b", false);
    expect(wakes()).toBe(WAIT_MS + 100);
    life.echo("a");
    expect(wakes()).toBe(WAIT_MS + 200);
  });

  it("is none for a message that has failed", () => {
    life.types("a", false);
    life.departs("banned");
    expect(wakes()).toBeNull();
  });

  it("is when the first private message had its time to come back", () => {
    life.types("a");
    life.now = 7;
    whisper("b");
    life.now = 8;
    whisper("c");
    expect(wakes()).toBe(7 + ANSWER_MS);
  });

  it("has a private message's answer time anew with each sending", () => {
    whisper("a");
    life.bounces("a");
    expect(wakes()).toBe(WAIT_MS);
    life.now = 50;
    life.opens(false);
    expect(wakes()).toBe(50 + ANSWER_MS);
  });
});

describe("a question for the archive", () => {
  const since = () => unconfirmedSince(life.outbox);

  it("begins where the oldest message was said that went out", () => {
    life.now = 5;
    life.types("a");
    life.types("b");
    life.closes();
    expect(since()).toBe(5);
    life.echo("a", { isLive: false });
    expect(since()).toBe(6);
  });

  it("has none to look for that was never sent, has failed, or is private", () => {
    life.types("a", false);
    expect(since()).toBeNull();
    life.opens(true);
    life.departs("banned");
    expect(since()).toBeNull();
    whisper("b");
    expect(since()).toBeNull();
  });
});

describe("doubt", () => {
  it("is about messages that the room's history would tell of", () => {
    whisper("a");
    life.closes();
    expect(isInDoubt(life.outbox)).toBe(false);
    life.types("b");
    expect(isInDoubt(life.outbox)).toBe(false);
    life.closes();
    expect(isInDoubt(life.outbox)).toBe(true);
  });
});

it("messages on their way are not shown as waiting", () => {
  life.types("a");
  life.types("b", false);
  life.types("c");
  const shown = waitingIn(life.outbox).map(({ id }) => id);
  expect(shown).toEqual(["a", "b", "c"]);
  life.opens(true);
  expect(waitingIn(life.outbox)).toEqual([]);
});
