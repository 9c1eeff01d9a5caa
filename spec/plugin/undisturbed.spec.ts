/** A return leaves alone what the user is doing, and counts and tells as if they had been there. */
import { describe, expect, test } from "vitest";
import type { BrowserChat } from "./browser-harness";
import { lendBrowser } from "./lent-browser";
import { openRegistered, type RegisteredOptions } from "./registered";
import {
  error,
  Hold,
  inTurn,
  NS,
  result,
  x,
  type Room,
} from "./scripted-server";

const harness = lendBrowser();

/** Counts the notifications that a page shows its user. */
const COUNT_NOTIFICATIONS = `<script>
  window.notifications = [];
  window.Notification = class {
    static permission = "granted";
    static requestPermission() { return Promise.resolve("granted"); }
    constructor(title, { body }) { window.notifications.push(body); }
    close() {}
  };
</script>`;

async function open(options: RegisteredOptions = {}) {
  const opened = await openRegistered(harness(), {
    hasArchive: true,
    ...options,
    head: COUNT_NOTIFICATIONS,
  });
  const { chat, room } = opened;
  room.say("bob", "live");
  await chat.hasMessage(room, "live");
  await chat.page.evaluate(() => {
    const seen = window as unknown as { notifications: string[] };
    seen.notifications.length = 0;
  });
  return opened;
}

/** How a room's service goes down. */
const ends = {
  silently: (room: Room) => room.forgetSeats(),
  "with a goodbye": (room: Room) => room.removeAll({ codes: [332] }),
};

/** The user misses what is said, and is back. */
async function miss(
  chat: BrowserChat,
  room: Room,
  bodies: string[],
  end: (room: Room) => void = ends.silently,
): Promise<void> {
  const mark = chat.events.mark();
  end(room);
  for (const body of bodies) room.say("bob", body);
  chat.server.push({ from: room.jid });
  await chat.heard("mucPushBack", room, 1, mark);
}

/** Notes every change of what Converse believes about a room. */
const watchStatus = (chat: BrowserChat, room: Room) =>
  chat.page.evaluate((jid) => {
    const session = window.rig.chat(jid)?.session as unknown as {
      on(event: string, note: () => void): void;
      get(name: string): unknown;
    };
    const statuses: unknown[] = [];
    (window as unknown as { statuses: unknown[] }).statuses = statuses;
    session.on("change:connection_status", () =>
      statuses.push(session.get("connection_status")),
    );
  }, room.jid);

const statuses = (chat: BrowserChat) =>
  chat.page.evaluate(
    () => (window as unknown as { statuses: unknown[] }).statuses,
  );

const numbered = (count: number) =>
  Array.from({ length: count }, (_, number) => `missed ${number + 1}`);

/** What has to be the same before and after. */
const whatTheUserDoes = (chat: BrowserChat) =>
  chat.page.evaluate(() => {
    const area = document.querySelector<HTMLTextAreaElement>(".chat-textarea");
    const seen = window as unknown as { area?: Element | null };
    const isSameArea = seen.area === undefined || seen.area === area;
    seen.area = area;
    const read = [...document.querySelectorAll(".chat-msg__text")].find(
      (message) => message.textContent?.trim() === "earlier, missed 30",
    );
    return {
      isSameArea,
      isFocused: document.activeElement === area,
      text: area?.value,
      caret: area?.selectionStart,
      readAt: Math.round(read?.getBoundingClientRect().top ?? -1),
    };
  });

test.each(Object.entries(ends))(
  "text, caret, focus and the place in the history stay, and nothing flickers, when a service ends %s",
  async (_how, end) => {
    const { chat, room } = await open();
    for (const body of numbered(60)) room.say("carol", `earlier, ${body}`);
    await chat.hasMessage(room, "earlier, missed 60");
    const { page } = chat;
    await page.locator(".chat-textarea").fill("half a sentence");
    await page.keyboard.press("ArrowLeft");
    await page.evaluate(() => {
      const read = [...document.querySelectorAll(".chat-msg__text")].find(
        (message) => message.textContent?.trim() === "earlier, missed 30",
      );
      read?.scrollIntoView({ block: "center" });
    });
    await page.waitForFunction(
      (jid) =>
        (
          window.rig.chat(jid) as unknown as { isScrolledUp(): boolean }
        ).isScrolledUp(),
      room.jid,
    );
    await watchStatus(chat, room);
    const before = await whatTheUserDoes(chat);
    expect(before).toMatchObject({ isFocused: true, text: "half a sentence" });
    const mark = chat.events.mark();
    await miss(chat, room, numbered(30), end);
    const after = await whatTheUserDoes(chat);
    expect(after).toEqual({ ...before, readAt: after.readAt });
    expect(Math.abs(after.readAt - before.readAt), "px").toBeLessThanOrEqual(2);
    expect(await statuses(chat)).toEqual([]);
    expect(chat.allHeard("enteredNewRoom", room, mark)).toEqual([]);
  },
);

