import { beforeEach, expect, it } from "vitest";
import type { Rooms } from "../../src/converse/act/rooms.js";
import type { MucModel } from "../../src/converse/converse-types.js";
import { SendAnswers } from "../../src/converse/listen/send-answers.js";
import type { OutboxDesk } from "../../src/ports.js";
import { OutboxLife, ROOM } from "../core/outbox/life.js";

const MUC = {} as MucModel;
const STANZA = { getAttribute: () => "a" } as unknown as Element;

let life: OutboxLife;
let answers: SendAnswers;

beforeEach(() => {
  life = new OutboxLife();
  const desk: OutboxDesk = {
    of: () => life.outbox,
    tell: (_room, event) => void life.on(event),
    sendAgain: () => undefined,
  };
  const rooms = { jidOf: () => ROOM } as unknown as Rooms;
  answers = new SendAnswers(rooms, desk);
});

const isErrorOurs = (error_condition?: string, from = ROOM) =>
  answers.isErrorOurs(MUC, {
    from,
    msgid: "a",
    ...(error_condition !== undefined && { error_condition }),
  });

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
  expect(answers.isErrorOurs(MUC, { from: ROOM })).toBe(false);
});

it("the answer to another message is Converse's", () => {
  const answer = Promise.resolve("answer");
  expect(answers.onTimedMessage(MUC, STANZA, answer)).toBe(answer);
});

it("an answer that does not come is not missed: the message says how it ended", async () => {
  life.types("a");
  const ended = answers.onTimedMessage(MUC, STANZA, Promise.resolve(null));
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
  expect(await answers.onTimedMessage(MUC, STANZA, answer)).toBe("echo");
});
