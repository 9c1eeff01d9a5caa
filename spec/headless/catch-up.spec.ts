/** What was missed comes complete, once and in the room's order, whatever the room's archive does. */
import { describe, expect, test } from "vitest";
import type { Chat, PluginEvent } from "../plugin/chat";
import type { ChatOptions } from "../plugin/harness";
import { lendHarness } from "./lent-harness";
import { openRegistered, QUICK } from "../plugin/registered";
import {
  attribute,
  error,
  Hold,
  inTurn,
  never,
  NS,
  result,
  x,
  type Element,
  type Room,
} from "../plugin/scripted-server";

const harness = lendHarness();

const JOIN_TIMEOUT_MS = 60_000;

/** A chat that has seen a message live, in a room with or without an archive. */
async function open(hasArchive: boolean, options: ChatOptions = {}) {
  const opened = await openRegistered(harness(), {
    ...options,
    hasArchive,
    settings: { ...QUICK, ...options.settings },
  });
  const { chat, room } = opened;
  await sayLive(chat, room, "live");
  return opened;
}

/** Something is said, and the page has it. */
async function sayLive(chat: Chat, room: Room, body: string): Promise<void> {
  room.say("bob", body);
  await chat.hasMessage(room, body);
}

/** The room forgets everybody, and things are said that nobody in the page hears. */
function lose(room: Room, ...bodies: string[]): void {
  room.forgetSeats();
  for (const body of bodies) room.say("bob", body);
}

/** The room pushes to a user whom it has forgotten, and has them back. */
function bringBack(chat: Chat, room: Room): Promise<PluginEvent> {
  const from = chat.events.mark();
  chat.server.push({ from: room.jid });
  return chat.heard("mucPushBack", room, 1, from);
}

/**
 * The user loses their seat and what is said then, and is brought back as far as the question to the archive.
 *
 * @returns the room's mark from before
 */
async function reachArchive(
  chat: Chat,
  room: Room,
  ...bodies: string[]
): Promise<number> {
  const mark = room.mark();
  lose(room, ...bodies);
  chat.server.push({ from: room.jid });
  await room.nth("archive", 1, mark);
  return mark;
}

const groupchat = (body: string, id?: string, ...more: Element[]): Element =>
  x("message", { type: "groupchat", id }, x("body", {}, body), ...more);

const correction = (body: string, of: string): Element =>
  groupchat(
    body,
    "c1",
    x("replace", { xmlns: "urn:xmpp:message-correct:0", id: of }),
  );

const numbered = (count: number) =>
  Array.from({ length: count }, (_, number) => `missed ${number + 1}`);

/** What the archive was asked to go on from, query by query. */
const askedAfter = (room: Room, from = 0) =>
  room
    .all("archive", from)
    .map(
      (query) =>
        query
          .getChild("query", NS.mam)
          ?.getChild("set", NS.rsm)
          ?.getChildText("after") ?? null,
    );

async function bodies(chat: Chat, room: Room): Promise<string[]> {
  const bodies = await chat.messages(room);
  return bodies.slice(bodies.indexOf("live"));
}

/** What Converse has of a message. */
const attributesOf = (
  chat: Chat,
  room: Room,
  body: string,
  ...names: string[]
) =>
  chat.page.evaluate(
    ([jid, body, names]) => {
      const models = window.rig.chat(jid)?.messages.models ?? [];
      const message = models.find((model) => model.get("body") === body);
      return names.map((name) => message?.get(name));
    },
    [room.jid, body, names] as const,
  );

