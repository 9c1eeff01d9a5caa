import { describe, expect, it } from "vitest";
import type {
  CatchUpEvent,
  ModelFacts,
} from "../../../src/core/catch-up/catch-up-events.js";
import { FACTS, failed, Life, page, START, TIMEOUT_MS } from "./life.js";

const HOUR = 3_600_000;
const facts = FACTS;
const noArchive: ModelFacts = { ...FACTS, hasArchive: false };

/** A room in each state, and on each walk. */
const STATES = {
  absent: () => new Life(),
  first: () => new Life().join({ isShownIn: false }).enter(),
  current: () => new Life().current(),
  "behind: asking": () => new Life().asking(),
  "behind: reading": () =>
    new Life().asking().on({ type: "page-came", page: page("p1", false) }),
  "behind: waiting": () =>
    new Life().asking().on({ type: "page-came", page: failed("error") }),
  "behind: paused": () =>
    new Life()
      .asking()
      .enter()
      .on({ type: "page-came", page: failed("no-answer") }),
  "behind: finding": () => {
    const life = new Life();
    life.oldestPending = START - 900;
    return life.on({ type: "found-in", facts });
  },
  "behind: joining": () => new Life().current().join({ hasArchive: false }),
  "behind: history": () =>
    new Life().current().join({ hasArchive: false }).enter(),
} as const;
type StateName = keyof typeof STATES;
const NAMES = Object.keys(STATES) as StateName[];

const EVENTS = {
  "join-sent": (life: Life) => life.join(),
  "join-sent, no archive": (life: Life) => life.join({ hasArchive: false }),
  "join-sent, shown anew": (life: Life) => life.join({ isShownAnew: true }),
  "found-in": (life: Life) => life.on({ type: "found-in", facts }),
  "first-fetched": (life: Life) => life.on({ type: "first-fetched", facts }),
  entered: (life: Life) => life.enter(),
  subject: (life: Life) => life.on({ type: "subject" }),
  word: (life: Life) => life.on({ type: "word" }),
  "anchor-found": (life: Life) =>
    life.on({ type: "anchor-found", known: { id: "found", at: START } }),
  "page-came": (life: Life) =>
    life.on({ type: "page-came", page: page("p2", false) }),
  "no page": (life: Life) =>
    life.on({ type: "page-came", page: failed("no-answer") }),
  "page-read": (life: Life) => life.on({ type: "page-read" }),
  "page not read": (life: Life) =>
    life.on({ type: "page-read", isRead: false }),
  released: (life: Life) => life.on({ type: "released", missed: 2 }),
  "look-up": (life: Life) => life.on({ type: "look-up", hasArchive: true }),
  "late-news": (life: Life) => life.on({ type: "late-news", hasArchive: true }),
  back: (life: Life) => life.on({ type: "back", outForMs: 0 }),
  "stream-down": (life: Life) => {
    life.isSeated = false;
    return life.on({ type: "stream-down" });
  },
  pause: (life: Life) => {
    life.isSeated = false;
    return life.on({ type: "pause" });
  },
  left: (life: Life) => life.on({ type: "left", isOwnWish: false }),
  "left by the user": (life: Life) =>
    life.on({ type: "left", isOwnWish: true }),
  wake: (life: Life) => life.on({ type: "wake", isConnected: true }),
} as const;
type EventName = keyof typeof EVENTS;

/** A row for an event, by state; `behind` stands for those walks that have none of their own. */
type Row = Partial<Record<StateName | "behind", [tag: string, done: string]>>;

const begun = "count, store last";
const asked = `history maxstanzas,0, ${begun}, ask after last`;
const anew = "forget held, unmute";
const left = (held: string): Row => {
  const gone: [string, string] = ["absent", `store nothing, unmute, ${held}`];
  return { first: gone, current: gone, behind: gone };
};

