import { timeAfter } from "../../core/catch-up/pages.js";
import type { Entry } from "./catch-up-states.js";
import type { MessageAttributes, MucModel } from "../converse-types.js";
import type { Rooms } from "./rooms.js";

/** Clocks may differ by this much, in milliseconds. */
const LARGEST_SKEW_MS = 86_400_000;

/**
 * What is later than this can't be put down to a clock that differs.
 *
 * @param now milliseconds since 1970
 */
export const latestTime = (now: number): number => now + LARGEST_SKEW_MS;

/**
 * Puts a message behind the one that the room sent before it.
 *
 * @param now milliseconds since 1970
 */
export function place(
  rooms: Rooms,
  muc: MucModel,
  entry: Entry,
  attributes: MessageAttributes,
  now: number,
): void {
  const known = rooms.findKnown(muc, attributes);
  const knownTime = Date.parse(String(known?.get("time")));
  const own = rooms.findOwn(muc, attributes);
  // What is known keeps its place, however often it is read.
  if (!Number.isNaN(knownTime) && (!own || own.get("received"))) {
    if (knownTime <= latestTime(now)) {
      entry.lastTime = Math.max(entry.lastTime, knownTime);
    }
    attributes.time = new Date(knownTime).toISOString();
    return;
  }
  // What the user typed has its place already, unless somebody was heard before them.
  const time = Date.parse(String(own?.get("time") ?? attributes.time));
  const placed = timeAfter(time, entry.lastTime);
  // A date that somebody has made up: it must not decide where the others are.
  if (Number.isNaN(placed) || placed > latestTime(now)) return;
  entry.lastTime = placed;
  attributes.time = new Date(placed).toISOString();
  if (own && placed !== time) rooms.move(muc, own, attributes.time);
}