describe("from the archive", () => {
  test.each([0, 1, 49, 50, 51, 120])(
    "%i messages come once and in order, page by page from the last that is known",
    async (count) => {
      const { chat, room } = await open(true);
      const said = numbered(count);
      const mark = room.mark();
      lose(room, ...said);
      const back = await bringBack(chat, room);
      expect(back.payload).toMatchObject({ missed: count });
      expect(await bodies(chat, room)).toEqual(["live", ...said]);
      const pages = Math.max(1, Math.ceil(count / 50));
      expect(room.count("archive", mark)).toBe(pages);
      expect(askedAfter(room, mark)[0]).toMatch(/^archive-/);
    },
  );

  test("it is asked right behind the join, without waiting for its answer", async () => {
    const { chat, room } = await open(true);
    const hold = new Hold();
    room.onJoin(hold.responder);
    const mark = await reachArchive(chat, room, "missed");
    (await hold.next()).answer(result);
    await chat.heard("mucPushBack", room);
    const asked = room.order(mark, "info", "ping", "join", "archive");
    expect(asked).toEqual(["ping", "info", "join", "archive"]);
    const everything = room.everything(mark).map(String).join();
    expect(everything, "no member lists").not.toContain(NS.mucAdmin);
    expect(await bodies(chat, room)).toEqual(["live", "missed"]);
  });

  test("what is said live meanwhile comes after it, and once", async () => {
    const { chat, server, room } = await open(true);
    const hold = new Hold();
    room.onArchive(hold.responder);
    lose(room, ...numbered(60));
    server.push({ from: room.jid });
    const first = await hold.next();
    await chat.hasState(room, "joined");
    room.say("bob", "live again");
    room.pass("bob", correction("live, corrected", "o1"));
    first.answer(result);
    (await hold.next()).answer(result);
    await chat.heard("mucPushBack", room);
    const shown = await bodies(chat, room);
    expect(shown).toEqual([
      "live",
      ...numbered(60),
      "live again",
      "live, corrected",
    ]);
  });

  test("a room that lets nobody at its archive before they are in is asked again then", async () => {
    const { chat, room } = await open(true);
    room.onArchive(inTurn(error("forbidden", "auth"), result));
    lose(room, "missed");
    await bringBack(chat, room);
    expect(await bodies(chat, room)).toEqual(["live", "missed"]);
  });

  test("one that has forgotten the last known message is asked by time", async () => {
    const { chat, room } = await open(true);
    const gone = error("item-not-found");
    room.onArchive((query) =>
      query.toString().includes("<after>") ? gone : result,
    );
    lose(room, "missed");
    await bringBack(chat, room);
    expect(await bodies(chat, room)).toEqual(["live", "missed"]);
  });

  test("one whose host is away for a moment is asked again once the room says that it is there", async () => {
    const { chat, room } = await open(true);
    const away = error("remote-server-not-found");
    room.onArchive(inTurn(away, away, result));
    const mark = room.mark();
    lose(room, "missed");
    await bringBack(chat, room);
    expect(await bodies(chat, room)).toEqual(["live", "missed"]);
    expect(await notices(chat, room)).toEqual([]);
    expect(room.order(mark, "ping", "join", "archive")).toEqual([
      "ping",
      "join",
      "archive",
      "ping",
      "archive",
      "ping",
      "archive",
    ]);
  });

  test("a message in it that Converse refuses to read keeps none of the others away", async () => {
    const { chat, room } = await open(true);
    lose(room, "missed 1");
    room.pass(
      "mallory",
      groupchat(
        "unreadable",
        "bad",
        x("forwarded", { xmlns: NS.forward }, x("message", {})),
      ),
    );
    room.say("bob", "missed 2");
    await bringBack(chat, room);
    await sayLive(chat, room, "live again");
    expect(await bodies(chat, room)).toEqual([
      "live",
      "missed 1",
      "missed 2",
      "live again",
    ]);
  });

  test("who is banned while it is read has at least what was said live", async () => {
    const { chat, room } = await open(true);
    room.onArchive(() => never);
    const mark = await reachArchive(chat, room, "missed");
    await room.nth("enable", 1, mark);
    room.say("bob", "before the ban");
    room.removeAll({ codes: [301] });
    await chat.hasMessage(room, "before the ban");
  });

  test("somebody's reaction in it to a known message moves nothing", async () => {
    const { chat, room } = await open(true);
    const id = room.say("bob", "known");
    await chat.hasMessage(room, "known");
    await sayLive(chat, room, "later");
    const [time] = await attributesOf(chat, room, "known", "time");
    lose(room, "missed");
    room.pass(
      "carol",
      x(
        "message",
        { type: "groupchat", id: "r1" },
        x(
          "reactions",
          { xmlns: "urn:xmpp:reactions:0", id },
          x("reaction", {}, "👍"),
        ),
      ),
    );
    await bringBack(chat, room);
    const [after, reactions] = await attributesOf(
      chat,
      room,
      "known",
      "time",
      "reactions",
    );
    expect(reactions).toEqual({ [`${room.jid}/carol`]: ["👍"] });
    expect(after).toBe(time);
    expect(await bodies(chat, room)).toEqual([
      "live",
      "known",
      "later",
      "missed",
    ]);
  });

  test("a correction in it of a known message moves nothing", async () => {
    const { chat, room } = await open(true);
    room.pass("bob", groupchat("knwon", "k1"));
    await chat.hasMessage(room, "knwon");
    await sayLive(chat, room, "later");
    const [time] = await attributesOf(chat, room, "knwon", "time");
    lose(room, "missed");
    room.pass("bob", correction("known", "k1"));
    await bringBack(chat, room);
    expect(await attributesOf(chat, room, "known", "time")).toEqual([time]);
    expect(await bodies(chat, room)).toEqual([
      "live",
      "known",
      "later",
      "missed",
    ]);
  });

  test("one that is closed after the restart: that something may be missing is said", async () => {
    const { chat, room } = await open(true);
    room.onArchive(() => error("forbidden", "auth"));
    lose(room, "missed");
    await bringBack(chat, room);
    await sayLive(chat, room, "live again");
    expect(await bodies(chat, room)).toEqual(["live", "live again"]);
    expect(await notices(chat, room)).toEqual(["Some messages may be missing"]);
  });

  test("one that does not work any more: what is live is shown, and that something may be missing", async () => {
    const { chat, room } = await open(true);
    room.onArchive(() => error("internal-server-error", "wait"));
    lose(room, "missed");
    await bringBack(chat, room);
    await sayLive(chat, room, "live again");
    expect(await bodies(chat, room)).toEqual(["live", "live again"]);
    expect(await notices(chat, room)).toEqual(["Some messages may be missing"]);
  });

  test("one that breaks off: what came is shown, then that something may be missing, then what is live", async () => {
    const { chat, room } = await open(true);
    const gone = error("internal-server-error", "wait");
    let queries = 0;
    room.onArchive(() => (++queries === 1 ? result : gone));
    await reachArchive(chat, room, ...numbered(60));
    room.say("bob", "live again");
    await chat.heard("mucPushBack", room);
    await chat.hasMessage(room, "live again");
    const shown = await chat.page.evaluate(
      (jid) =>
        (window.rig.chat(jid)?.messages.models ?? []).map((message) =>
          String(message.get("body") ?? message.get("message")),
        ),
      room.jid,
    );
    expect(shown.slice(-3)).toEqual([
      "missed 50",
      "Some messages may be missing",
      "live again",
    ]);
  });

  test("a second loss while it is read: it goes on from the same message", async () => {
    const { chat, server, room } = await open(true);
    room.onArchive(inTurn(never, result));
    const mark = await reachArchive(chat, room, ...numbered(3));
    await chat.hasState(room, "joined");
    room.say("bob", "between");
    lose(room, "at last");
    server.push({ from: room.jid });
    await room.nth("archive", 2, mark);
    await chat.heard("mucPushBack", room);
    await chat.hasMessage(room, "at last");
    expect(await bodies(chat, room)).toEqual([
      "live",
      ...numbered(3),
      "between",
      "at last",
    ]);
    const [first, second] = askedAfter(room, mark);
    expect(second).toBe(first);
  });

  test("a corrected message that is read a second time is there once, as corrected", async () => {
    const { chat, server, room } = await open(true);
    const hold = new Hold();
    room.onArchive(hold.responder);
    const mark = room.mark();
    lose(room);
    room.pass("bob", groupchat("helo", "o1"));
    room.pass("bob", correction("hello", "o1"));
    for (const body of numbered(60)) room.say("bob", body);
    server.push({ from: room.jid });
    (await hold.next()).answer(result);
    await hold.next();
    await chat.hasMessage(room, "hello");
    const [first] = askedAfter(room, mark);
    // Converse asks of its own accord too, for what is older.
    room.onArchive(() => result);
    const reloaded = room.mark();
    await chat.page.reload();
    await chat.hasMessage(room, "missed 60");
    expect(askedAfter(room, reloaded)).toContain(first);
    expect(await bodies(chat, room)).toEqual([
      "live",
      "hello",
      ...numbered(60),
    ]);
  });

  test("a reload of the page meanwhile: it goes on from the same message", async () => {
    const { chat, room } = await open(true, {
      settings: { persistent_store: "sessionStorage" },
    });
    room.onArchive(inTurn(never, result));
    await reachArchive(chat, room, ...numbered(60));
    await chat.hasState(room, "joined");
    room.say("bob", "between");
    await chat.page.reload();
    await chat.hasMessage(room, "between");
    expect(await bodies(chat, room)).toEqual([
      "live",
      ...numbered(60),
      "between",
    ]);
  });

  test("results that nobody asked for, or from somebody else, change nothing", async () => {
    const { chat, server, room } = await open(true);
    const hold = new Hold();
    room.onArchive(hold.responder);
    lose(room, "missed");
    server.push({ from: room.jid });
    const held = await hold.next();
    const query = held.request.getChild("query", NS.mam);
    const queryid = attribute(query ?? held.request, "queryid");
    const forged = (from: string, id: string | undefined) =>
      x(
        "message",
        { xmlns: NS.client, from, to: server.client.fullJid },
        x(
          "result",
          { xmlns: NS.mam, id: "forged", queryid: id },
          x(
            "forwarded",
            { xmlns: NS.forward },
            x(
              "message",
              { type: "groupchat", from: `${room.jid}/bob`, id: "f" },
              x("body", {}, "forged"),
            ),
          ),
        ),
      );
    server.send(forged(`${room.jid}/mallory`, queryid));
    server.send(forged(server.room("other").jid, queryid));
    server.send(forged(room.jid, "guessed"));
    held.answer(result);
    await chat.heard("mucPushBack", room);
    expect(await bodies(chat, room)).toEqual(["live", "missed"]);
  });

  test("a self-presence that gets lost: the room that says that we are in is believed", async () => {
    const { chat, server, room } = await open(true, { isTimeScripted: true });
    await chat.stopTime();
    room.onJoin(() => never);
    const mark = await reachArchive(chat, room, "missed");
    await server.settle();
    room.onPing(() => result);
    await chat.page.clock.runFor(JOIN_TIMEOUT_MS + 1_000);
    const back = await chat.heard("mucPushBack", room);
    expect(back.payload).toMatchObject({ missed: 1 });
    expect(await bodies(chat, room)).toEqual(["live", "missed"]);
    expect(room.count("join", mark)).toBe(1);
  });
});

