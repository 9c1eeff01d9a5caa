import { beforeEach, describe, expect, it } from "vitest";
import type { AnchorStore } from "../../src/converse/store/anchors.js";
import type { Archive, ArchivePage } from "../../src/converse/act/archive.js";
import { CatchUp } from "../../src/converse/act/catch-up.js";
import type { Compat } from "../../src/converse/converse.js";
import type {
  MessageAttributes,
  MucModel,
} from "../../src/converse/converse-types.js";
import { Rooms } from "../../src/converse/act/rooms.js";
import type { Wire } from "../../src/converse/act/iq.js";
import type { Anchor, PageStart } from "../../src/core/catch-up/pages.js";
import { FakeClock, settled } from "../fake-clock.js";

const ROOM = "room@muc.example";
const KEY = `stanza_id ${ROOM}`;
const ANSWER_MS = 10_000;

type Said = MessageAttributes & { readonly received?: string };

/** Converse's model of a message, as far as catching up needs it. */
class Message {
  constructor(public attributes: Record<string, unknown>) {}
  get(name: string) {
    return this.attributes[name];
  }
  save(attributes: Record<string, unknown>) {
    Object.assign(this.attributes, attributes);
  }
}

/** A room in a page without Converse. */
class World {
  readonly clock = new FakeClock();
  readonly models: Message[] = [];
  readonly asked: PageStart[] = [];
  readonly pages: ((page: ArchivePage) => void)[] = [];
  readonly current: boolean[] = [];
  readonly silences: string[] = [];
  anchors = new Map<string, Anchor>();
  pending: number | null = null;
  hasArchive = true;
  status = 5;
  isConnected = true;
  joins: Record<string, string>[] = [];
  private number = 0;
  readonly muc: MucModel;
  catchUp: CatchUp;

  constructor() {
    const { models } = this;
    const muc = {
      get: (name: string) => ({ jid: ROOM, type: "chatroom" })[name],
      features: { get: () => this.hasArchive },
      occupants: { fetchMembers: () => Promise.resolve() },
      messages: {
        models,
        fetched: Promise.resolve(),
        on: () => {},
        off: () => {},
        sort: () => this.sort(),
      },
      isHidden: () => false,
      queueMessage: (message: Said) => this.queue(message),
      createMessage: () => Promise.resolve(),
    };
    this.muc = muc as unknown as MucModel;
    this.catchUp = this.make();
  }

  make(): CatchUp {
    const compat = {
      log: { debug: () => {} },
      api: { connection: { connected: () => this.isConnected } },
      chatBoxes: () => ({ get: () => this.muc }),
      status: () => this.status,
      canReadArchives: () => true,
      archivePageSize: () => 50,
      clearsOnReconnection: () => false,
      mightNotify: () => false,
      translate: (text: string) => text,
      takeArchived: async (_muc: MucModel, carriers: unknown[]) => {
        for (const said of carriers) this.queue(said as Said);
      },
    } as unknown as Compat;
    const archive = {
      page: (_room: string, from: PageStart) => {
        this.asked.push(from);
        return new Promise<ArchivePage>((resolve) => this.pages.push(resolve));
      },
    } as unknown as Archive;
    const anchors = {
      get: (room: string) => this.anchors.get(room) ?? null,
      set: (room: string, anchor: Anchor) => this.anchors.set(room, anchor),
      forget: (room: string) => this.anchors.delete(room),
      clear: () => this.anchors.clear(),
    } as unknown as AnchorStore;
    return new CatchUp(
      compat,
      new Rooms(compat, {} as Wire, this.clock),
      archive,
      anchors,
      this.clock,
      ANSWER_MS,
      {
        oldestPending: () => this.pending,
        onCurrent: (_room, isComplete) => this.current.push(isComplete),
        onSilence: (room) => this.silences.push(room),
      },
    );
  }

  /** A page that has entered the room and fetched what it shows first. */
  async enter() {
    this.status = 1;
    this.catchUp.onJoin(ROOM, null);
    this.catchUp.onEntered(ROOM);
    this.status = 5;
    this.catchUp.onFirstFetched(ROOM);
    await settled();
  }

  said(body: string, from = "bob", more: Partial<Said> = {}): Said {
    const time = new Date(this.clock.now()).toISOString();
    const sender = from === "me" ? "me" : "them";
    return {
      type: "groupchat",
      from: `${ROOM}/${from}`,
      body,
      msgid: `of ${body}`,
      [KEY]: this.hasArchive ? `archived ${body}` : undefined,
      sender,
      time,
      ...more,
    } as Said;
  }

