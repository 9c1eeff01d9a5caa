/** Converse lists a room after it has joined it, or found itself in it: the room may say something before. */
import { expect, test } from "vitest";
import { chosenRelease, majorOf } from "../../rig/releases";
import type { Chat } from "./chat";
import { lendBrowser } from "./lent-browser";
import { openRegistered } from "./registered";

const harness = lendBrowser({ mayComplain: true });

/** Another plugin has a say when a room is there, and takes its time until `listRooms`. */
const keepFromListing = (chat: Chat) =>
  chat.page.evaluate(() => {
    const { api } = window.rig._converse as unknown as {
      api: {
        listen: { on(name: string, act: () => Promise<void>): void };
      };
    };
    const isAllowed = new Promise<void>((resolve) => {
      (window as unknown as { list: () => void }).list = resolve;
    });
    api.listen.on("chatRoomInitialized", () => isAllowed);
  });

const listRooms = (chat: Chat) =>
  chat.page.evaluate(() => (window as unknown as { list: () => void }).list());

test("a push counts that is replayed to a reloaded page whose session alone knows that it is in the room", async () => {
  const { chat, server, room } = await openRegistered(harness(), {
    server: { offersStreamManagement: true },
    settings: { jid: "romeo@users.test/fixed" },
  });
  await chat.page.goto("about:blank");
  server.client.dropSocket();
  const id = server.push({ from: room.jid });
  // A page may go before Converse has written down which rooms it has.
  await chat.page.addInitScript(() => {
    indexedDB.deleteDatabase("converse-persistent");
  });
  await chat.page.goBack();
  await server.answerTo(id);
  await chat.heard("mucPushChecked", room);
  await chat.entered(room);
  expect(await chat.state(room)).toBe("joined");
  expect(chat.allHeard("mucPushDisabled", room)).toEqual([]);
  expect(room.order(0, "join", "disable")).toEqual(["join"]);
  expect(chat.complaints).toEqual([]);
});

/** Up to 10 Converse lists a room without waiting for other plugins. */
const isListedAtOnce = majorOf(chosenRelease()) < 11;

test.skipIf(isListedAtOnce)(
  "a room that lets the user in, and pushes, while another plugin keeps Converse from listing it is heard",
  async () => {
    const { chat, server } = await openRegistered(harness());
    await keepFromListing(chat);
    const library = server.room("library");
    await chat.open(library);
    await chat.heard("mucPushEnabled", library);
    server.push({ from: library.jid });
    await chat.heard("mucPushChecked", library);
    expect(await chat.status(library)).toBeUndefined();

    await listRooms(chat);
    await chat.entered(library);
    expect(await chat.state(library)).toBe("joined");
    expect(library.order(0, "join", "ping", "disable")).toEqual([
      "join",
      "ping",
    ]);
    expect(chat.complaints).toEqual([]);
  },
);

test("a room that refuses the user for good while another plugin keeps Converse from listing it is given up", async () => {
  const { chat, server } = await openRegistered(harness());
  await keepFromListing(chat);
  const library = server.room("library");
  library.onJoin(() => ({
    kind: "error",
    error: { condition: "forbidden", type: "auth" },
  }));
  await chat.open(library);
  await chat.heard("mucPushGivenUp", library);
  await listRooms(chat);
  await chat.fence();
  expect(library.count("join")).toBe(1);
  expect(await chat.state(library)).toBe("left");
});
