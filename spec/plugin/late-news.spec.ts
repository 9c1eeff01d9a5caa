/** Tabs on one connection tell each other of their joins; the room's answer may be there before the news. */
import { expect, test } from "vitest";
import type { BrowserChat } from "./browser-harness";
import { lendBrowser } from "./lent-browser";
import { openRegistered } from "./registered";
import type { Room } from "./scripted-server";

const harness = lendBrowser();

/** What a page hears from other tabs can be held back. */
const NEWS = `<script>
const held = [];
let isHolding = false;
window.holdNews = () => { isHolding = true; };
window.releaseNews = () => { for (const hear of held.splice(0)) hear(); };
const { addEventListener } = BroadcastChannel.prototype;
BroadcastChannel.prototype.addEventListener = function (type, listener) {
  addEventListener.call(this, type, (event) => {
    if (isHolding) held.push(() => listener(event));
    else listener(event);
  });
};
</script>`;

const open = (hasArchive: boolean) =>
  openRegistered(harness(), {
    hasArchive,
    head: NEWS,
    settings: {
      connection_options: { worker: "/converse/shared-connection-worker.js" },
    },
  });

/** Another tab on the same connection, in the same room. */
async function openSecond(chat: BrowserChat): Promise<BrowserChat> {
  const tab = await harness().openTab(chat);
  await tab.entered(chat.room());
  await tab.fence();
  return tab;
}

const holdNews = ({ page }: BrowserChat) =>
  page.evaluate(() => (window as unknown as { holdNews(): void }).holdNews());
const releaseNews = ({ page }: BrowserChat) =>
  page.evaluate(() =>
    (window as unknown as { releaseNews(): void }).releaseNews(),
  );

/** What was said since the marker, once the last of it is there. */
async function saidSince(
  tab: BrowserChat,
  room: Room,
  marker: string,
  last: string,
) {
  await tab.hasMessage(room, last);
  const bodies = await tab.messages(room);
  return bodies.slice(bodies.indexOf(marker) + 1);
}

/** When a message was said, as the page has it, in milliseconds since 1970. */
async function timeOf({ page }: BrowserChat, room: Room, body: string) {
  const time = await page.evaluate(
    ([jid, body]) =>
      window.rig
        .chat(jid)
        ?.messages.models.find((message) => message.get("body") === body)
        ?.get("time"),
    [room.jid, body] as const,
  );
  return Date.parse(String(time));
}

test.each([
  ["with an archive", true],
  ["without an archive", false],
])(
  "%s, a tab that hears of a return when it is over has what was missed, and what follows",
  async (_how, hasArchive) => {
    const { chat, room } = await open(hasArchive);
    const tab = await openSecond(chat);
    room.say("juliet", "Before");
    await tab.hasMessage(room, "Before");
    await holdNews(tab);
    room.forgetSeats();
    if (hasArchive) room.say("juliet", "Missed");
    else room.history = [room.recall("juliet", "Missed", new Date(), "missed")];
    chat.server.push({ from: room.jid });
    await chat.heard("mucPushBack", room);
    const missedBefore = Date.now();
    room.say("juliet", "Meanwhile");
    await tab.hasMessage(room, "Meanwhile");

    await releaseNews(tab);
    await tab.fence();
    room.say("juliet", "Afterwards");
    const said = await saidSince(tab, room, "Before", "Afterwards");
    expect(said).toEqual(["Missed", "Meanwhile", "Afterwards"]);
    expect(await timeOf(tab, room, "Missed")).toBeLessThanOrEqual(missedBefore);
    expect(await tab.state(room)).toBe("joined");
  },
);

test("the tab that acts hears of another one's join when it is over, and stays where it is", async () => {
  const { chat, room } = await open(true);
  await holdNews(chat);
  await openSecond(chat);
  await releaseNews(chat);
  await chat.fence();
  expect(await chat.state(room)).toBe("joined");
  room.say("juliet", "Afterwards");
  await chat.hasMessage(room, "Afterwards");
});
