/** A tab that does not act asks nothing: another one does for all that share the connection. */
import { expect, it } from "vitest";
import {
  step,
  UNKNOWN,
  wakesAt,
  type Membership,
  type World,
} from "../../src/core/membership.js";
import type { RoomEvent } from "../../src/core/room-events.js";
import { LIMITS } from "./seat/life.js";

const world = (isActing: boolean, now = 0): World => ({
  room: "garden@rooms.test",
  now,
  date: now,
  steadyDate: now,
  random: 0,
  heardAt: 0,
  limits: LIMITS,
  messageWaitMs: 3_600_000,
  hasArchive: false,
  isActing,
});

const joined = [
  { type: "join-began" },
  { type: "self-presence", nick: "alice" },
].reduce<Membership>(
  (is, event) => step(is, event as RoomEvent, world(false)).membership,
  UNKNOWN,
);

const asks = (event: RoomEvent, isActing: boolean, now = 0): boolean =>
  step(joined, event, world(isActing, now)).effects.some(
    ({ type }) => type === "ping",
  );

const bounced: RoomEvent = {
  type: "bounced",
  ids: ["a"],
  error: { condition: "not-acceptable", type: "cancel", by: null },
  isPrivate: false,
};

it.each([true, false])("a message that bounced (acting: %s)", (isActing) => {
  expect(asks(bounced, isActing)).toBe(isActing);
});

it.each([true, false])("a room that is silent (acting: %s)", (isActing) => {
  const { silenceMs } = LIMITS;
  expect(asks({ type: "wake" }, isActing, silenceMs)).toBe(isActing);
  const at = wakesAt(joined, world(isActing));
  expect(at).toBe(isActing ? silenceMs : null);
});
