import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rejoinInFlight } from "./in-flight";
import { lendBrowser } from "./lent-browser";
import { result } from "./scripted-server";

const MINUTE_MS = 60_000;

const harness = lendBrowser();

/** The first example of the API page, as a script for the head of a page with Converse in it. */
function exampleOnPage(): string {
  const page = readFileSync(
    new URL("../../docs/api.md", import.meta.url),
    "utf8",
  );
  const [, example = ""] = /```js\n([^]*?)```/.exec(page) ?? [];
  return (
    '<script type="module" src="/converse/converse.min.js"></script>' +
    `<script type="module">${example}</script>`
  );
}

test("the example of the API page works as it stands", async () => {
  const chat = await harness().open({
    isTimeScripted: true,
    pluginFirst: true,
    head: exampleOnPage(),
    settings: {
      whitelisted_plugins: ["rig", "converse-muc-push", "my-plugin"],
    },
  });
  const room = chat.room();
  const said: string[] = [];
  chat.page.on("console", (message) => {
    if (message.text().startsWith(room.jid)) said.push(message.text());
  });
  await chat.heard("mucPushEnabled", room);
  await chat.stopTime();
  const join = await rejoinInFlight(chat, room);
  await chat.page.clock.runFor(7_000);
  join.answer(result);
  await chat.heard("mucPushBack", room);
  room.removeAll({ codes: [307] });
  await chat.heard("mucPushGivenUp", room);
  await expect.poll(() => said, { timeout: MINUTE_MS }).toHaveLength(3);
  expect(said).toEqual([
    `${room.jid}: out (self-ping), coming back`,
    `${room.jid}: back after 7 s, 0 messages missed`,
    `${room.jid}: out (kicked), and staying out`,
  ]);
});