  live(said: Said) {
    this.catchUp.onWord(ROOM);
    this.queue(said);
  }

  /** The user says something; the page has it at once. */
  type(body: string) {
    const typed = this.said(body, "me", { [KEY]: undefined });
    this.add(typed);
    this.pending ??= this.clock.now();
  }

  /** The archive answers the oldest question that is open. */
  async gives(...messages: Said[]) {
    await this.answers({
      kind: "page",
      last: String(messages.at(-1)?.[KEY] ?? "none"),
      isComplete: true,
      messages: messages.map((said) => ({
        id: String(said[KEY]),
        carrier: { ...said, is_archived: true, is_delayed: true },
        message: {},
      })),
    } as unknown as ArchivePage);
  }

  async answers(page: ArchivePage) {
    this.pages.shift()?.(page);
    await settled();
  }

  get shown() {
    return this.models.map((message) => message.get("body"));
  }

  private queue(said: Said) {
    if (!this.catchUp.onQueued(this.muc, said)) return;
    const known = this.models.find(
      (known) => known.get("msgid") === said.msgid,
    );
    if (known) {
      // As 14.0.0 does it.
      const isSame = known.get(KEY) === said[KEY];
      const { time } = said;
      known.save({
        [KEY]: said[KEY],
        received: known.get("received") ?? time,
        ...(said.is_archived && isSame && { time }),
      });
      this.sort();
    } else this.add(said);
  }

  private add(said: Said) {
    this.models.push(new Message({ ...said, number: this.number++ }));
    this.sort();
  }

  private sort() {
    this.models.sort(
      (a, b) =>
        Date.parse(String(a.get("time"))) - Date.parse(String(b.get("time"))),
    );
  }
}

let world: World;
beforeEach(async () => {
  world = new World();
  await world.clock.passes(86_400_000);
});

const silent: ArchivePage = { kind: "no-answer", messages: [] };

describe("a tab that hears of nothing", () => {
  it("goes on by itself when an archive was silent", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.catchUp.onJoin(ROOM, null);
    world.catchUp.onEntered(ROOM);
    await settled();
    await world.answers(silent);
    world.live(world.said("live"));
    expect(world.shown).toEqual(["known"]);
    await world.clock.passes(30_000);
    await world.gives(world.said("missed"));
    expect(world.shown).toEqual(["known", "missed", "live"]);
    expect(world.catchUp.isBehind(ROOM)).toBe(false);
  });

  it("shows what is live in the end when the archive stays silent", async () => {
    await world.enter();
    world.catchUp.onJoin(ROOM, null);
    world.catchUp.onEntered(ROOM);
    world.live(world.said("live"));
    for (let tries = 0; tries < 3; tries++) {
      await world.clock.passes(300_000);
      await world.answers(silent);
    }
    expect(world.shown).toEqual(["live"]);
    expect(world.current.at(-1)).toBe(false);
  });

  it("is current in the end when the room's word that we are in does not come", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.catchUp.onJoin(ROOM, null);
    await settled();
    await world.gives(world.said("missed"));
    await world.clock.passes(180_000);
    expect(world.catchUp.isBehind(ROOM)).toBe(false);
  });

  it.each([true, false])(
    "goes on when the stream is resumed, with an archive: %s",
    async (hasArchive) => {
      world.hasArchive = hasArchive;
      await world.enter();
      world.live(world.said("known"));
      world.catchUp.onJoin(ROOM, null);
      await settled();
      world.catchUp.suspend();
      await world.answers({ kind: "not-sent", messages: [] });
      await world.clock.passes(60_000);
      if (hasArchive) await world.gives();
      await world.clock.passes(180_000);
      expect(world.catchUp.isBehind(ROOM)).toBe(false);
    },
  );

  it("waits for the stream however long it is down", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.catchUp.onJoin(ROOM, null);
    world.catchUp.onEntered(ROOM);
    await settled();
    world.catchUp.suspend();
    for (let tries = 0; tries < 9; tries++) {
      await world.answers({ kind: "not-sent", messages: [] });
      await world.clock.passes(300_000);
    }
    expect(world.catchUp.isBehind(ROOM)).toBe(true);
  });
});

