import { describe, expect, test } from "vitest";
import type { Chat } from "../plugin/chat";
import { lendHarness } from "./lent-harness";
import { QUICK } from "../plugin/registered";
import {
  error,
  inTurn,
  never,
  NS,
  result,
  type Answer,
  type Room,
} from "../plugin/scripted-server";

type Verdict = "joined" | "gone" | "out" | "unreachable";

/** The error conditions of RFC 6120 §8.3.3. */
const CONDITIONS = [
  "bad-request",
  "conflict",
  "feature-not-implemented",
  "forbidden",
  "gone",
  "internal-server-error",
  "item-not-found",
  "jid-malformed",
  "not-acceptable",
  "not-allowed",
  "not-authorized",
  "policy-violation",
  "recipient-unavailable",
  "redirect",
  "registration-required",
  "remote-server-not-found",
  "remote-server-timeout",
  "resource-constraint",
  "service-unavailable",
  "subscription-required",
  "undefined-condition",
  "unexpected-request",
];
const TYPES = ["auth", "cancel", "continue", "modify", "wait"] as const;
type ErrorType = (typeof TYPES)[number];

/** What an error means where nobody is named as its author and the room does not answer for occupants. */
function plainVerdict(condition: string, type: ErrorType): Verdict {
  switch (condition) {
    case "service-unavailable":
    case "feature-not-implemented":
      return type === "wait" ? "unreachable" : "joined";
    case "item-not-found":
      return "joined";
    case "remote-server-not-found":
    case "remote-server-timeout":
      return "unreachable";
    case "not-acceptable":
    case "not-allowed":
    case "bad-request":
    case "forbidden":
    case "registration-required":
    case "gone":
      return "out";
    default:
      return type === "wait" ? "unreachable" : "out";
  }
}

interface Case {
  name: string;
  /** The answer to the first ping. */
  answer: (room: Room) => Answer;
  verdict: Verdict;
}

function plainCases(type: ErrorType): Case[] {
  return CONDITIONS.map((condition) => ({
    name: `${condition} of type ${type}`,
    answer: () => error(condition, type),
    verdict: plainVerdict(condition, type),
  }));
}

const hostOf = (jid: string) => jid.slice(jid.indexOf("@") + 1);

const authors: Record<string, (room: Room) => string> = {
  "the room": (room) => room.jid,
  "the occupant": (room) => `${room.jid}/me`,
  "the MUC service": ({ jid }) => hostOf(jid),
  "the user's server": () => "users.test",
  "the user's account": () => "romeo@users.test",
  "another room": ({ jid }) => `balcony@${hostOf(jid)}`,
  "a stranger": () => "else.test",
};

function authoredCases(
  condition: string,
  verdictOf: (author: string) => Verdict,
): Case[] {
  return Object.entries(authors).map(([author, by]) => ({
    name: `${condition} by ${author}`,
    answer: (room) => error(condition, "cancel", by(room)),
    verdict: verdictOf(author),
  }));
}

const unlessInside = (author: string): Verdict =>
  ["the room", "the occupant"].includes(author) ? "joined" : "unreachable";

const byAuthor: Case[] = [
  ...authoredCases("service-unavailable", unlessInside),
  ...authoredCases("feature-not-implemented", unlessInside),
  ...authoredCases("item-not-found", (author) =>
    author === "the MUC service" ? "gone" : "joined",
  ),
  ...authoredCases("not-acceptable", () => "out"),
  ...authoredCases("remote-server-not-found", () => "unreachable"),
  {
    name: "service-unavailable of type wait by the room",
    answer: (room) => error("service-unavailable", "wait", room.jid),
    verdict: "unreachable",
  },
];

/** In a room that answers self-pings itself. */
const optimized: Case[] = [
  ...plainCases("cancel").map((plain): Case => {
    if (/^(service-unavailable|feature-not-impl)/.test(plain.name))
      return { ...plain, verdict: "unreachable" };
    if (plain.name.startsWith("item-not-found"))
      return { ...plain, verdict: "gone" };
    return plain;
  }),
  {
    name: "service-unavailable by the room",
    answer: (room) => error("service-unavailable", "cancel", room.jid),
    verdict: "unreachable",
  },
  {
    name: "item-not-found by the occupant",
    answer: (room) => error("item-not-found", "cancel", `${room.jid}/me`),
    verdict: "gone",
  },
];