const TABLE: Record<EventName, Row> = {
  "join-sent": {
    absent: ["behind: asking", asked],
    first: ["behind: asking", asked],
    current: ["behind: asking", asked],
    behind: ["behind: asking", asked],
    "behind: finding": [
      "behind: waiting",
      "history maxstanzas,0, count, store null",
    ],
  },
  "join-sent, no archive": {
    absent: ["behind: joining", `history seconds,11, ${begun}`],
    first: ["behind: joining", `history seconds,11, ${begun}`],
    current: ["behind: joining", `history seconds,10, ${begun}`],
    behind: ["behind: joining", `history seconds,10, ${begun}`],
    "behind: finding": [
      "behind: joining",
      "history seconds,11, count, store null",
    ],
  },
  "join-sent, shown anew": {
    absent: ["first", anew],
    first: ["first", anew],
    current: ["first", anew],
    behind: ["first", anew],
  },
  "found-in": { absent: ["current", "store nothing, current"] },
  "first-fetched": {
    first: ["current", "store nothing, current, complete"],
  },
  entered: {
    "behind: waiting": ["behind: asking", "ask after last"],
    "behind: paused": ["behind: asking", "ask after last"],
    "behind: joining": ["behind: history", ""],
  },
  subject: {
    "behind: history": ["current", "store nothing, release, current, complete"],
  },
  word: {},
  "anchor-found": { "behind: finding": ["behind: asking", "ask after found"] },
  "page-came": { "behind: asking": ["behind: reading", "read"] },
  "no page": { "behind: asking": ["behind: waiting", "silent"] },
  "page-read": { "behind: reading": ["behind: asking", "ask after p1"] },
  "page not read": { "behind: reading": ["behind: waiting", ""] },
  released: { current: ["current", "notify"] },
  "look-up": { current: ["behind: asking", `${begun}, ask after last`] },
  "late-news": {
    // The others were never confirmed, or for the first time.
    "behind: history": ["behind: asking", `${begun}, ask after last`],
    "behind: paused": ["behind: asking", `${begun}, ask after last`],
  },
  back: {
    absent: ["absent", "back with 0"],
    current: ["current", "back with 0"],
  },
  "stream-down": {
    behind: ["behind: paused", ""],
    "behind: joining": ["behind: joining", ""],
    "behind: history": ["behind: joining", ""],
  },
  pause: {
    behind: ["behind: paused", ""],
    "behind: joining": ["behind: joining", ""],
    "behind: history": ["behind: joining", ""],
  },
  left: left("show held"),
  "left by the user": left("forget held"),
  wake: {},
};

describe.each(Object.keys(EVENTS) as EventName[])("%s", (name) => {
  it.each(NAMES)("in a room that is %s", (from) => {
    const life = STATES[from]();
    expect(life.tag).toBe(from);
    const row = TABLE[name];
    const walk = from.startsWith("behind") ? row.behind : undefined;
    const [tag, done] = row[from] ?? walk ?? [from, ""];
    EVENTS[name](life);
    expect([life.tag, life.done]).toEqual([tag, done]);
  });
});

describe("an answer of another epoch", () => {
  const answers: readonly ((epoch: number) => CatchUpEvent)[] = [
    (epoch) => ({
      type: "page-came",
      epoch,
      page: page("x", true),
      lastTime: 0,
    }),
    (epoch) => ({ type: "page-read", epoch, isRead: true }),
    (epoch) => ({ type: "anchor-found", epoch, known: { id: "x", at: 0 } }),
    (epoch) => ({ type: "released", epoch, missed: 1 }),
  ];

  it.each(NAMES)("changes nothing in a room that is %s", (name) => {
    for (const answer of answers) {
      const { state } = STATES[name]();
      for (const off of [-1, 1]) {
        const life = STATES[name]();
        life.on(answer(state.epoch + off));
        expect([life.state, life.done]).toEqual([state, ""]);
      }
    }
  });

  it("is that of a room that was left, or lost again, since", () => {
    const life = new Life().asking();
    const { epoch } = life.state;
    for (const lose of ["left", "pause", "stream-down", "join-sent"] as const) {
      const again = new Life().asking();
      EVENTS[lose](again);
      expect(again.state.epoch).toBeGreaterThan(epoch);
    }
  });
});

