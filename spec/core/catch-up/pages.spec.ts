import { describe, expect, test } from "vitest";
import {
  firstPage,
  historyAttributes,
  isHistoryCut,
  nextPage,
  timeAfter,
  type NextPage,
  type PageOutcome,
  type PageStart,
} from "../../../src/core/catch-up/pages";

const at = Date.UTC(2026, 0, 1, 12);
const anchor = { id: "a7", at };
const after = (id: string): PageStart => ({ after: id });
const byTime: PageStart = { start: at - 600_000 };

describe("the first page", () => {
  test("goes on from the last message that is known", () => {
    expect(firstPage(anchor)).toEqual({ after: "a7" });
  });

  test("goes by time where no message is known, with ten minutes for clocks that differ", () => {
    expect(firstPage({ id: null, at })).toEqual(byTime);
  });
});

describe("the next page", () => {
  const came = (last: string | null, isComplete = false): PageOutcome => ({
    kind: "page",
    last,
    isComplete,
  });
  const error: PageOutcome = { kind: "error" };
  const unknown: PageOutcome = { kind: "unknown" };
  const silence: PageOutcome = { kind: "no-answer" };

  test.each<
    [string, PageStart, PageOutcome, tries: number, expected: NextPage]
  >([
    [
      "a page with more behind it: from its last message on",
      after("a7"),
      came("a57"),
      0,
      { kind: "ask", from: { after: "a57" } },
    ],
    [
      "the last page: the end",
      after("a57"),
      came("a60", true),
      0,
      { kind: "end", isComplete: true },
    ],
    [
      "nothing was missed: the end",
      after("a7"),
      came(null, true),
      0,
      { kind: "end", isComplete: true },
    ],
    [
      "a page that does not say where it ends: the end, and something may be missing",
      after("a7"),
      came(null),
      0,
      { kind: "end", isComplete: false },
    ],
    [
      "a page that ends where it began: the end, and something may be missing",
      after("a7"),
      came("a7"),
      0,
      { kind: "end", isComplete: false },
    ],
    [
      "a page by time with more behind it: from its last message on",
      byTime,
      came("a50"),
      0,
      { kind: "ask", from: { after: "a50" } },
    ],
    ["an error: once more", after("a7"), error, 1, { kind: "again" }],
    [
      "no answer: once more when the room is known to be there",
      after("a7"),
      silence,
      2,
      { kind: "pause" },
    ],
    [
      "errors at the anchor: by time, the archive has forgotten it",
      after("a7"),
      error,
      3,
      { kind: "ask", from: byTime },
    ],
    [
      "no answer at the anchor: the end, and something may be missing",
      after("a7"),
      silence,
      3,
      { kind: "end", isComplete: false },
    ],
    [
      "the anchor is not known any more: by time at once",
      after("a7"),
      unknown,
      1,
      { kind: "ask", from: byTime },
    ],
    [
      "a message further on is not known: once more",
      after("a57"),
      unknown,
      1,
      { kind: "again" },
    ],
    [
      "nobody could be asked, however often: when that is possible",
      after("a7"),
      { kind: "not-sent" },
      3,
      { kind: "pause" },
    ],
    [
      "errors further on: the end, and something may be missing",
      after("a57"),
      error,
      3,
      { kind: "end", isComplete: false },
    ],
    [
      "errors by time: the end, and something may be missing",
      byTime,
      error,
      3,
      { kind: "end", isComplete: false },
    ],
  ])("%s", (_, asked, outcome, tries, expected) => {
    expect(nextPage(asked, outcome, anchor, tries, 3)).toEqual(expected);
  });
});

describe("the history that a join asks for", () => {
  test("is none where there is an archive", () => {
    expect(historyAttributes(true, 5_000)).toEqual({
      maxstanzas: "0",
    });
  });

  test("reaches back to the last word and ten seconds more, in whole seconds", () => {
    expect(historyAttributes(false, 60_001)).toEqual({
      seconds: "71",
    });
  });

  test("reaches back ten seconds when the clock has been turned back", () => {
    expect(historyAttributes(false, -60_000)).toEqual({
      seconds: "10",
    });
  });
});

describe("a room's history is cut", () => {
  test.each([
    [20, false, true],
    [25, false, true],
    [19, false, false],
    [20, true, false],
    [0, false, false],
  ])(
    "of %i messages, a known one among them: %s → %s",
    (count, isKnownMet, expected) => {
      expect(isHistoryCut(count, isKnownMet)).toBe(expected);
    },
  );

  test("as soon as it is as long as the room says it gets", () => {
    expect(isHistoryCut(5, false, 5)).toBe(true);
    expect(isHistoryCut(20, false, 50)).toBe(false);
  });
});

describe("a message's time", () => {
  test.each([
    ["later than the last: as it is", at + 5, at, at + 5],
    ["the same: a millisecond later", at, at, at + 1],
    [
      "earlier, by a clock that is behind: a millisecond later",
      at - 9,
      at,
      at + 1,
    ],
    ["the first: as it is", at, -Infinity, at],
  ])("%s", (_, time, last, expected) => {
    expect(timeAfter(time, last)).toBe(expected);
  });

  test("that can't be read stays so, and is told apart by that", () => {
    expect(timeAfter(NaN, -Infinity)).toBeNaN();
  });
});
