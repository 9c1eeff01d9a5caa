import { expect, it } from "vitest";
import {
  judgeMessageError,
  MESSAGE_ERROR_RULES,
} from "../../../src/core/outbox/message-error.js";

const ROOM = "garden@rooms.test";
const HOST = "rooms.test";

it.each<[string, string, string | null, boolean, string]>([
  ["not-acceptable", "cancel", null, false, "passing"],
  ["not-acceptable", "modify", null, true, "passing"],
  ["remote-server-not-found", "cancel", null, false, "passing"],
  ["remote-server-timeout", "wait", null, true, "passing"],
  // The room is gone with the crash.
  ["item-not-found", "cancel", null, false, "passing"],
  ["item-not-found", "cancel", HOST, false, "passing"],
  ["gone", "cancel", ROOM, false, "passing"],
  ["item-not-found", "cancel", HOST, true, "passing"],
  ["gone", "cancel", ROOM, true, "passing"],
  // The occupant is gone, the room is not.
  ["item-not-found", "cancel", null, true, "final"],
  ["item-not-found", "cancel", ROOM, true, "final"],
  ["gone", "cancel", `${ROOM}/bob`, true, "final"],
  // The component is down; or the room, or an occupant, does not want it.
  ["service-unavailable", "wait", null, false, "passing"],
  ["service-unavailable", "wait", null, true, "passing"],
  ["service-unavailable", "cancel", null, false, "final"],
  ["service-unavailable", "cancel", null, true, "final"],
  ["forbidden", "auth", null, false, "final"],
  ["resource-constraint", "wait", null, false, "final"],
  ["undefined-condition", "", null, false, "final"],
  ["constructor", "cancel", null, false, "final"],
])(
  "a message answered %s of type %s by %s, private: %s, is judged %s",
  (condition, type, by, isPrivate, meaning) => {
    const refused = { room: ROOM, isPrivate };
    expect(judgeMessageError({ condition, type, by }, refused)).toBe(meaning);
  },
);

it("there is a row for everything else", () => {
  expect(MESSAGE_ERROR_RULES.at(-1)).toEqual({
    conditions: null,
    meaning: "final",
  });
});
