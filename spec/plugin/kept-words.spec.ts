/** What the user typed while away, when the way back ends in Converse's form or red box. */
import { describe, expect, test } from "vitest";
import { NEWEST, RELEASES } from "../../rig/releases";
import type { BrowserChat, BrowserOptions } from "./browser-harness";
import { lendBrowser } from "./lent-browser";
import { openRegistered, QUICK } from "./registered";
import { error, type Room } from "./scripted-server";

const newest = lendBrowser();

const AWAY = { condition: "remote-server-not-found", type: "cancel" } as const;

/** The rooms' server crashes, the user types meanwhile, and the way back is answered like this. */
async function typeWhileAway(
  answer: ReturnType<typeof error>,
  texts: readonly string[],
  options: BrowserOptions = {},
  harness = newest(),
) {
  const opened = await openRegistered(harness, {
    ...options,
    hasArchive: true,
    settings: QUICK,
  });
  const { chat, server, room } = opened;
  server.mucDown = AWAY;
  for (const text of texts) await chat.say(room, text);
  for (const text of texts) await chat.hasMessage(room, text);
  room.onJoin(() => answer);
  server.rebootRooms();
  server.mucDown = undefined;
  await chat.hasState(room, "left");
  return opened;
}

const shown = ({ page }: BrowserChat, text: string) =>
  page.getByText(text, { exact: true });
const isShown = (chat: BrowserChat, text: string) =>
  shown(chat, text).waitFor({ state: "visible" });
const kept = ({ page }: BrowserChat) => page.locator(".muc-push-kept");

async function comeBack(chat: BrowserChat, room: Room): Promise<void> {
  room.unscript();
  await chat.rejoin(room);
  await chat.entered(room);
  await chat.fence();
}

const PLACES = [
  ["password form", "password-form", "not-authorized", "auth"],
  ["nickname form", "nickname-form", "conflict", "cancel"],
  ["red box of a ban", "disconnected", "forbidden", "auth"],
  ["red box of the members", "disconnected", "registration-required", "auth"],
  ["red box of a refusal", "disconnected", "not-allowed", "cancel"],
] as const;

test.each(PLACES)(
  "what was typed while away can be read and copied below the %s, and is gone after the way back",
  async (_name, place, condition, type) => {
    const { chat, room } = await typeWhileAway(error(condition, type), [
      "first <b>line</b>\nsecond line",
      "two",
    ]);
    await chat.page.locator(`converse-muc-${place}`).waitFor();
    await isShown(chat, "two");
    expect(await kept(chat).locator("li").allInnerTexts()).toEqual([
      "first <b>line</b>\nsecond line",
      "two",
    ]);
    expect(await shown(chat, "Not sent:").isVisible()).toBe(true);
    const above = chat.page.locator(`converse-muc-${place} > :not(section)`);
    const [box, list] = await Promise.all([
      above.first().boundingBox(),
      kept(chat).boundingBox(),
    ]);
    expect(list?.y).toBeGreaterThanOrEqual(
      (box?.y ?? NaN) + (box?.height ?? 0),
    );

    await chat.page
      .context()
      .grantPermissions(["clipboard-read", "clipboard-write"]);
    await kept(chat).getByRole("button", { name: "Copy" }).click();
    await shown(chat, "Copied").waitFor();
    const copied = await chat.page.evaluate(() =>
      navigator.clipboard.readText(),
    );
    expect(copied).toBe("first <b>line</b>\nsecond line\ntwo");

    await comeBack(chat, room);
    expect(await kept(chat).count()).toBe(0);
  },
);

test("what was typed while away stays below the password form after a wrong password, and in a page that forbids styles of others", async () => {
  const { chat, room } = await typeWhileAway(
    error("not-authorized", "auth"),
    ["one"],
    {
      head: `<meta http-equiv="Content-Security-Policy" content="style-src 'self'">`,
    },
  );
  await isShown(chat, "one");
  await chat.page.locator("input[type=password]").fill("sesame");
  const at = room.mark();
  await chat.page.locator("converse-muc-password-form [type=submit]").click();
  await room.nth("join", 1, at);
  await chat.fence();
  await isShown(chat, "one");
  expect(await kept(chat).count()).toBe(1);
  expect(
    await kept(chat)
      .locator("li")
      .evaluate((list) => getComputedStyle(list).whiteSpace),
  ).toBe("pre-wrap");
});

test.each([
  ["destroyed", "destroyed", { destroy: {} }],
  ["kicked", "disconnected", { codes: [307] }],
])(
  "what waits when the room says that the user is out (%s) can be read below its red box",
  async (_name, place, removal) => {
    const { chat, server, room } = await openRegistered(newest(), {
      hasArchive: true,
      settings: QUICK,
    });
    server.mucDown = AWAY;
    await chat.say(room, "one");
    await chat.hasMessage(room, "one");
    await chat.fence();
    room.removeAll(removal);
    await chat.page.locator(`converse-muc-${place}`).waitFor();
    await isShown(chat, "one");
    expect(await kept(chat).count()).toBe(1);
  },
);

test("whose words are with the room sees none below the password form", async () => {
  const { chat, server, room } = await openRegistered(newest(), {
    hasArchive: true,
    settings: QUICK,
  });
  const at = room.mark();
  await chat.say(room, "one");
  await room.nth("message", 1, at);
  await chat.fence();
  room.onJoin(() => error("not-authorized", "auth"));
  server.rebootRooms();
  server.push({ from: room.jid });
  await chat.hasState(room, "left");
  await chat.page.locator("converse-muc-password-form").waitFor();
  await chat.fence();
  expect(await kept(chat).count()).toBe(0);
});

describe.each(RELEASES.filter((release) => release !== NEWEST))(
  "Converse.js %s",
  (release) => {
    const harness = lendBrowser({ release });

    test("what was typed while away can be read below the password form, from 10.1.2 on", async () => {
      const { chat, room } = await typeWhileAway(
        error("not-authorized", "auth"),
        ["one"],
        {},
        harness(),
      );
      await chat.page
        .locator("input[type=password]")
        .waitFor({ state: "attached" });
      await chat.fence();
      const count = release === "7.0.6" ? 0 : 1;
      expect(await kept(chat).getByText("one").count()).toBe(count);
      if (count > 0) await isShown(chat, "one");
      await comeBack(chat, room);
      expect(await kept(chat).count()).toBe(0);
    });
  },
);

test("a plugin that is stopped takes the words below the form out", async () => {
  const { chat } = await typeWhileAway(error("forbidden", "auth"), ["one"]);
  await isShown(chat, "one");
  await chat.page.evaluate(() => {
    const { api, pluggable } = window.rig._converse as unknown as {
      api: { settings: { set(name: string, value: unknown): void } };
      pluggable: { plugins: Record<string, { initialize(): void }> };
    };
    api.settings.set("muc_push", false);
    pluggable.plugins["converse-muc-push"]?.initialize();
  });
  expect(await kept(chat).count()).toBe(0);
});