test("a join that is refused for now is not shown, one that is refused for good is", async () => {
  const { chat, server, room } = await open({
    settings: { muc_push_backoff_min_ms: 10, muc_push_backoff_max_ms: 20 },
  });
  room.onJoin(
    inTurn(error("remote-server-not-found"), error("forbidden", "auth")),
  );
  room.forgetSeats();
  const mark = room.mark();
  await watchStatus(chat, room);
  server.push({ from: room.jid });
  await chat.heard("mucPushGivenUp", room);
  await chat.isOut(room);
  expect(room.count("join", mark)).toBe(2);
  expect(await statuses(chat), "one change, at the end").toHaveLength(1);
});

/** What a room says of somebody in it. */
const occupant = (chat: BrowserChat, room: Room, nick: string, code?: number) =>
  x(
    "presence",
    {
      xmlns: "jabber:client",
      from: `${room.jid}/${nick}`,
      to: chat.server.client.fullJid,
      type: code === undefined ? undefined : "unavailable",
    },
    x(
      "x",
      { xmlns: "http://jabber.org/protocol/muc#user" },
      x("item", { affiliation: "none", role: "participant" }),
      code === undefined ? undefined : x("status", { code: `${code}` }),
    ),
  );

/** The nicks that Converse shows as present. */
const occupants = (chat: BrowserChat, room: Room) =>
  chat.page.evaluate((jid) => {
    const muc = window.rig.chat(jid) as unknown as {
      occupants: { models: { get(name: string): unknown }[] };
    };
    const there = muc.occupants.models.filter(
      (occupant) => occupant.get("presence") === "online",
    );
    return there.map((occupant) => String(occupant.get("nick"))).sort();
  }, room.jid);

test("who was in the room and is not any more is gone from the list of occupants, the others stay", async () => {
  const { chat, server, room } = await open();
  server.send(occupant(chat, room, "bob"));
  server.send(occupant(chat, room, "carol"));
  await expect
    .poll(() => occupants(chat, room))
    .toEqual(["bob", "carol", "me"]);
  room.before = [occupant(chat, room, "bob")];
  await miss(chat, room, ["missed"]);
  await expect.poll(() => occupants(chat, room)).toEqual(["bob", "me"]);
});

/** Somebody in the room, by the id that the room has for them (XEP-0421). */
const occupantWithId = (
  chat: BrowserChat,
  room: Room,
  nick: string,
  id: string,
) => {
  const presence = occupant(chat, room, nick);
  presence.append(x("occupant-id", { xmlns: NS.occupantId, id }));
  return presence;
};

test("a room that gives everybody a new id with each start does not have everybody twice", async () => {
  const { chat, server, room } = await open({
    prepare: (server) => {
      const room = server.room("garden");
      room.features.add(NS.occupantId);
      room.occupantId = "me-0";
    },
  });
  for (const nick of ["bob", "carol"])
    server.send(occupantWithId(chat, room, nick, `${nick}-0`));
  const everybody = ["bob", "carol", "me"];
  await expect.poll(() => occupants(chat, room)).toEqual(everybody);
  // Who has spoken before they were there is known once more.
  const before = await known(chat, room);
  for (const start of [1, 2]) {
    room.occupantId = `me-${start}`;
    room.before = ["bob", "carol"].map((nick) =>
      occupantWithId(chat, room, nick, `${nick}-${start}`),
    );
    await miss(chat, room, [`missed ${start}`]);
    await chat.fence();
    expect(await occupants(chat, room)).toEqual(everybody);
    expect(await known(chat, room)).toBe(before);
  }
  // What a page of later reads is what is known.
  await chat.page.reload();
  await chat.entered(room);
  await expect.poll(() => occupants(chat, room)).toEqual(everybody);
});

describe("a member who is back later than the user", () => {
  const member = (chat: BrowserChat, room: Room, id: string) => {
    const presence = occupantWithId(chat, room, "bob", id);
    const item = presence.getChild("x", NS.mucUser)?.getChild("item");
    if (item) item.attrs["affiliation"] = "member";
    return presence;
  };

  /** How many bobs Converse knows, present or not. */
  const bobs = (chat: BrowserChat, room: Room) =>
    chat.page.evaluate((jid) => {
      const muc = window.rig.chat(jid) as unknown as {
        occupants: { models: { get(name: string): unknown }[] };
      };
      const { models } = muc.occupants;
      return models.filter((one) => one.get("nick") === "bob").length;
    }, room.jid);

  async function openWithMember() {
    const opened = await open({
      prepare: (server) => {
        const room = server.room("garden");
        room.features.add(NS.occupantId);
        room.occupantId = "me-0";
      },
    });
    const { chat, server, room } = opened;
    server.send(member(chat, room, "bob-0"));
    await expect.poll(() => occupants(chat, room)).toEqual(["bob", "me"]);
    return opened;
  }

  test("stands once in the list of a room that gives everybody a new id", async () => {
    const { chat, server, room } = await openWithMember();
    for (const start of [1, 2]) {
      room.occupantId = `me-${start}`;
      await miss(chat, room, [`missed ${start}`]);
      await expect.poll(() => occupants(chat, room)).toEqual(["me"]);
      server.send(member(chat, room, `bob-${start}`));
      await expect.poll(() => occupants(chat, room)).toEqual(["bob", "me"]);
      expect(await bobs(chat, room)).toBe(1);
    }
  });

  test("is not taken for the one who has their nick meanwhile, in a room whose ids last", async () => {
    const { chat, server, room } = await openWithMember();
    await miss(chat, room, ["missed"]);
    await expect.poll(() => occupants(chat, room)).toEqual(["me"]);
    server.send(occupantWithId(chat, room, "bob", "mallory"));
    await expect.poll(() => occupants(chat, room)).toEqual(["bob", "me"]);
    expect(await bobs(chat, room)).toBe(2);
  });
});

