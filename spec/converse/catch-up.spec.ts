import { beforeEach, describe, expect, it } from "vitest";
import type { ArchivePage } from "../../src/converse/act/archive.js";
import { stored } from "../core/membership-life.js";
import { settled } from "../fake-clock.js";
import { ReadingWorld } from "./reading-world.js";

let world: ReadingWorld;
beforeEach(async () => {
  world = new ReadingWorld();
  await world.clock.passes(86_400_000);
});

const silent: ArchivePage = { kind: "no-answer", messages: [] };

describe("a tab that hears of nothing", () => {
  it("goes on by itself when an archive was silent", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.join();
    world.letIn();
    await settled();
    await world.answers(silent);
    world.live(world.said("live"));
    expect(world.shown).toEqual(["known"]);
    await world.clock.passes(30_000);
    await world.gives(world.said("missed"));
    expect(world.shown).toEqual(["known", "missed", "live"]);
    expect(world.screen).toBe("current");
    expect(world.gaps).toBe(0);
  });

  it("shows what is live in the end when the archive stays silent", async () => {
    await world.enter();
    world.join();
    world.letIn();
    world.live(world.said("live"));
    for (let tries = 0; tries < 3; tries++) {
      await world.clock.passes(300_000);
      expect(world.shown).toEqual([]);
      await world.answers(silent);
    }
    expect(world.shown).toEqual(["live"]);
    expect(world.gaps).toBe(1);
  });

  it("is current in the end when the room's word that we are in does not come", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.join();
    await settled();
    await world.gives(world.said("missed"));
    expect(world.screen).toBe("behind");
    await world.clock.passes(180_000);
    expect(world.screen).toBe("current");
  });

  it.each([true, false])(
    "goes on when the stream is resumed, with an archive: %s",
    async (hasArchive) => {
      world.hasArchive = hasArchive;
      await world.enter();
      world.live(world.said("known"));
      world.join();
      await settled();
      world.keeper.tellAll({ type: "stream-down" });
      await world.answers({ kind: "not-sent", messages: [] });
      expect(world.screen).toBe("behind");
      world.keeper.tellAll({ type: "stream-up" });
      await world.clock.passes(60_000);
      if (hasArchive) await world.gives();
      await world.clock.passes(180_000);
      expect(world.screen).toBe("current");
    },
  );

  it("waits for the stream however long it is down", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.join();
    world.letIn();
    await settled();
    world.keeper.tellAll({ type: "stream-down" });
    for (let tries = 0; tries < 9; tries++) {
      await world.answers({ kind: "not-sent", messages: [] });
      await world.clock.passes(300_000);
    }
    expect(world.screen).toBe("behind");
    // It goes on trying.
    expect(world.asked.length).toBeGreaterThan(2);
  });
});

describe("a message in doubt", () => {
  it("is looked for from before what came live since it was sent", async () => {
    await world.enter();
    world.live(world.said("known"));
    await world.clock.passes(1_000);
    world.type("one");
    await world.clock.passes(1_000);
    world.live(world.said("meanwhile"));
    await world.outOfReach();
    expect(world.screen).toBe("behind");
    expect(world.asked).toEqual([{ after: "archived known" }]);
  });

  it("is looked for from there by a join as well, and after an archive that broke off", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.type("one");
    await world.clock.passes(1_000);
    world.live(world.said("meanwhile"));
    for (let round = 0; round < 2; round++) {
      world.join();
      world.letIn();
      await settled();
      for (let tries = 0; tries < 6; tries++) {
        await world.answers({ kind: "error", messages: [] });
      }
      world.live(world.said(`later ${round}`));
    }
    expect(world.asked.filter((from) => "after" in from)).toEqual(
      Array.from({ length: 6 }, () => ({ after: "archived known" })),
    );
    expect(world.gaps).toBe(2);
    expect(world.unconfirmed).toEqual(["one doubtful"]);
    expect(world.sent).toEqual([]);
  });

  it("is looked for from what is older than it after a reload of the page", async () => {
    await world.enter();
    world.live(world.said("known"));
    await world.clock.passes(1_000);
    world.type("one");
    await world.clock.passes(1_000);
    world.live(world.said("meanwhile"));
    await world.reload();
    expect(world.unconfirmed).toEqual(["one doubtful"]);
    expect(world.asked).toEqual([{ after: "archived known" }]);
  });

  it("is looked for after Converse's own first fetch, which is no proof", async () => {
    world.join();
    expect(world.screen).toBe("first");
    world.letIn();
    world.type("one");
    world.firstFetched();
    await settled();
    expect([world.screen, world.way]).toEqual(["behind", "unknown"]);
    await world.gives(world.said("one", "me"));
    expect([world.screen, world.way]).toEqual(["current", "open"]);
    expect(world.unconfirmed).toEqual([]);
    expect(world.gaps).toBe(0);
  });

  it("stays in doubt after Converse's own first fetch where there is no archive", async () => {
    world.hasArchive = false;
    world.join();
    world.letIn();
    world.type("one");
    await world.outOfReach();
    world.firstFetched();
    expect([world.screen, world.way]).toEqual(["current", "open"]);
    expect(world.unconfirmed).toEqual(["one doubtful"]);
    expect(world.sent).toEqual([]);
  });

  it("of the page before is no more than that after Converse's own first fetch, either", async () => {
    world.hasArchive = false;
    world.tell({ type: "restored", entries: [stored("one", 1)] });
    world.join();
    world.letIn();
    world.firstFetched();
    await settled();
    expect([world.screen, world.way]).toEqual(["behind", "unknown"]);
    expect(world.unconfirmed).toEqual(["says one doubtful"]);
    expect(world.sent).toEqual([]);
  });

  it("goes out again when the archive does not have it", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.type("one");
    await world.outOfReach();
    expect(world.sent).toEqual([]);
    await world.gives();
    expect(world.sent).toEqual(["one"]);
  });
});

