/** An invitation that Converse shows is one that the plugin has not taken for the word of a room. */
import { expect, test } from "vitest";
import type { BrowserChat } from "./browser-harness";
import { directInvite } from "./invitations";
import { lendBrowser } from "./lent-browser";
import type { Room } from "./scripted-server";

const harness = lendBrowser();

const hostOf = (room: Room) => room.jid.slice(room.jid.indexOf("@") + 1);

type Sender = (room: Room) => string;

/** A registered user in the garden. */
async function open() {
  const chat = await harness().open({ rooms: ["garden@host-0.test"] });
  const garden = chat.room("garden@host-0.test");
  await chat.heard("mucPushEnabled", garden);
  return { chat, server: chat.server, garden };
}

/** Somebody says that a room is ready. */
function sayReady({ server }: BrowserChat, room: Room, sender: Sender): void {
  const to = server.client.fullJid;
  server.send(directInvite(sender(room), to, room, { isReady: true }));
}

const invitation = (chat: BrowserChat) =>
  chat.page.getByText("has invited you to join");

/** The room, and who says that it is ready. */
const strangeInvites: [which: string, from: string, sender: Sender][] = [
  ["was closed", "the room", (room) => room.jid],
  ["was closed", "a stranger", () => "eve@else.test/x"],
  ["was never joined", "the room", (room) => room.jid],
  ["was never joined", "its service", hostOf],
];

test.each(strangeInvites)(
  "a ready invite to a room that %s, from %s, is an invitation like any other",
  async (which, _from, sender) => {
    const { chat, server, garden } = await open();
    await chat.closeRoom(garden);
    await garden.nth("leave", 1);
    const room =
      which === "was closed" ? garden : server.room("cellar@host-0.test");
    const from = room.mark();
    sayReady(chat, room, sender);
    await invitation(chat).waitFor();
    expect(await invitation(chat).innerText()).toContain(room.jid);
    await chat.fence();
    expect(room.order(from, "ping", "join", "enable")).toEqual([]);
    const state = which === "was closed" ? "left" : undefined;
    expect(await chat.state(room)).toBe(state);
  },
);

test.each<[string, Sender]>([
  ["the room", (room) => room.jid],
  ["its service", hostOf],
  ["a stranger", () => "eve@else.test/x"],
])(
  "a ready invite to a room that the user is in, from %s, is shown to nobody",
  async (_from, sender) => {
    const { chat, garden } = await open();
    sayReady(chat, garden, sender);
    await chat.heard("mucPushChecked", garden);
    await chat.fence();
    expect(await invitation(chat).count()).toBe(0);
  },
);
