import { describe, expect, it } from "vitest";
import { latestTime } from "../../../src/core/catch-up/arrivals.js";
import { Life, page, START } from "./life.js";

const DAY = 86_400_000;
const paged = page("p2", false, "p1", "p2");

const STATES: Record<string, () => Life> = {
  absent: () => new Life(),
  first: () => new Life().join({ isShownIn: false }).enter(),
  current: () => new Life().current(),
  "behind, with an archive": () =>
    new Life().asking().on({ type: "page-came", page: paged }),
  "behind, with a history": () =>
    new Life().current().join({ hasArchive: false }),
};

const KINDS = {
  live: {},
  late: { isDelayed: true },
  "of the page": { id: "p1", isArchived: true, isDelayed: true },
  "otherwise archived": { id: "old", isArchived: true, isDelayed: true },
  "archived without an id": { isArchived: true, isDelayed: true },
} as const;
type Kind = keyof typeof KINDS;

/** The table; an archived message enters as it is unless its row says otherwise. */
const TABLE: Record<string, Partial<Record<Kind, string>>> = {
  absent: {},
  first: { live: "placed" },
  current: { live: "placed", late: "placed" },
  "behind, with an archive": {
    live: "hold",
    late: "hold",
    "of the page": "missed",
  },
  "behind, with a history": { live: "placed", late: "missed" },
};

describe.each(Object.keys(TABLE))("in a room that is %s, a message", (name) => {
  it.each(Object.keys(KINDS) as Kind[])("that is %s", (kind) => {
    const life = STATES[name]!();
    const admission = life.admits({ ...KINDS[kind], time: START + 5 });
    life.now = START + 5;
    const seen =
      admission.kind !== "let"
        ? admission.kind
        : admission.isMissed
          ? "missed"
          : admission.time === null
            ? "as it is"
            : "placed";
    expect(seen).toBe(TABLE[name]?.[kind] ?? "as it is");
  });
});

it("a page is over with the return", () => {
  const life = STATES["behind, with an archive"]!();
  const held = life.enter().admits(KINDS.live);
  life.on({ type: "stream-down" });
  const repeated = life.admits(KINDS["of the page"]);
  expect([held.kind, repeated]).toEqual([
    "hold",
    { kind: "let", time: null, isMoved: false, isMissed: false },
  ]);
});

describe("the place of a message", () => {
  /** A current room whose last message is of the start. */
  function room(): Life {
    const life = new Life().current();
    life.admits();
    return life.passes(10_000);
  }
  type Row = [
    what: string,
    more: Parameters<Life["admits"]>[0],
    time: number | null,
    isMoved: boolean,
    lastTime: number,
  ];

  it.each<Row>([
    ["later than the last: as it says", { time: START + 5 }, 5, false, 5],
    ["the same time: a millisecond later", { time: START }, 1, false, 1],
    ["earlier: behind the last", { time: START - 9 }, 1, false, 1],
    ["no time that can be read: behind the last", { time: NaN }, 1, false, 1],
    [
      "later than now: it comes now",
      { time: START + DAY / 2 },
      10_000,
      false,
      10_000,
    ],
    [
      "of the far future: it comes now",
      { time: START + 9 * DAY },
      10_000,
      false,
      10_000,
    ],
    ["a known one: its place", { settledAt: START - 700 }, -700, false, 0],
    ["a known one, the last: its place", { settledAt: START + 7 }, 7, false, 7],
    [
      "a known one of the far future: its place, which is no other's",
      { settledAt: START + 2 * DAY },
      2 * DAY,
      false,
      0,
    ],
    [
      "the user's own, typed last: its place",
      { time: START + 900, ownAt: START + 300 },
      300,
      false,
      300,
    ],
    [
      "the user's own, with another before it: moved behind that",
      { time: START + 900, ownAt: START - 300 },
      1,
      true,
      1,
    ],
    [
      "the user's own of the far future: where it is",
      { time: START + 900, ownAt: START + 2 * DAY },
      null,
      false,
      0,
    ],
  ])("%s", (_, more, time, isMoved, lastTime) => {
    const life = room();
    const admission = life.admits(more);
    expect(admission).toEqual({
      kind: "let",
      time: time === null ? null : START + time,
      isMoved,
      isMissed: false,
    });
    expect(life.state).toMatchObject({ lastTime: START + lastTime });
  });

  it("is as it says where none is known, and it can't be read", () => {
    const life = new Life().join({ isShownIn: false });
    expect(life.admits({ time: NaN })).toMatchObject({ time: null });
  });

  it("out of an archive with a clock that is ahead is as it says, up to a day", () => {
    const times = [DAY, DAY + 1].map((ahead) => {
      const life = STATES["behind, with an archive"]!();
      const admission = life.admits({
        ...KINDS["of the page"],
        time: START + ahead,
      });
      return admission.kind === "let" && admission.time;
    });
    expect(times).toEqual([latestTime(START), null]);
  });
});

describe("a missed message", () => {
  const history = () => STATES["behind, with a history"]!();
  const late = KINDS.late;

  it.each([
    ["new", {}, "let"],
    ["known by its id: Converse sees that", { isKnown: true }, "let"],
    ["known, without an id", { isKnown: true, hasMsgid: false }, "drop"],
    ["new, without an id", { hasMsgid: false }, "let"],
    ["corrected since", { isCorrected: true }, "drop"],
  ] as const)("out of a history: %s", (_, more, kind) => {
    expect(history().admits({ ...late, ...more }).kind).toBe(kind);
  });

  it.each([
    ["corrected since", { isCorrected: true }, "drop"],
    ["without an id", { hasMsgid: false }, "let"],
  ] as const)("out of an archive: %s", (_, more, kind) => {
    const life = STATES["behind, with an archive"]!();
    expect(life.admits({ ...KINDS["of the page"], ...more }).kind).toBe(kind);
  });

  it("counts with a body, and is the first of its history if it has a place", () => {
    const life = history();
    life.admits({ ...late, time: START + 2 * DAY });
    life.admits({ ...late, time: START + 3, hasBody: false });
    life.admits({ ...late, time: START + 4, isKnown: true });
    life.admits({ ...late, isCorrected: true });
    expect(life.state).toMatchObject({
      walk: { seen: { count: 2, isKnownMet: true, firstAt: START + 3 } },
    });
  });
});

describe("a live message", () => {
  it("is the known end of its room; one without an id leaves the last that has one", () => {
    const life = new Life().current();
    life.admits({ id: "a" });
    life.admits();
    expect(life.state).toMatchObject({ known: { id: "a" } });
  });

  it("does not say that the room was heard: a word does", () => {
    const life = new Life().current().passes(9);
    life.admits({ id: "a" });
    expect(life.state).toMatchObject({ known: { at: START } });
    life.on({ type: "word" });
    expect(life.state).toMatchObject({ known: { at: START + 9 } });
  });

  it("leaves the known end of before in doubt while something is pending, the first of them alone", () => {
    const life = new Life().current({ lastTime: START });
    life.oldestPending = START - 5;
    life.admits({ id: "a", time: START + 1 });
    life.admits({ id: "b", time: START + 2 });
    const doubt = { id: "last", at: START - 5, lastTime: START };
    expect(life.state).toMatchObject({ doubt });
    life.oldestPending = null;
    life.admits({ id: "c" });
    expect(life.state).toMatchObject({ doubt: null });
  });
});
