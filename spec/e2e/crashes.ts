/** A conversation in a room whose server is killed over and over, at moments that a seed decides. */
import { setTimeout as delay } from "node:timers/promises";
import type { Conversation } from "./conversation";
import type { Stage } from "./stage";

/** The longest talk between a return and the next crash, in milliseconds. */
const LONGEST_TALK_MS = 1_500;
/** How soon after the server's start a crash comes that meets people on their way back, in milliseconds. */
const LONGEST_RETURN_MS = 300;
/** After this long alice is taken to be lost, in milliseconds; on a busy machine a return may take a while. */
const LONGEST_ABSENCE_MS = 120_000;
/** How many of the crashes do so. */
const SHARE_OF_EARLY_CRASHES = 0.2;

export interface CrashReport {
  /** Counted from 1. */
  readonly number: number;
  /** When it was, in milliseconds since the conversation began. */
  readonly at: number;
  /** Milliseconds from the server's start until alice was back; null when the next crash came before. */
  readonly backAfterMs: number | null;
  /** How many messages of others alice had missed, as her page says. */
  readonly missed: number;
  /** How many messages all three had to send again. */
  readonly resent: number;
  /** What alice lacks; empty when nothing. */
  readonly different: readonly string[];
}

/** Numbers from 0 to 1 (mulberry32), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface CrashesOptions {
  readonly crashes: number;
  readonly random: () => number;
  /** Told about each crash when it is over. Returns whether to go on. */
  onCrash?(report: CrashReport): boolean;
}

/** Crashes the room server so many times. @returns a report of each */
export async function crashRepeatedly(
  { servers, room }: Stage,
  talk: Conversation,
  { crashes, random, onCrash = () => true }: CrashesOptions,
): Promise<CrashReport[]> {
  const beganAt = Date.now();
  const reports: CrashReport[] = [];
  let resentBefore = 0;
  let isEarly = false;

  async function resent(): Promise<number> {
    const { bob, carol } = talk;
    const all = bob.resent + carol.resent + (await talk.aliceResent());
    const fresh = all - resentBefore;
    resentBefore = all;
    return fresh;
  }

  for (let number = 1; number <= crashes; number++) {
    await delay(random() * (isEarly ? LONGEST_RETURN_MS : LONGEST_TALK_MS));
    const killedAt = Date.now();
    talk.note(`crash ${number}`);
    await servers.rooms.kill();
    await servers.rooms.start();
    talk.note(`the server is up after crash ${number}`);
    const upAt = Date.now();
    isEarly = number < crashes && random() < SHARE_OF_EARLY_CRASHES;
    const report = { number, at: killedAt - beganAt };
    if (isEarly) {
      const rest = { backAfterMs: null, missed: 0, different: [] };
      reports.push({ ...report, ...rest, resent: await resent() });
    } else {
      const back = await talk.alice
        .waitForEvent("mucPushBack", {
          room,
          since: upAt,
          timeoutMs: LONGEST_ABSENCE_MS,
        })
        .catch(() => null);
      const different = back
        ? await talk.check()
        : ["alice did not come back in time"];
      const missed = Number(back?.payload?.["missed"] ?? 0);
      const backAfterMs = back && back.at - upAt;
      const rest = { backAfterMs, missed, different };
      reports.push({ ...report, ...rest, resent: await resent() });
    }
    if (!onCrash(reports.at(-1) as CrashReport)) break;
  }
  return reports;
}
