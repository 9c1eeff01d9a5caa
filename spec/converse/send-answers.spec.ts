import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Rooms } from "../../src/converse/act/rooms.js";
import type { MucModel } from "../../src/converse/converse-types.js";
import { SendAnswers } from "../../src/converse/listen/send-answers.js";
import { UNKNOWN } from "../../src/core/membership.js";
import type { Desk } from "../../src/ports.js";
import type { OutboxEvent } from "../../src/core/outbox/outbox-state.js";
import { OutboxLife, ROOM } from "../core/outbox/life.js";

const MUC = {} as MucModel;
const STANZA = { getAttribute: () => "a" } as unknown as Element;

let life: OutboxLife;
let answers: SendAnswers;
/** The desk, as far as it is asked for a room's messages. */
const desk = {
  ask: () => ({ ...UNKNOWN, outbox: life.outbox }),
  tell: (_room: string, event: OutboxEvent) => void life.on(event),
} as unknown as Desk;

beforeEach(() => {
  life = new OutboxLife();
  const rooms = { jidOf: () => ROOM } as unknown as Rooms;
  answers = new SendAnswers(rooms);
});

const isErrorOurs = (error_condition?: string, from = ROOM) =>
  answers.isErrorOurs(desk, MUC, {
    from,
    msgid: "a",
    ...(error_condition !== undefined && { error_condition }),
  });

const waitFor = (answer: Promise<unknown>) =>
  answers.onTimedMessage(desk, MUC, STANZA, answer);

it("an error is asked about: one that passes is ours, however often", () => {
  life.types("a");
  life.bounces("a");
  life.opens(true);
  expect(isErrorOurs("not-acceptable")).toBe(true);
  expect(life.tagOf("a")).toBe("sent");
});

it("an error is asked about: the room's last word is not, even if it is heard before its message went out", () => {
  life.bounces("a", { condition: "forbidden", type: "auth", by: null });
  life.types("a");
  expect(isErrorOurs("forbidden")).toBe(false);
  expect(life.ids).toEqual([]);
});

it("an error that is not the room's, or says nothing, is ours while we care for the message", () => {
  life.types("a");
  expect(isErrorOurs("forbidden", `${ROOM}/somebody`)).toBe(true);
  expect(isErrorOurs()).toBe(true);
  life.echo("a");
  expect(isErrorOurs()).toBe(false);
  expect(answers.isErrorOurs(desk, MUC, { from: ROOM })).toBe(false);
});

it("the answer to another message is Converse's", () => {
  const answer = Promise.resolve("answer");
  expect(waitFor(answer)).toBe(answer);
});

it("an answer that does not come is not missed: the message says how it ended", async () => {
  life.types("a");
  const ended = waitFor(Promise.resolve(null));
  await Promise.resolve();
  answers.ended(ROOM, "a", true);
  answers.ended(ROOM, "a", false);
  expect(await ended).toBe(STANZA);
});

it("an answer that comes when the message is done counts", async () => {
  life.types("a");
  const answer = Promise.resolve().then(() => {
    life.echo("a");
    return "echo";
  });
  expect(await waitFor(answer)).toBe("echo");
});

describe("an answer that Converse waits for", () => {
  const attributes: Record<string, string> = {};

  beforeEach(() => {
    vi.stubGlobal("document", {
      createElementNS: () => ({
        setAttribute: (name: string, value: string) => {
          attributes[name] = value;
        },
      }),
    });
    return () => vi.unstubAllGlobals();
  });

  it("is a refusal when the session ends", async () => {
    life.types("a");
    const ended = waitFor(new Promise(() => {}));
    answers.clear();
    answers.ended(ROOM, "a", true);
    expect(await ended).not.toBe(STANZA);
    expect(attributes).toEqual({ type: "error", id: "a" });
  });

  it("is a refusal when the message has failed", async () => {
    life.types("a");
    const ended = waitFor(new Promise(() => {}));
    answers.ended("pond@rooms.test", "a", true);
    answers.ended(ROOM, "a", false);
    expect(await ended).not.toBe(STANZA);
    expect(attributes).toEqual({ type: "error", id: "a" });
  });

  it("may be an error of Converse's, when the message is done", async () => {
    life.types("a");
    const failure = Promise.resolve().then(() => {
      life.echo("a");
      throw new Error("closed");
    });
    await expect(waitFor(failure)).rejects.toThrow("closed");
  });
});
