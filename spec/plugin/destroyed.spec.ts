import { expect, test } from "vitest";
import { lendBrowser } from "./lent-browser";

const harness = lendBrowser();

test("a destroyed room is shown as destroyed, with the reason and where to go instead", async () => {
  const chat = await harness().open();
  const room = chat.room();
  await chat.heard("mucPushEnabled", room);
  room.removeAll({
    destroy: { alternative: "orchard@rooms.test", reason: "The frost" },
  });
  await chat.heard("mucPushGivenUp", room);
  expect(await chat.status(room)).toBe("DESTROYED");
  const shown = chat.page.locator("converse-muc-destroyed");
  await shown.getByText("The frost").waitFor();
  await shown.getByText("orchard@rooms.test").waitFor();
});

test("a destroyed room without a word more is shown as destroyed too", async () => {
  const chat = await harness().open();
  const room = chat.room();
  await chat.heard("mucPushEnabled", room);
  room.removeAll({ destroy: {} });
  await chat.page.locator("converse-muc-destroyed").waitFor();
  expect(await chat.status(room)).toBe("DESTROYED");
});
