import { expect, it } from "vitest";
import type { Compat } from "../../src/converse/converse.js";
import { Messages } from "../../src/converse/act/messages.js";
import type { Rooms } from "../../src/converse/act/rooms.js";
import type { Pending } from "../../src/core/outbox/pending.js";

const room = "garden@rooms.test";
const CORRECTION = `<message><replace xmlns="urn:xmpp:message-correct:0"/></message>`;

const entry = (id: string, more: Partial<Pending> = {}) =>
  ({ room, id, target: id, body: id, xml: "<message/>", ...more }) as Pending;

/** What is read of these entries, in a room that shows these messages. */
function words(
  shown: readonly Record<string, unknown>[],
  ...entries: Pending[]
): string[] {
  const models = shown.map((attributes) => ({
    get: (name: string) => attributes[name],
  }));
  const muc = { get: () => room, messages: { models } };
  const rooms = { modelOf: () => muc } as unknown as Rooms;
  return new Messages({} as Compat, rooms).wordsOf(entries);
}

it("shows what was typed, in its order, whether the room's messages are there or not", () => {
  const shown = [{ msgid: "two", body: "as typed" }];
  expect(words(shown, entry("one"), entry("two"))).toEqual(["one", "as typed"]);
});

it("shows an encrypted message as it was typed, not what others read in its place", () => {
  const shown = [{ msgid: "secret", plaintext: "psst", body: "encrypted" }];
  expect(words(shown, entry("secret"))).toEqual(["psst"]);
});

it("shows a corrected message once, as it was corrected", () => {
  const fix = entry("fix", { target: "one", body: "better", xml: CORRECTION });
  expect(words([], entry("one"), fix)).toEqual(["better"]);
  expect(words([], fix)).toEqual(["better"]);
});

it("shows neither a reaction nor a retraction, nor what was retracted", () => {
  const shown = [
    { msgid: "theirs", body: "somebody else's" },
    { msgid: "one", body: "taken back", retracted: "now" },
  ];
  const reaction = entry("thumb", { target: "theirs", body: "👍" });
  const retraction = entry("away", { target: "one", body: "/me retracted" });
  expect(words(shown, entry("one"), reaction, retraction)).toEqual([]);
});