describe("a message that is read again", () => {
  it("keeps its place and time out of a room's own history", async () => {
    world.hasArchive = false;
    await world.enter();
    world.type("hello");
    world.live(world.said("hello", "me"));
    expect(world.unconfirmed).toEqual([]);
    await world.clock.passes(1_000);
    world.live(world.said("hi"));
    const history = ["hello", "hi", "missed"].map((body) =>
      world.said(body, body === "hello" ? "me" : "bob", { is_delayed: true }),
    );
    await world.clock.passes(1_000);
    world.join();
    world.letIn();
    for (const said of history) world.live(said);
    world.tell({ type: "subject-told" });
    await settled();
    expect(world.screen).toBe("current");
    expect(world.shown).toEqual(["hello", "hi", "missed"]);
  });

  it("keeps its place and time out of an archive that is read by time", async () => {
    await world.enter();
    const said = [];
    for (const body of ["a0", "b0", "b1"]) {
      said.push(world.said(body));
      world.live(world.said(body));
      await world.clock.passes(1_000);
    }
    const times = world.models.map((model) => model.get("time"));
    world.join();
    world.letIn();
    await settled();
    await world.answers({ kind: "unknown", messages: [] });
    expect(world.asked).toHaveLength(2);
    await world.gives(...said, world.said("missed"));
    expect(world.shown).toEqual(["a0", "b0", "b1", "missed"]);
    expect(world.models.map((model) => model.get("time")).slice(0, 3)).toEqual(
      times,
    );
  });

  it("lets what is new in between go in between", async () => {
    await world.enter();
    world.live(world.said("known"));
    await world.clock.passes(1_000);
    world.type("one");
    await world.clock.passes(1_000);
    const lost = world.said("lost on the way");
    await world.clock.passes(1_000);
    const meanwhile = world.said("meanwhile");
    world.live({ ...meanwhile });
    await world.outOfReach();
    await world.gives(lost, meanwhile);
    expect(world.shown).toEqual([
      "known",
      "one",
      "lost on the way",
      "meanwhile",
    ]);
  });
});

it("a live message is of the time at which it comes, whoever says otherwise", async () => {
  await world.enter();
  const time = new Date(world.clock.now() + 82_800_000).toISOString();
  world.live(world.said("from the future", "mallory", { time }));
  world.live(world.said("now"));
  const last = Date.parse(String(world.models.at(-1)?.get("time")));
  expect(last - world.clock.now()).toBeLessThan(1_000);
});

describe("a return", () => {
  it("that is interrupted by another is told once, with the last", async () => {
    await world.enter();
    world.live(world.said("known"));
    for (const ms of [1_000, 500]) await world.comesBackAfter(ms);
    await world.gives();
    await world.gives();
    expect(world.screen).toBe("current");
    expect(world.backs).toEqual([500]);
  });

  it("that another one follows at once asks the archive once", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.join();
    world.join();
    await settled();
    expect(world.asked).toEqual([{ after: "archived known" }]);
  });

  it("that the user is asked something for goes on with the next join", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.join();
    await settled();
    const departure = {
      comesBack: false,
      reason: "password-required",
    } as const;
    world.tell({ type: "presence-refused", departure });
    await world.gives(world.said("too late"));
    await world.clock.passes(3_600_000);
    expect(world.asked).toHaveLength(1);
    expect(world.shown).toEqual(["known"]);
    world.join();
    world.letIn();
    await settled();
    expect(world.asked.at(-1)).toEqual({ after: "archived known" });
    await world.gives(world.said("missed"));
    expect(world.shown).toEqual(["known", "missed"]);
  });
});

it("a clock that was set back makes the history that is asked for no shorter", async () => {
  world.hasArchive = false;
  await world.enter();
  world.live(world.said("known"));
  await world.clock.passes(120_000);
  world.clock.step(-3_600_000);
  const asked: Record<string, string> = {};
  const history = {
    nodeType: 1,
    localName: "history",
    namespaceURI: "http://jabber.org/protocol/muc",
    attributes: [],
    setAttribute: (name: string, value: string) => (asked[name] = value),
  };
  const x = { ...history, localName: "x", childNodes: [history] };
  world.presence = { childNodes: [x] } as unknown as Element;
  world.join();
  expect(asked).toEqual({ seconds: "130" });
});