describe("a first join", () => {
  it("has Converse fetch, and is told as back in the end, whatever comes", () => {
    const life = STATES.first().on({ type: "back", outForMs: 0 });
    expect([life.done, life.pause]).toEqual(["", 60_000]);
    expect(life.wakes().done).toBe("back with 0");
    expect(life.pause).toBeNull();
  });

  it("is told as back when Converse has fetched", () => {
    const life = STATES.first().on({ type: "back", outForMs: 0 });
    expect(EVENTS["first-fetched"](life).done).toBe(
      "store nothing, back with 0, current, complete",
    );
  });

  it("reads the archive where something of the user's is pending: Converse's fetch is no proof", () => {
    const life = STATES.first();
    life.oldestPending = START - 600;
    expect(EVENTS["first-fetched"](life).done).toBe(
      `store nothing, ${begun}, ask after last`,
    );
  });

  it("reads it by time where nothing archived is known", () => {
    const life = STATES.first();
    life.oldestPending = START - 600;
    life.on({ type: "first-fetched", facts: { ...facts, last: null } });
    expect(life.done).toContain(`ask from ${-600 - 600_000}`);
  });

  it("is current without proof where there is no archive", () => {
    const life = STATES.first();
    life.oldestPending = START - 600;
    life.on({ type: "first-fetched", facts: noArchive });
    expect([life.tag, life.done]).toEqual([
      "current",
      "store nothing, current",
    ]);
  });

  it("goes on from its last live message, known by the archive's id", () => {
    const life = STATES.first();
    life.admits({ id: "live" });
    EVENTS["first-fetched"](life);
    expect(life.join().done).toContain("ask after live");
  });

  it("is what a join is where nothing is known, and Converse shows nothing", () => {
    const life = new Life().join({ isShownIn: false, last: null });
    expect([life.tag, life.done]).toEqual(["first", anew]);
  });

  it("waits for what Converse stored where something is pending", () => {
    const life = new Life();
    life.oldestPending = START - 600;
    life.join({ isShownIn: false });
    expect([life.tag, life.pause]).toEqual(["behind: waiting", 180_000]);
    expect(life.done).toContain("mute, count");
    expect(life.enter().done).toBe("find");
  });

  it("that was lost after a live message is made good from its beginning", () => {
    const life = STATES.first();
    life.admits({ id: "live" });
    life.passes(HOUR).join({ last: { id: "live", at: START } });
    expect(life.done).toContain("ask from -600000");
  });

  it("that was lost is made good by time from its beginning where nothing archived is known", () => {
    const life = STATES.first().passes(HOUR).join({ last: null });
    expect(life.done).toContain("ask from -600000");
  });
});

describe("after a reload of the page", () => {
  const stored = { id: "stored", at: START - 900 };

  it.each(["found-in", "join-sent"] as const)(
    "%s goes on from the stored place",
    (type) => {
      const life = new Life();
      life.on({ type, facts: { ...facts, isShownIn: false, stored } });
      expect([life.tag, life.done]).toEqual([
        "behind: asking",
        expect.stringContaining("count, store stored, ask after stored"),
      ]);
    },
  );

  it("there is nothing to read without an archive", () => {
    const life = new Life();
    life.on({ type: "found-in", facts: { ...noArchive, stored } });
    expect(life.tag).toBe("current");
  });

  it("the last message is known when Converse has read what it stored", () => {
    const life = new Life();
    life.on({ type: "found-in", facts: { ...facts, stored } });
    life.on({ type: "page-came", page: page("p", false), lastTime: START - 7 });
    expect(life.state).toMatchObject({ lastTime: START - 7 });
  });
});

