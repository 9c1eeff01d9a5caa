/** Live messages must not wait for ever, whatever Converse makes of an archive. */
import { expect, it } from "vitest";
import { catchUpActs } from "../../src/converse/act/catching-up.js";
import type { Reading } from "../../src/converse/act/reading.js";
import { firstPage } from "../../src/core/catch-up/pages.js";

const fails = () => Promise.reject(new Error("Converse's own"));
const reading = { ask: fails, find: fails, release: fails };
const acts = catchUpActs(reading as unknown as Reading, {
  setHistory: () => {},
});
const ROOM = "garden@rooms.test";
const isStale = () => false;

it("a question that fails is an archive that does not answer", async () => {
  const effect = { type: "ask", from: { start: 0 }, epoch: 1 } as const;
  expect(await acts.ask(ROOM, effect, isStale)).toMatchObject({
    type: "page-came",
    epoch: 1,
    page: { kind: "error", messages: [] },
  });
});

it("a search for the known end that fails has the archive read from its beginning", async () => {
  const effect = { type: "find", epoch: 1, pending: null } as const;
  const event = await acts.find(ROOM, effect, isStale);
  if (event?.type !== "anchor-found") throw new Error("no end");
  expect(firstPage(event.known)).toEqual({ start: 0 });
});

it("a release that fails ends, with no message counted", async () => {
  const effect = { type: "release", gapAt: null, epoch: 1 } as const;
  const event = await acts.release(ROOM, effect, isStale);
  expect(event).toEqual({ type: "released", epoch: 1, missed: 0 });
});