const basics: Case[] = [
  { name: "a result", answer: () => result, verdict: "joined" },
  {
    name: "an error that says nothing",
    answer: () => error("own-condition"),
    verdict: "out",
  },
];

const silence: Case[] = [
  { name: "no answer", answer: () => never, verdict: "unreachable" },
];

/** What follows in the room's log, from the ping on. */
const followUps: Record<"in" | "out", Record<Verdict, string[]>> = {
  in: {
    joined: ["ping"],
    gone: ["ping", "join"],
    out: ["ping", "join"],
    unreachable: ["ping", "ping"],
  },
  out: {
    joined: ["ping", "join"],
    gone: ["ping", "join"],
    out: ["ping", "join"],
    unreachable: ["ping", "ping", "join"],
  },
};

/** Rooms that are put to the test side by side, to save time; each has a host of its own. */
const LANES = 6;
const ANSWER_TIMEOUT_MS = 15_000;
const harness = lendHarness();

/**
 * Lets the room be pinged, with the answer of the case first and `result` from
 * then on, and returns the verdict and what followed.
 */
async function run(
  chat: Chat,
  room: Room,
  belief: "in" | "out",
  { name, answer, verdict }: Case,
) {
  const from = room.mark();
  const heardFrom = chat.events.mark();
  const expected = followUps[belief][verdict];
  room.onPing(inTurn(answer(room), result));
  if (belief === "in") chat.server.push({ from: room.jid });
  else room.removeAll({ codes: [332] });
  if (answer(room) === never) {
    await room.nth("ping", 1, from);
    await chat.page.clock.runFor(ANSWER_TIMEOUT_MS);
  }

  const checked = await chat.heard("mucPushChecked", room, 1, heardFrom);
  const pings = expected.filter((request) => request === "ping").length;
  await chat.heard("mucPushChecked", room, pings, heardFrom);
  if (expected.includes("join"))
    await chat.heard("mucPushEnabled", room, 1, heardFrom);
  await chat.server.roundTrip();
  const followed = room.order(from, "ping", "join");
  return {
    case: `${name}, ${belief}`,
    verdict: checked.payload?.["verdict"],
    followed,
    isIn: room.isSeated(chat.server.client),
  };
}

interface RunOptions {
  prepare?: (room: Room) => void;
  lanes?: number;
  isTimeScripted?: boolean;
}

async function runAll(
  cases: Case[],
  {
    prepare = () => undefined,
    lanes: count = LANES,
    isTimeScripted = false,
  }: RunOptions = {},
): Promise<void> {
  const lanes = Array.from(
    { length: count },
    (_, lane) => `garden@lane-${lane}.test`,
  );
  const chat = await harness().open({
    rooms: lanes,
    isTimeScripted,
    settings: QUICK,
    prepare: (server) => lanes.forEach((lane) => prepare(server.room(lane))),
  });
  const queue = cases.flatMap((each) => [
    { each, belief: "in" as const },
    { each, belief: "out" as const },
  ]);
  const outcomes: object[] = [];
  const wanted: object[] = [];
  const work = async (lane: string): Promise<void> => {
    const room = chat.room(lane);
    await chat.heard("mucPushEnabled", room);
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { each, belief } = next;
      wanted.push({
        case: `${each.name}, ${belief}`,
        verdict: each.verdict,
        followed: followUps[belief][each.verdict],
        isIn: true,
      });
      outcomes.push(await run(chat, room, belief, each));
    }
  };
  await Promise.all(lanes.map(work));
  const sorted = (list: object[]) => list.map((o) => JSON.stringify(o)).sort();
  expect(sorted(outcomes)).toEqual(sorted(wanted));
  expect(outcomes).toHaveLength(2 * cases.length);
}

describe("the answer to a self-ping decides what follows, also when Converse believes that it is out", () => {
  test("result, and an error without a condition", () => runAll(basics));

  test("silence", () => runAll(silence, { lanes: 1, isTimeScripted: true }));

  test.each(TYPES)("each error condition with type %s", (type) =>
    runAll(plainCases(type)),
  );

  test("errors that name their author", () => runAll(byAuthor));

  test("each error condition where the room answers self-pings itself", () =>
    runAll(optimized, {
      prepare: (room) => room.features.add(NS.selfPingOptimization),
    }));
});