describe("the walk through an archive", () => {
  const came = (life: Life, ...more: Parameters<typeof page>) =>
    life.on({ type: "page-came", page: page(...more) });

  it("reads page by page to the end, and then releases what was held", () => {
    const life = new Life().asking().enter();
    came(life, "p1", false, "p0", "p1");
    expect(life.on({ type: "page-read" }).done).toBe("ask after p1");
    came(life, "p2", true);
    expect(life.on({ type: "page-read" }).done).toBe(
      "store nothing, release, current, complete",
    );
    expect(life.state).toMatchObject({ known: { id: "p2", at: START } });
  });

  it.each([true, false])(
    "ends when the room has said that we are in, or had the time to: %s",
    (isEntered) => {
      const life = came(new Life().asking(), "p1", true);
      expect(life.on({ type: "page-read" }).tag).toBe("behind: waiting");
      expect(life.pause).toBe(180_000);
      if (isEntered) life.enter();
      else life.wakes();
      expect([life.tag, life.done]).toEqual([
        "current",
        "store nothing, release, current, complete",
      ]);
      expect(life.state).toMatchObject({ known: { id: "p1" } });
    },
  );

  it("a room that has not let us in was not heard since", () => {
    const life = new Life().current().passes(HOUR).join();
    came(life, "p1", true).on({ type: "page-read" }).wakes();
    expect(life.state).toMatchObject({ known: { at: START } });
  });

  it("goes on from the last page that was read when the room is lost again", () => {
    const life = came(new Life().asking(), "p1", false);
    life.on({ type: "page-read" });
    expect(came(life, "p2", false).join().done).toContain("ask after p1");
  });

  it.each(["no-answer", "not-sent"] as const)(
    "%s before the room has let us in: it is silent, and asked again then",
    (kind) => {
      const life = new Life().asking();
      life.on({ type: "page-came", page: failed(kind) });
      expect([life.tag, life.done, life.pause]).toEqual([
        "behind: waiting",
        "silent",
        180_000,
      ]);
      expect(life.wakes().done).toBe("ask after last");
    },
  );

  it("a closed archive is asked again when the room has let us in; it is not silent", () => {
    const life = STATES["behind: waiting"]();
    expect([life.done, life.enter().done]).toEqual(["", "ask after last"]);
  });

  it("a silent archive is asked again at longer and longer intervals, three times", () => {
    const life = new Life().asking().enter();
    const silent = () =>
      life.on({ type: "page-came", page: failed("no-answer") });
    life.random = 0.5;
    const pauses = [];
    for (const tries of [1, 2]) {
      expect(silent().done, `try ${tries}`).toBe("silent");
      pauses.push(life.pause);
      expect(life.wakes().done).toBe("ask after last");
    }
    expect(pauses).toEqual([7_500, 12_500]);
    expect([silent().tag, life.done]).toEqual(["behind: reading", "read"]);
    expect(life.on({ type: "page-read" }).done).toMatch(/gap at .*, current$/);
  });

  it("an archive that nobody could ask is asked again for ever", () => {
    const life = new Life().asking().enter();
    for (let tries = 0; tries < 9; tries++) {
      life.on({ type: "page-came", page: failed("not-sent") });
      expect([life.tag, life.done]).toEqual(["behind: paused", "silent"]);
      life.wakes();
    }
  });

  it("an archive that fails is asked three times, then by time, then left", () => {
    const life = new Life().asking().enter();
    const done = [];
    for (let tries = 0; tries < 6; tries++) {
      life.on({ type: "page-came", page: failed("error") });
      if (life.tag === "behind: reading") life.on({ type: "page-read" });
      done.push(life.done);
    }
    expect(done).toEqual([
      "ask after last",
      "ask after last",
      "ask from -600000",
      "ask from -600000",
      "ask from -600000",
      "store nothing, release, gap at -499, current",
    ]);
  });

  it("a page that Converse can't read ends it: what is live must not wait", () => {
    const life = came(new Life().asking().enter(), "p1", false);
    life.on({ type: "page-read", isRead: false });
    expect([life.tag, life.done]).toEqual([
      "current",
      "store nothing, release, gap at -499, current",
    ]);
  });

  it("asks for the members of the room after a long absence", () => {
    const life = new Life().current().passes(600_001).join().enter();
    came(life, "p1", true).on({ type: "page-read" });
    expect(life.done).toBe(
      "store nothing, release, refresh-members, current, complete",
    );
  });

  it("goes on by itself after the stream was down, however often that fails", () => {
    const life = EVENTS["stream-down"](new Life().asking());
    expect(life.pause).toBe(5_000);
    expect(life.wakes(false).done).toBe("ask after last");
    life.on({ type: "page-came", page: failed("not-sent") });
    expect(life.wakes(false).done).toBe("ask after last");
  });

  it("does not go on by itself after a pause", () => {
    const life = EVENTS.pause(new Life().asking());
    expect([life.tag, life.pause]).toEqual(["behind: paused", null]);
    expect(life.join().done).toContain("ask after last");
  });
});