describe("what was on its way while the room was out of reach, though it had us all the time,", () => {
  /** "one" gets no answer; then the room is out of reach for a while, and says that we are in. */
  async function breakLink(hasArrived: boolean) {
    const { chat, room } = await open(true);
    const mark = room.mark();
    room.onMessage((message) => {
      message.attrs["from"] = `${room.jid}/me`;
      if (hasArrived) room.archive.add("of-me", message);
      return never;
    });
    await chat.say(room, "one");
    await room.nth("message", 1, mark);
    room.unscript();
    room.onPing(inTurn(error("remote-server-not-found"), result));
    await chat.check(room);
    await chat.heard("mucPushChecked", room, 2);
    await room.nth("archive", 1, mark);
    return { chat, room, mark };
  }

  test("is sent again where the archive does not have it", async () => {
    const { chat, room, mark } = await breakLink(false);
    const [first, second] = [
      await room.nth("message", 1, mark),
      await room.nth("message", 2, mark),
    ];
    expect(attribute(second, "id")).toBe(attribute(first, "id"));
    await chat.fence();
    expect(await bodies(chat, room)).toEqual(["live", "one"]);
    expect(room.count("join", mark)).toBe(0);
  });

  test("is not sent again where the archive has it", async () => {
    const { chat, room, mark } = await breakLink(true);
    await chat.say(room, "two");
    await room.nth("message", 2, mark);
    await chat.fence();
    expect(await bodies(chat, room)).toEqual(["live", "one", "two"]);
    expect(room.count("message", mark)).toBe(2);
  });
});

