import { expect, it } from "vitest";
import { judgeInvite } from "../../src/core/invite.js";

const room = "room@muc.example";

it.each([
  ["the room says it is ready", room, true, "room-is-ready"],
  ["its service says it is ready", "muc.example", true, "room-is-ready"],
  ["in capitals", "Room@MUC.example", true, "room-is-ready"],
  ["an occupant claims it", `${room}/mallory`, true, "is-it-still-there"],
  ["a stranger claims it", "mallory@evil.example", true, "is-it-still-there"],
  ["another service claims it", "evil.example", true, "is-it-still-there"],
  ["another room claims it", "x@muc.example", true, "is-it-still-there"],
  ["nobody claims it", "", true, "is-it-still-there"],
  ["the room passes an invitation on", room, false, "is-it-still-there"],
  ["a friend invites", "bob@example.org/pc", false, "is-it-still-there"],
] as const)("%s", (_, from, isReady, meaning) => {
  expect(judgeInvite({ from, room, isReady })).toBe(meaning);
});
