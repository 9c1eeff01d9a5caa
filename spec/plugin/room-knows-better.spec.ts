import { expect, test } from "vitest";
import type { BrowserChat } from "./browser-harness";
import { lendBrowser } from "./lent-browser";
import { openRegistered, QUICK } from "./registered";
import { changeStatus } from "./status";

const harness = lendBrowser();

const open = () =>
  openRegistered(harness(), {
    hasArchive: true,
    settings: { ...QUICK, idle_presence_timeout: 0 },
  });

const shownTexts = (chat: BrowserChat) => chat.page.locator("body").innerText();

test("a change of status that the room refuses, because it has forgotten the user, brings them back", async () => {
  const { chat, room } = await open();
  room.strangersPresence = "refused";
  room.forgetSeats();
  const from = room.mark();
  await changeStatus(chat);
  await chat.heard("mucPushBack", room);
  await chat.fence();
  expect(room.order(from, "ping", "join")).toEqual(["ping", "join"]);
  expect(room.isSeated(chat.server.client)).toBe(true);
  expect(await chat.status(room)).toBe("ENTERED");
  expect(await shownTexts(chat)).not.toContain("does not (yet) exist");
});
