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
export const INTENDED: readonly Intended[] = [
  {
    file: "plugins/muc-views/tests/muc.js",
    name: "Groupchats A Groupchat informs users if they have exited the groupchat due to a technical reason",
    reason:
      "Status 333 says that the service lost the user's link, not that somebody wants them out: the plugin keeps it from Converse and rejoins, so the view stays as it is.",
    says: "tests/muc.js:2303",
  },
  {
    file: "plugins/muc-views/tests/retractions.js",
    name: "Message Retractions A Sent Groupchat Message can be retracted by its author, causing a timeout error in response",
    reason:
      "The test has Converse undo a retraction that no room has answered within `stanza_timeout`. The plugin looks after a retraction as after a message, and has it undone only when the room refuses it or it can't be delivered.",
    says: "tests/retractions.js:670",
  },
];

/** Tests that now and then fail without the plugin too; each was seen to. docs/converse-tests.md mirrors this table. */
export const UNSTEADY: readonly Listed[] = [];

export const LISTS: Lists = { intended: INTENDED, unsteady: UNSTEADY };
