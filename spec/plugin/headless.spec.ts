/** Converse without any view: the headless builds of all releases. */
import { describe, expect, test } from "vitest";
import { RELEASES, type Release } from "../../rig/releases";
import { HEADLESS } from "./headless";
import { lendBrowser } from "./lent-browser";
import { QUICK } from "./registered";
import { expectToWork } from "./working";

/** Helpers that came with the views are missing in these builds: they throw, with the plugin or without. */
const CANNOT_SEND: readonly Release[] = ["7.0.6", "10.1.2"];
const CANNOT_READ: readonly Release[] = ["10.1.2"];

describe.each(RELEASES)("the headless build of Converse.js %s", (release) => {
  const harness = lendBrowser({ release });
  const canSend = !CANNOT_SEND.includes(release);
  const canRead = !CANNOT_READ.includes(release);

  test.each(Object.entries(HEADLESS[release]))(
    "works with %s, and comes back",
    async (_how, head) => {
      const chat = await expectToWork(harness(), {
        hasConverseTag: false,
        plugin: "off",
        head,
        settings: {
          ...QUICK,
          assets_path: "/headless/",
          whitelisted_plugins: ["rig", "converse-muc-push"],
        },
        prepare: (server) => {
          server.room("garden").hasArchive = true;
        },
      });
      expect(
        await chat.page.locator("converse-root, converse-chats").count(),
      ).toBe(0);
      const room = chat.room();
      room.forgetSeats();
      room.say("juliet", "Wherefore art thou?");
      if (canSend) await chat.say(room, "I am here");
      await chat.check(room);
      await chat.heard("mucPushBack", room);
      if (canRead) await chat.hasMessage(room, "Wherefore art thou?");
      if (canSend) await room.nth("message", 2);
      await chat.fence();
      expect(room.order(0, "join", "enable")).toEqual([
        ...["join", "enable"],
        ...["join", "enable"],
      ]);
    },
  );
});