/** How many occupants Converse knows, present or not. */
const known = (chat: BrowserChat, room: Room) =>
  chat.page.evaluate((jid) => {
    const muc = window.rig.chat(jid) as unknown as {
      occupants: { length: number };
    };
    return muc.occupants.length;
  }, room.jid);

test("a service that goes down with everybody in it is nobody's leaving, a kick is", async () => {
  const { chat, server, room } = await open();
  for (const nick of ["bob", "carol"]) server.send(occupant(chat, room, nick));
  await expect
    .poll(() => occupants(chat, room))
    .toEqual(["bob", "carol", "me"]);
  // The room names its occupants to those whom it lets in: not before the list of before was looked at.
  const joins = new Hold();
  room.onJoin(joins.responder);
  server.send(occupant(chat, room, "bob", 332));
  room.removeAll({ codes: [332] });
  server.send(occupant(chat, room, "carol", 307));
  const join = await joins.next();
  await expect.poll(() => occupants(chat, room)).toEqual(["bob", "me"]);

  room.before = [occupant(chat, room, "bob")];
  join.answer(result);
  await chat.heard("mucPushBack", room);
  expect(await occupants(chat, room)).toEqual(["bob", "me"]);
});

test("what the room says of itself to whoever joins is not said again", async () => {
  const { chat, room } = await open({
    prepare: (server) => {
      server.room("garden").joinCodes = [100, 170];
    },
  });
  const infos = () =>
    chat.page.evaluate(
      (jid) =>
        (window.rig.chat(jid)?.messages.models ?? []).filter(
          (message) => message.get("type") === "info",
        ).length,
      room.jid,
    );
  const before = await infos();
  await miss(chat, room, ["missed"]);
  expect(await infos()).toBeLessThanOrEqual(before);
});

describe("a room that the user does not look at", () => {
  const rooms = ["garden", "library"];

  async function openBehind(options: RegisteredOptions) {
    const opened = await open({ ...options, rooms });
    await opened.chat.show(opened.chat.room("library"));
    await opened.chat.page.waitForFunction(
      (jid) => window.rig.chat(jid)?.get("hidden") === true,
      opened.room.jid,
    );
    return opened;
  }

  const unread = (chat: BrowserChat, room: Room) =>
    chat.page.evaluate((jid) => {
      const muc = window.rig.chat(jid);
      return [muc?.get("num_unread_general"), muc?.get("num_unread")];
    }, room.jid);

  const notifications = (chat: BrowserChat): Promise<string[]> =>
    chat.page.evaluate(
      () => (window as unknown as { notifications: string[] }).notifications,
    );

  test("counts every missed message as unread, and mentions as mentions", async () => {
    const { chat, room } = await openBehind({});
    await miss(chat, room, [...numbered(58), "me: are you there?", "me?"]);
    expect(await unread(chat, room)).toEqual([60, 2]);
  });

  test("shows one notification where the site wants one for every message", async () => {
    const { chat, room } = await openBehind({
      settings: { notify_all_room_messages: true },
    });
    await miss(chat, room, numbered(60));
    await expect.poll(() => notifications(chat)).toEqual(["missed 60"]);
    room.say("bob", "live again");
    await expect.poll(() => notifications(chat)).toContain("live again");
    expect(await notifications(chat)).toEqual(["missed 60", "live again"]);
  });

  test("shows one for those who were mentioned, and none for others", async () => {
    const { chat, room } = await openBehind({
      settings: { notify_nicknames_without_references: true },
    });
    await miss(chat, room, numbered(10));
    await miss(chat, room, ["me: hello", "me?", ...numbered(10)]);
    await expect.poll(() => notifications(chat)).toEqual(["me?"]);
  });

  test("shows one for what comes from the room's own history", async () => {
    const { chat, room } = await openBehind({
      hasArchive: false,
      settings: { notify_all_room_messages: true },
    });
    const known = { type: "groupchat", id: "k1" };
    room.pass("bob", x("message", known, x("body", {}, "known")));
    await expect.poll(() => notifications(chat)).toEqual(["known"]);
    room.history = [
      room.recall("bob", "known", new Date(), "k1"),
      ...numbered(5).map((body, index) =>
        room.recall("bob", body, new Date(), `h${index}`),
      ),
    ];
    await miss(chat, room, []);
    room.say("bob", "live again");
    await expect.poll(() => notifications(chat)).toContain("live again");
    const expected = ["known", "missed 1", "live again"];
    expect(await notifications(chat)).toEqual(expected);
    expect(await unread(chat, room)).toEqual([7, 0]);
  });
});
