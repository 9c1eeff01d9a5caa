/** An archive that goes away with a restart: the join asks for what Converse knew of the room before it. */
import { expect, test } from "vitest";
import type { BrowserChat } from "./browser-harness";
import { lendBrowser } from "./lent-browser";
import { openRegistered, QUICK } from "./registered";
import { error, NS, type Room } from "./scripted-server";

const harness = lendBrowser();

const GAP = "Some messages may be missing";

const notices = (chat: BrowserChat, room: Room): Promise<string[]> =>
  chat.page.evaluate(
    (jid) =>
      (window.rig.chat(jid)?.messages.models ?? [])
        .filter((message) => message.get("type") === "info")
        .map((message) => String(message.get("message"))),
    room.jid,
  );

test("an archive that is gone after the restart: that is said, and the next return has the room's own history", async () => {
  const { chat, server, room } = await openRegistered(harness(), {
    hasArchive: true,
    settings: QUICK,
  });
  const historyOf = (mark: number) =>
    room.all("join", mark)[0]?.getChild("x", NS.muc)?.getChild("history")
      ?.attrs;
  const bringBack = async () => {
    const from = chat.events.mark();
    server.push({ from: room.jid });
    await chat.heard("mucPushBack", room, 1, from);
  };
  room.say("bob", "live");
  await chat.hasMessage(room, "live");
  room.hasArchive = false;
  room.onArchive(() => error("service-unavailable"));
  const first = room.mark();
  room.forgetSeats();
  room.say("bob", "missed 1");
  await bringBack();
  room.say("bob", "live again");
  await chat.hasMessage(room, "live again");
  expect(historyOf(first)).toMatchObject({ maxstanzas: "0" });
  expect(await notices(chat, room)).toEqual([GAP]);
  const second = room.mark();
  room.forgetSeats();
  room.history = [room.recall("bob", "missed 2", new Date(), "h2")];
  await bringBack();
  expect(historyOf(second)).toHaveProperty("seconds");
  expect(room.count("archive", second)).toBe(0);
  const said = ["live", "live again", "missed 2"];
  expect(await chat.messages(room)).toEqual(said);
  expect(await notices(chat, room)).toEqual([GAP]);
});
