import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followTabs } from "../../src/converse/listen/other-tabs.js";
import { Leadership } from "../../src/converse/listen/tabs.js";
import type { Reading } from "../../src/converse/act/reading.js";
import type { Rooms } from "../../src/converse/act/rooms.js";
import { Keeper } from "../../src/keeper.js";
import { idleActs, noFacts } from "../acts.js";
import { FakeClock, settled } from "../fake-clock.js";
import { LIMITS } from "../core/seat/life.js";

type Hold = () => Promise<void> | undefined;

/** Locks as browsers have them (Web Locks API): whoever asks waits until those before have let go. */
class Locks {
  private last: Promise<unknown> = Promise.resolve();

  request(_name: string, hold: Hold): Promise<unknown> {
    this.last = this.last.then(hold);
    return this.last;
  }
}

const nothing = () => {};
let tabs: Leadership[];
const open = (onJoin: (room: string, sentAt: number) => void = nothing) => {
  const tab = new Leadership(true);
  tab.listen(onJoin);
  tabs.push(tab);
  return tab;
};

beforeEach(() => {
  tabs = [];
  vi.stubGlobal("navigator", { locks: new Locks() });
});

afterEach(() => {
  for (const tab of tabs) tab.stop();
  vi.unstubAllGlobals();
});

describe("of tabs that share a connection", () => {
  it("the first one acts, and the next when it is gone", async () => {
    const [first, second] = [open(), open()];
    await settled();
    expect([first.isLeader, second.isLeader]).toEqual([true, false]);
    first.stop();
    await second.acquired;
    expect(second.isLeader).toBe(true);
  });

  it("one that stops while it waits does not stand in the way of the next", async () => {
    const [first, second, third] = [open(), open(), open()];
    await settled();
    second.stop();
    first.stop();
    await settled();
    expect([second.isLeader, third.isLeader]).toEqual([false, true]);
  });

  it("the others hear of a join, the one that joins does not, and nobody of what is none", async () => {
    const heard: string[] = [];
    const first = open((room) => heard.push(`first ${room}`));
    await new Promise<void>((resolve) => {
      open((room, sentAt) => {
        heard.push(`second ${room} ${sentAt}`);
        resolve();
      });
      const script = new BroadcastChannel("converse-muc-push");
      for (const junk of [null, "garden@rooms.test", { room: 1, sentAt: 2 }]) {
        script.postMessage(junk);
      }
      script.close();
      first.tellOfJoin("garden@rooms.test", 1_000);
    });
    expect(heard).toEqual(["second garden@rooms.test 1000"]);
  });
});

it("a tab with a connection of its own acts at once", async () => {
  const tab = new Leadership(false);
  await tab.acquired;
  expect(tab.isLeader).toBe(true);
});

it("a tab that falls back to a stream of its own acts, tells nobody, and hears of nobody's joins", async () => {
  const heard: string[] = [];
  const first = new Leadership(true);
  let isOverBosh = false;
  const second = new Leadership(true, () => isOverBosh);
  tabs.push(first, second);
  for (const tab of tabs) tab.listen((room) => heard.push(room));
  await settled();
  expect(second.isLeader).toBe(false);
  isOverBosh = true;
  expect(second.isLeader).toBe(true);
  await second.acting;
  second.tellOfJoin("garden@rooms.test", 1_000);
  await new Promise<void>((resolve) => {
    const last = open(() => resolve());
    first.tellOfJoin("library@rooms.test", 2_000);
    void last;
  });
  expect(heard).toEqual([]);
});

describe("a tab that follows", () => {
  const GARDEN = "garden@rooms.test";
  const SENT_AT = 1_000;
  let told: string[];
  let hasModel: boolean;
  let isActing: boolean;
  let clock: FakeClock;
  let keeper: Keeper;
  let tab: Leadership;
  let other: Leadership;
  let undo: () => void;

  beforeEach(async () => {
    told = [];
    hasModel = true;
    isActing = false;
    clock = new FakeClock();
    const rooms = {
      has: () => hasModel,
      isBelievedIn: () => true,
      hasFeature: () => false,
      hasArchive: () => true,
      refresh: () => Promise.resolve(),
      isVisible: () => false,
      modelOf: () => (hasModel ? {} : undefined),
    };
    const options = {
      clock,
      rooms,
      limits: LIMITS,
      messageWaitMs: 3_600_000,
      isActing: () => isActing,
    };
    keeper = new Keeper(options, idleActs, [
      {
        stepped: (room, _is, _was, { type }) => told.push(`${type} ${room}`),
        forgotten: nothing,
      },
    ]);
    other = open();
    await settled();
    tab = new Leadership(true);
    tabs.push(tab);
    const parts = {
      rooms: rooms as unknown as Rooms,
      reading: { factsOf: () => facts } as unknown as Reading,
    };
    undo = followTabs(tab, parts, keeper);
    return () => {
      undo();
      keeper.forgetAll();
    };
  });

  const facts = { ...noFacts, isShownIn: true, hasArchive: true };

  /** The user is in the room; another tab joined it, and this one was told by the room first. */
  const enter = () => {
    keeper.tell(GARDEN, { type: "join-sent", facts });
    keeper.tell(GARDEN, { type: "self-presence", nick: "alice" });
    told = [];
  };

  /** The other tab joins a room, and the news of it is there. */
  const joins = async (room: string, sentAt = SENT_AT) => {
    const news = new Promise<void>((resolve) => {
      tab.listen((joined) => joined === room && resolve());
    });
    other.tellOfJoin(room, sentAt);
    await news;
  };

  it("hears of a join that has not been answered: it is one of its own", async () => {
    enter();
    await joins(GARDEN);
    expect(told).toEqual([`join-sent ${GARDEN}`]);
    expect(keeper.ask(GARDEN).seat.tag).toBe("joining");
  });

  it.each([
    ["at the same time", SENT_AT],
    ["later", SENT_AT + 1],
  ])(
    "hears late of a join that the room has confirmed %s: the archive tells the rest",
    async (_when, confirmedAt) => {
      await clock.passes(confirmedAt);
      enter();
      await joins(GARDEN);
      expect(told).toEqual([`late-news ${GARDEN}`]);
      const { seat, catchUp } = keeper.ask(GARDEN);
      expect([seat.tag, catchUp.tag]).toEqual(["joined", "behind"]);
    },
  );

  it("hears of a join of a room that is not caught up with yet", async () => {
    await clock.passes(SENT_AT);
    keeper.tell(GARDEN, { type: "join-began" });
    told = [];
    await joins(GARDEN);
    expect(told).toEqual([`join-sent ${GARDEN}`]);
  });

  it.each([
    ["was never heard of", nothing],
    [
      "was left",
      () => keeper.tell(GARDEN, { type: "user-left", reason: "left" }),
    ],
    ["Converse has not", () => void (hasModel = false)],
  ])("does nothing about a room that %s", async (what, happens) => {
    if (what !== "was never heard of") enter();
    happens();
    told = [];
    await joins(GARDEN);
    expect(told).toEqual([]);
  });

  it("asks after every room when it is its turn to act", async () => {
    enter();
    isActing = true;
    other.stop();
    await tab.acquired;
    expect(told).toEqual([`check-wanted ${GARDEN}`]);
    expect(keeper.ask(GARDEN).seat.tag).toBe("checking");
  });

  it("lets another one act when it ends", async () => {
    const third = open();
    await settled();
    other.stop();
    await tab.acquired;
    expect([tab.isLeader, third.isLeader]).toEqual([true, false]);
    undo();
    await third.acquired;
    expect(third.isLeader).toBe(true);
  });
});
