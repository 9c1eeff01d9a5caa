import type { ModelFacts } from "../src/core/catch-up/catch-up-events.js";
import type { Acts } from "../src/ports.js";

const nothing = () => {};

/** Acts that do nothing, for specs that look at others. */
export const idleActs: Acts = {
  ping: () => new Promise(() => {}),
  join: () => Promise.resolve(true),
  enable: () => Promise.resolve("unsupported"),
  enabled: nothing,
  disable: nothing,
  history: nothing,
  ask: nothing,
  find: nothing,
  read: nothing,
  release: nothing,
  count: nothing,
  notify: nothing,
  drop: nothing,
  store: nothing,
  "mute-archive": nothing,
  "refresh-members": nothing,
  "forget-roll-call": nothing,
  send: () => "sent",
  failed: nothing,
  revived: nothing,
  ended: nothing,
  announce: nothing,
};

/** Converse's model of a room that has nothing yet. */
export const noFacts: ModelFacts = {
  hasArchive: false,
  isShownIn: false,
  isShownAnew: false,
  last: null,
  lastTime: -Infinity,
  stored: null,
};
