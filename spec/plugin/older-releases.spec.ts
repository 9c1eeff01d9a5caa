/** What only the older releases of Converse do, in the page. */
import { describe, expect, test } from "vitest";
import { NEWEST, RELEASES } from "../../rig/releases";
import type { BrowserChat } from "./browser-harness";
import { directInvite } from "./invitations";
import { lendBrowser } from "./lent-browser";
import { expectToWork } from "./working";

const OLDER = RELEASES.filter((release) => release !== NEWEST);

/** Notes the questions that the page asks: 7.0.6 asks by the browser's own dialog. */
function questionsOf({ page }: BrowserChat): () => Promise<number> {
  let dialogs = 0;
  page.on("dialog", (dialog) => {
    dialogs++;
    void dialog.dismiss();
  });
  const inPage = page.getByText("has invited you to join");
  return async () => dialogs + (await inPage.count());
}

describe.each(OLDER)("Converse.js %s", (release) => {
  const harness = lendBrowser({ release });

  test("a room that says that it is ready is checked, and nobody is asked whether to join it", async () => {
    const chat = await harness().open();
    const { server } = chat;
    const room = chat.room();
    const questions = questionsOf(chat);
    const to = server.client.fullJid;
    server.send(directInvite(room.jid, to, room, { isReady: true }));
    await chat.heard("mucPushChecked", room);
    await chat.fence();
    expect(await questions()).toBe(0);

    // Any other invitation is shown.
    const cellar = server.room("cellar");
    server.send(directInvite("juliet@users.test/x", to, cellar));
    await expect.poll(questions).toBe(1);
  });

  // Up to 12 a plugin may be added to the page's Converse before the rest of it is there, and again after.
  test("the plugin's file is loaded before Converse and after it: it works, and does each thing once", async () => {
    await expectToWork(harness(), {
      plugin: "script",
      head: '<script defer src="/plugin/converse-muc-push.js"></script>',
    });
  });
});
