import type { CatchUpEffect } from "../../core/catch-up/catch-up-events.js";
import type { Acts } from "../../ports.js";
import type { Reading } from "./reading.js";

type CatchUpActs = Pick<Acts, Extract<keyof Acts, CatchUpEffect["type"]>>;

/**
 * Carries out the effects of a catch-up.
 *
 * @param sends has the join that is about to go out, which may ask for a history
 */
export const catchUpActs = (
  reading: Reading,
  sends: {
    setHistory(attributes: Readonly<Record<string, string>>): void;
  },
): CatchUpActs => ({
  history: (_room, { attributes }) => sends.setHistory(attributes),
  // A question goes out right behind the join: the room answers in order, and nothing falls between the two.
  ask: async (room, { from, epoch }, isStale) => {
    await Promise.resolve();
    if (isStale()) return undefined;
    return { type: "page-came", epoch, ...(await reading.ask(room, from)) };
  },
  find: async (room, { epoch, pending }) => {
    const known = await reading.find(room, pending);
    return { type: "anchor-found", epoch, known };
  },
  read: async (room, { page, epoch }) => {
    const isRead = await reading.read(room, page);
    return { type: "page-read", epoch, isRead };
  },
  release: async (room, { gapAt, epoch }) => {
    const missed = await reading.release(room, gapAt);
    return { type: "released", epoch, missed };
  },
  count: (room) => reading.count(room),
  notify: (room) => reading.notify(room),
  drop: (room, { isShown }) => reading.drop(room, isShown),
  store: (room, { anchor }) => reading.store(room, anchor),
  "mute-archive": (room, { isMuted }) => reading.muteArchive(room, isMuted),
  "refresh-members": (room) => reading.refreshMembers(room),
});