describe("what is in doubt", () => {
  it("is looked for from before what came live since it was sent", async () => {
    await world.enter();
    world.live(world.said("known"));
    await world.clock.passes(1_000);
    world.type("one");
    await world.clock.passes(1_000);
    world.live(world.said("meanwhile"));
    expect(world.catchUp.lookUp(ROOM)).toBe(true);
    expect(world.asked).toEqual([{ after: "archived known" }]);
  });

  it("is looked for from there by a join as well, and after an archive that broke off", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.type("one");
    await world.clock.passes(1_000);
    world.live(world.said("meanwhile"));
    for (let round = 0; round < 2; round++) {
      world.catchUp.onJoin(ROOM, null);
      world.catchUp.onEntered(ROOM);
      await settled();
      for (let tries = 0; tries < 6; tries++) {
        await world.answers({ kind: "error", messages: [] });
      }
      world.live(world.said(`later ${round}`));
    }
    expect(world.asked.filter((from) => "after" in from)).toEqual(
      Array.from({ length: 6 }, () => ({ after: "archived known" })),
    );
    expect(world.current.includes(true, 1)).toBe(false);
  });

  it("is looked for from what is older than it after a reload of the page", async () => {
    await world.enter();
    world.live(world.said("known"));
    await world.clock.passes(1_000);
    world.type("one");
    await world.clock.passes(1_000);
    world.live(world.said("meanwhile"));
    world.catchUp = world.make();
    world.catchUp.onFoundJoined(ROOM);
    await settled();
    expect(world.asked).toEqual([{ after: "archived known" }]);
  });

  it("is looked for after Converse's own first fetch, which is no proof", async () => {
    world.status = 1;
    world.catchUp.onJoin(ROOM, null);
    expect(world.catchUp.isFirst(ROOM)).toBe(true);
    world.catchUp.onEntered(ROOM);
    world.type("one");
    world.catchUp.onFirstFetched(ROOM);
    await settled();
    expect(world.catchUp.isFirst(ROOM)).toBe(false);
    expect(world.current).toEqual([]);
    await world.gives(world.said("one", "me"));
    expect(world.current).toEqual([true]);
  });

  it("stays in doubt after Converse's own first fetch where there is no archive", async () => {
    world.hasArchive = false;
    world.pending = world.clock.now();
    world.status = 1;
    world.catchUp.onJoin(ROOM, null);
    world.catchUp.onEntered(ROOM);
    world.type("one");
    world.catchUp.onFirstFetched(ROOM);
    expect(world.current).not.toContain(true);
  });
});

describe("what is read again", () => {
  it("keeps its place and time out of a room's own history", async () => {
    world.hasArchive = false;
    await world.enter();
    world.type("hello");
    world.live(world.said("hello", "me"));
    await world.clock.passes(1_000);
    world.live(world.said("hi"));
    const history = ["hello", "hi", "missed"].map((body) =>
      world.said(body, body === "hello" ? "me" : "bob", { is_delayed: true }),
    );
    world.pending = null;
    await world.clock.passes(1_000);
    world.catchUp.onJoin(ROOM, null);
    world.catchUp.onEntered(ROOM);
    for (const said of history) world.live(said);
    world.catchUp.onHistoryEnd(ROOM);
    await settled();
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
    world.catchUp.onJoin(ROOM, null);
    world.catchUp.onEntered(ROOM);
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
    world.catchUp.lookUp(ROOM);
    await settled();
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
    const told: string[] = [];
    for (const name of ["first", "second"]) {
      world.catchUp.onJoin(ROOM, null);
      world.catchUp.onEntered(ROOM);
      world.catchUp.whenBack(ROOM, () => told.push(name));
      await settled();
    }
    await world.gives();
    await world.gives();
    expect(told).toEqual(["second"]);
  });

  it("that the user is asked something for goes on with the next join", async () => {
    await world.enter();
    world.live(world.said("known"));
    world.catchUp.onJoin(ROOM, null);
    await settled();
    world.catchUp.pause(ROOM);
    await world.gives(world.said("too late"));
    await world.clock.passes(3_600_000);
    expect(world.asked).toHaveLength(1);
    world.catchUp.onJoin(ROOM, null);
    world.catchUp.onEntered(ROOM);
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
  world.catchUp.onJoin(ROOM, { childNodes: [x] } as unknown as Element);
  expect(asked).toEqual({ seconds: "130" });
});
