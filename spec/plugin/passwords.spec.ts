/** Rooms that ask for a password, on the way back. */
import { expect, test } from "vitest";
import type { BrowserChat } from "./browser-harness";
import { lendBrowser } from "./lent-browser";
import { QUICK } from "./registered";
import { error, NS, result, type Room } from "./scripted-server";

const harness = lendBrowser();

const askFor = (room: Room, password: string) =>
  room.onJoin((join) =>
    join.getChild("x", NS.muc)?.getChildText("password") === password
      ? result
      : error("not-authorized", "auth"),
  );

const submit = async (chat: BrowserChat, password: string) => {
  await chat.page.locator("input[type=password]").fill(password);
  await chat.page.locator("converse-muc-password-form [type=submit]").click();
};

async function openWithPassword() {
  const chat = await harness().open({ settings: QUICK });
  const room = chat.room("cellar");
  askFor(room, "sesame");
  await chat.open(room);
  await submit(chat, "sesame");
  await chat.entered(room);
  await chat.heard("mucPushEnabled", room);
  return { chat, room, server: chat.server };
}

const shown = (chat: BrowserChat) =>
  chat.page.locator("converse-muc-password-form .validation-message");

test("a password that was typed by hand is good for the way back, until the user leaves", async () => {
  const { chat, room, server } = await openWithPassword();
  room.forgetSeats();
  server.push({ from: room.jid });
  await chat.heard("mucPushBack", room);
  server.client.dropSocket();
  await chat.hasState(room, "suspended");
  await chat.hasState(room, "joined");

  const stored = await chat.page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  );
  expect(stored).not.toContain("sesame");

  await chat.leave(room);
  await chat.rejoin(room);
  await chat.page.locator("input[type=password]").waitFor();
});

test("a password that was changed meanwhile is asked for, and nobody is told that theirs was wrong", async () => {
  const { chat, room, server } = await openWithPassword();
  askFor(room, "cinnamon");
  room.forgetSeats();
  server.push({ from: room.jid });
  await chat.heard("mucPushGivenUp", room);
  await shown(chat).waitFor({ state: "attached" });
  await chat.fence();
  expect(await shown(chat).textContent()).toBe("");

  await submit(chat, "sesame");
  await expect.poll(() => shown(chat).textContent()).toBe("Password incorrect");
  await submit(chat, "cinnamon");
  await chat.entered(room);
});

test("a password that was set meanwhile is asked for, and nobody is told that theirs was wrong", async () => {
  const chat = await harness().open({ settings: QUICK });
  const room = chat.room();
  await chat.heard("mucPushEnabled", room);
  askFor(room, "sesame");
  room.forgetSeats();
  chat.server.push({ from: room.jid });
  await chat.heard("mucPushGivenUp", room);
  await shown(chat).waitFor({ state: "attached" });
  await chat.fence();
  expect(await shown(chat).textContent()).toBe("");
});
