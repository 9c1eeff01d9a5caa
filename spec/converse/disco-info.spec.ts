/** Converse asks a new room about itself when it is in: the plugin's own question must not come before. */
import { expect, it } from "vitest";
import type { Compat } from "../../src/converse/converse.js";
import { Rooms } from "../../src/converse/act/rooms.js";
import { FakeClock, settled } from "../fake-clock.js";

const ROOM = "garden@rooms.test";
const MUC = { get: (name: string) => ({ jid: ROOM, type: "chatroom" })[name] };

it.each([
  ["is there", 3, false, 0],
  ["of a room that Converse lists is asked for at once", 0, true, 0],
  ["of a room that Converse does not list yet is given a second", 0, false, 1],
])("the disco#info %s", async (_what, features, isListed, seconds) => {
  const clock = new FakeClock();
  const compat = {
    discoEntity: () => ({ features: { length: features } }),
    chatBoxes: () => ({ get: () => (isListed ? MUC : undefined) }),
  } as unknown as Compat;
  const rooms = new Rooms(compat, {} as never, clock);
  let isOver = false;
  void rooms.whenDiscoInfo(ROOM).then(() => (isOver = true));
  await settled();
  expect(isOver).toBe(seconds === 0);
  await clock.passes(seconds * 1_000);
  expect(isOver).toBe(true);
});
