import type { CatchUpEffect } from "../../core/catch-up/catch-up-events.js";
import type { Acts } from "../../ports.js";
import type { Reading } from "./reading.js";

type CatchUpActs = Pick<Acts, Extract<keyof Acts, CatchUpEffect["type"]>>;

/** A walk waits for the end of each act: an error of Converse's is an end, too. */
const orElse = <T>(act: Promise<T>, otherwise: T): Promise<T> =>
  act.catch(() => otherwise);

/** The archive is read from its beginning. */
const NOWHERE = { id: null, at: 600_000 };
const NO_PAGE = {
  page: { kind: "error", messages: [] },
  lastTime: -Infinity,
} as const;

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
    const came = await orElse(reading.ask(room, from), NO_PAGE);
    return { type: "page-came", epoch, ...came };
  },
  find: async (room, { epoch, pending }) => {
    const known = await orElse(reading.find(room, pending), NOWHERE);
    return { type: "anchor-found", epoch, known };
  },
  read: async (room, { page, epoch }) => {
    const isRead = await reading.read(room, page);
    return { type: "page-read", epoch, isRead };
  },
  release: async (room, { gapAt, epoch }) => {
    const missed = await orElse(reading.release(room, gapAt), 0);
    return { type: "released", epoch, missed };
  },
  count: (room) => reading.count(room),
  notify: (room) => reading.notify(room),
  drop: (room, { isShown }) => reading.drop(room, isShown),
  store: (room, { anchor }) => reading.store(room, anchor),
  "mute-archive": (room, { isMuted }) => reading.muteArchive(room, isMuted),
  "refresh-members": (room) => reading.refreshMembers(room),
});
