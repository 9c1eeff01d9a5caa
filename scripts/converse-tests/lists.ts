/** Which of Converse's tests are run with every build, and which are known to end otherwise. */
import type { Intended, Lists, Listed } from "./compare";

/** What the plugin touches: rooms, pings, streams, push, and what is shown and kept of rooms. */
export const SELECTION: readonly string[] = [
  "headless/plugins/muc",
  "headless/plugins/ping",
  "headless/plugins/smacks",
  "headless/plugins/mam",
  "plugins/push",
  "plugins/muc-views",
  "plugins/mam-views",
  "plugins/roomslist",
];

/** Tests that assert what the plugin changes on purpose. docs/converse-tests.md mirrors this table. */
export const INTENDED: readonly Intended[] = [];

/** Tests that now and then fail without the plugin too; each was seen to. docs/converse-tests.md mirrors this table. */
export const UNSTEADY: readonly Listed[] = [];

export const LISTS: Lists = { intended: INTENDED, unsteady: UNSTEADY };