describe("a room's own history", () => {
  it("ends some time after the room's word that we are in, if it says no subject", () => {
    const life = STATES["behind: history"]();
    expect(life.pause).toBe(TIMEOUT_MS);
    life.passes(1_000).enter();
    expect(life.pause, "said twice").toBe(TIMEOUT_MS - 1_000);
    expect(life.wakes().done).toBe("store nothing, release, current, complete");
  });

  it("that is cut says so before its first message", () => {
    const life = STATES["behind: history"]();
    for (let n = 0; n < 20; n++) {
      life.admits({ isDelayed: true, time: START + 100 + n });
    }
    expect(life.on({ type: "subject" }).done).toBe(
      "store nothing, release, gap at 99, current",
    );
  });

  it("that reaches back to a known message is not cut, however long", () => {
    const life = STATES["behind: history"]();
    for (let n = 0; n < 30; n++) {
      life.admits({ isDelayed: true, isKnown: n === 0 });
    }
    expect(life.on({ type: "subject" }).done).toContain("current, complete");
  });

  it("that does not come, as there was no join, is asked for by the next one", () => {
    const life = STATES["behind: joining"]();
    expect(life.pause).toBe(180_000);
    expect(life.wakes(false).tag, "the stream is down").toBe("behind: joining");
    expect(life.pause).toBe(5_000);
    expect([life.wakes().tag, life.done]).toEqual([
      "current",
      "release, current",
    ]);
    expect(life.state).toMatchObject({ known: { at: START } });
  });

  it("is as long as the room was not heard, by the clock that nobody sets", () => {
    const life = new Life().current().on({ type: "word" }).passes(120_000);
    life.now -= HOUR;
    expect(life.join({ hasArchive: false }).done).toContain("seconds,130");
  });
});

describe("what is in doubt", () => {
  /** Something was sent, and another message came since. */
  function doubtful(): Life {
    const life = new Life().current();
    life.admits({ id: "known", time: START });
    life.passes(1_000).oldestPending = START + 1_000;
    life.passes(1_000).admits({ id: "meanwhile", time: START + 2_000 });
    return life;
  }

  it.each(["look-up", "join-sent"] as const)(
    "is looked for from before it by %s",
    (name) => {
      expect(EVENTS[name](doubtful()).done).toContain("ask after known");
    },
  );

  it("has new messages go before those that came since", () => {
    const life = EVENTS["look-up"](doubtful());
    expect(life.state).toMatchObject({
      lastTime: START,
      latest: START + 2_000,
    });
  });

  it("is no more when it is confirmed", () => {
    const life = doubtful();
    life.oldestPending = null;
    expect(EVENTS["look-up"](life).done).toContain("ask after meanwhile");
  });

  it("stays so after an archive that broke off", () => {
    const life = EVENTS["look-up"](doubtful());
    life.on({ type: "page-came", page: page(null, false) });
    life.on({ type: "page-read" });
    expect([life.tag, life.done.endsWith("current")]).toEqual([
      "current",
      true,
    ]);
    expect(EVENTS["look-up"](life).done).toContain("ask after known");
  });

  it("can't be looked for without an archive", () => {
    const life = new Life()
      .current()
      .on({ type: "look-up", hasArchive: false });
    expect([life.tag, life.done]).toEqual(["current", ""]);
  });
});

describe("another tab's join that became known late", () => {
  it("is made good from before the room's last word that we are in", () => {
    const life = new Life().current();
    life.admits({ id: "known", time: START });
    life.enter();
    life.admits({ id: "since", time: START + 9 });
    expect(EVENTS["late-news"](life).done).toBe(
      "count, store known, ask after known",
    );
    expect(life.state).toMatchObject({ lastTime: START });
  });

  it("has brought its history where there is no archive", () => {
    const life = new Life().current().enter();
    expect(life.on({ type: "late-news", hasArchive: false }).done).toBe("");
  });
});

describe("a return", () => {
  it("is told once, with the count, when Converse has read everything", () => {
    const life = new Life().asking().enter().on({ type: "back", outForMs: 0 });
    life.on({ type: "page-came", page: page("p", true) });
    life.on({ type: "page-read" });
    expect(life.done).not.toContain("back");
    life.on({ type: "back", outForMs: 0 });
    expect(life.done, "another one while Converse reads").toBe("");
    expect(life.on({ type: "released", missed: 3 }).done).toBe(
      "notify, back with 3",
    );
    expect(life.on({ type: "released", missed: 3 }).done).toBe("notify");
  });

  it("that is told of just when the screen is current waits for its count", () => {
    const life = STATES["behind: history"]().on({ type: "subject" });
    expect(life.on({ type: "back", outForMs: 0 }).done).toBe("");
    expect(life.on({ type: "released", missed: 1 }).done).toBe(
      "notify, back with 1",
    );
  });

  it("that is interrupted is told with the one that follows", () => {
    const life = new Life().asking().enter().on({ type: "back", outForMs: 0 });
    life.join().enter().on({ type: "back", outForMs: 0 });
    life.on({ type: "page-came", page: page("p", true) });
    life.on({ type: "page-read" });
    expect(life.on({ type: "released", missed: 1 }).done).toContain("back");
  });
});