/** Converse's own notices in a room. */
const notices = (chat: Chat, room: Room): Promise<string[]> =>
  chat.page.evaluate(
    (jid) =>
      (window.rig.chat(jid)?.messages.models ?? [])
        .filter((message) => message.get("type") === "info")
        .map((message) => String(message.get("message"))),
    room.jid,
  );

describe("from the room's own history", () => {
  const now = () => new Date();

  test("what was said meanwhile comes with the join, the message that caused the push first of all", async () => {
    const { chat, room } = await open(false);
    const mark = room.mark();
    room.forgetSeats();
    room.history = [
      room.recall("bob", "missed 1", now(), "h1"),
      room.recall("bob", "missed 2", now(), "h2"),
    ];
    const back = await bringBack(chat, room);
    expect(back.payload).toMatchObject({ missed: 2 });
    expect(await bodies(chat, room)).toEqual(["live", "missed 1", "missed 2"]);
    const [join] = room.all("join", mark);
    const history = join?.getChild("x", NS.muc)?.getChild("history");
    expect(Number(attribute(history ?? x("none"), "seconds"))).toBeGreaterThan(
      9,
    );
    expect(attribute(history ?? x("none"), "maxstanzas")).toBeUndefined();
    expect(await notices(chat, room)).toEqual([]);
  });

  test("what is known already does not come twice, with an id and without", async () => {
    const { chat, room } = await open(false);
    room.pass("bob", groupchat("no id"));
    room.pass("bob", groupchat("an id", "k1"));
    await chat.hasMessage(room, "an id");
    room.forgetSeats();
    room.history = [
      room.recall("bob", "no id", now()),
      room.recall("bob", "an id", now(), "k1"),
      room.recall("bob", "missed, no id", now()),
      room.recall("bob", "missed, no id", now()),
    ];
    await bringBack(chat, room);
    expect(await bodies(chat, room)).toEqual([
      "live",
      "no id",
      "an id",
      "missed, no id",
      "missed, no id",
    ]);
  });

  test("one that is cut before what is known says that something may be missing", async () => {
    const { chat, room } = await open(false);
    room.forgetSeats();
    room.history = numbered(20).map((body, index) =>
      room.recall("bob", body, now(), `h${index}`),
    );
    await bringBack(chat, room);
    expect(await bodies(chat, room)).toEqual(["live", ...numbered(20)]);
    expect(await notices(chat, room)).toEqual(["Some messages may be missing"]);
  });

  test("one that reaches back to what is known says nothing, however long it is", async () => {
    const { chat, room } = await open(false);
    room.pass("bob", groupchat("known", "k1"));
    await chat.hasMessage(room, "known");
    room.forgetSeats();
    room.history = [
      room.recall("bob", "known", now(), "k1"),
      ...numbered(20).map((body, index) =>
        room.recall("bob", body, now(), `h${index}`),
      ),
    ];
    await bringBack(chat, room);
    expect(await bodies(chat, room)).toEqual([
      "live",
      "known",
      ...numbered(20),
    ]);
    expect(await notices(chat, room)).toEqual([]);
  });
});

describe("in the room's order", () => {
  const HOUR_MS = 3_600_000;

  const dated = (body: string, from: string, ms: number) =>
    groupchat(
      body,
      `d-${body}`,
      x("delay", {
        xmlns: NS.delay,
        from,
        stamp: new Date(Date.now() + ms).toISOString(),
      }),
    );

  const timesOf = (chat: Chat, room: Room): Promise<number[]> =>
    chat.page.evaluate(
      (jid) =>
        (window.rig.chat(jid)?.messages.models ?? [])
          .filter((message) => message.get("body"))
          .map((message) => Date.parse(String(message.get("time")))),
      room.jid,
    );

  test.each(["elsewhere", "an occupant", "the room"])(
    "a live message that is dated 23 hours ahead by %s moves no other",
    async (by) => {
      const { chat, room } = await open(true);
      const jids: Record<string, string> = {
        elsewhere: "elsewhere",
        "an occupant": `${room.jid}/mallory`,
        "the room": room.jid,
      };
      room.pass("mallory", dated("dated", jids[by] ?? "", 23 * HOUR_MS));
      await chat.hasMessage(room, "dated");
      await sayLive(chat, room, "later");
      lose(room, "missed");
      await bringBack(chat, room);
      await sayLive(chat, room, "live again");
      expect(await bodies(chat, room)).toEqual([
        "live",
        "dated",
        "later",
        "missed",
        "live again",
      ]);
      const latest = Math.max(...(await timesOf(chat, room)));
      expect(latest).toBeLessThan(Date.now() + 60_000);
    },
  );

  test("a live message is late only where the room itself says so", async () => {
    const { chat, room } = await open(true);
    const froms = ["elsewhere", `${room.jid}/bob`, "rooms.test", room.jid];
    for (const from of froms) room.pass("bob", dated(from, from, -HOUR_MS));
    await chat.hasMessage(room, room.jid);
    const late: unknown[] = [];
    for (const from of froms)
      late.push(...(await attributesOf(chat, room, from, "is_delayed")));
    expect(late).toEqual([false, false, false, true]);
    expect(await bodies(chat, room)).toEqual(["live", ...froms]);
  });

  test.each(["2099-01-01T00:00:00Z", "+275760-09-13T00:00:00.000Z"])(
    "a message that says it is of %s moves no other",
    async (stamp) => {
      const { chat, room } = await open(true);
      room.pass(
        "mallory",
        groupchat(
          "from the future",
          "future",
          x("delay", { xmlns: NS.delay, stamp }),
        ),
      );
      await chat.hasMessage(room, "from the future");
      for (const body of numbered(3)) room.say("bob", body);
      await chat.hasMessage(room, "missed 3");
      const said = await bodies(chat, room);
      expect(said.filter((body) => body !== "from the future")).toEqual([
        "live",
        ...numbered(3),
      ]);
      const times = await chat.page.evaluate(
        (jid) =>
          (window.rig.chat(jid)?.messages.models ?? [])
            .filter((message) => message.get("body") === "missed 3")
            .map((message) => Date.parse(String(message.get("time")))),
        room.jid,
      );
      expect(times.every((time) => time < Date.now() + 60_000)).toBe(true);
    },
  );

  test.each([-3_600_000, 3_600_000])(
    "clocks that differ by %i ms do not move a message",
    async (skew) => {
      const { chat, room } = await open(false);
      room.forgetSeats();
      const stamp = () => new Date(Date.now() + skew);
      room.history = [
        room.recall("bob", "missed 1", stamp(), "h1"),
        room.recall("bob", "missed 2", stamp(), "h2"),
      ];
      await bringBack(chat, room);
      await sayLive(chat, room, "live again");
      expect(await bodies(chat, room)).toEqual([
        "live",
        "missed 1",
        "missed 2",
        "live again",
      ]);
    },
  );
});
