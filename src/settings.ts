import type { Limits } from "./core/events.js";

/** A setting that is a number. */
export interface NumberSetting {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: "ms" | "joins" | "tries";
  /** Whether 0, below the least value, turns it off. */
  readonly isOffAtZero?: true;
}

const UNITS = { ms: "milliseconds", joins: "joins", tries: "tries" } as const;

/** The longest delay that a browser's timer takes, in milliseconds; longer ones fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A time in milliseconds: its default, and the least that it may be. */
const ms = (time: number, min: number) =>
  ({ default: time, min, max: LONGEST_TIMER_MS, unit: "ms" }) as const;

/** Every number a site owner can set. The README's table mirrors this one. */
export const NUMBER_SETTINGS = {
  /** After a check that found the room joined, the next one waits this long, so that a burst of pushes costs two pings. */
  muc_push_check_interval_ms: ms(5_000, 100),
  /** How long a room may take to answer a ping, an enable or a disable. A slow link between two servers takes seconds to come up. */
  muc_push_answer_timeout_ms: ms(15_000, 100),
  /** How long a join may take before it counts as failed. Converse itself gives the room 30 s for its disco#info first. */
  muc_push_join_timeout_ms: ms(60_000, 100),
  /** The shortest wait before an unreachable room is pinged again. A small server restarts in about that time. */
  muc_push_backoff_min_ms: ms(2_000, 10),
  /** The longest wait before an unreachable room is pinged again; waits double up to here, with jitter. */
  muc_push_backoff_max_ms: ms(300_000, 10),
  /** After this long without a word from a room, coming back to the tab, or online, is a reason to ask whether it still has us. */
  muc_push_quiet_ms: ms(30_000, 0),
  /** After this long without a word from a room that neither pushes nor says when it is ready, it is asked. 0 turns it off. */
  muc_push_silence_ms: { ...ms(900_000, 1_000), isOffAtZero: true },
  /** After this long without a word from a room that pushes, or says when it is ready, it is asked all the same: a server in between may keep back what the room sends. 0 turns it off. */
  muc_push_slow_check_ms: { ...ms(7_200_000, 1_000), isOffAtZero: true },
  /** How many rooms are rejoined at a time, the visible one first. A join of a large room is costly for its server and for the page. */
  muc_push_concurrent_joins: { default: 3, min: 1, max: 100, unit: "joins" },
  /** How often a room is joined that is not there before it is given up: a room that comes up again may be locked while somebody sets it up. */
  muc_push_missing_tries: { default: 5, min: 1, max: 100, unit: "tries" },
  /** How long a message waits for its room before it is shown as not delivered. An hour later the talk has moved on, and its author should decide anew. */
  muc_push_message_wait_ms: ms(3_600_000, 1_000),
} as const satisfies Record<string, NumberSetting>;

/** Every switch a site owner can set. */
export const SWITCH_SETTINGS = {
  /** Whether the plugin does anything. Off: Converse behaves as if the plugin was not there. */
  muc_push: {
    default: true,
  },
} as const satisfies Record<string, { default: boolean }>;

type NumberName = keyof typeof NUMBER_SETTINGS;
type SwitchName = keyof typeof SWITCH_SETTINGS;

/** The settings, valid. */
export interface Settings {
  readonly isOn: boolean;
  readonly limits: Limits;
  /** How long a message waits for its room, in milliseconds. */
  readonly messageWaitMs: number;
}

/** The defaults, as Converse's `api.settings.extend` takes them. */
export function defaultSettings(): Record<string, number | boolean> {
  const all = Object.entries({ ...SWITCH_SETTINGS, ...NUMBER_SETTINGS });
  return Object.fromEntries(
    all.map(([name, setting]) => [name, setting.default]),
  );
}

/**
 * Reads and checks every setting, once.
 *
 * @param get looks a setting up by its name
 * @param complain told about each value that can't be used, in a sentence for the site's owner; the
 *   default is used instead
 */
export function readSettings(
  get: (name: string) => unknown,
  complain: (sentence: string) => void,
): Settings {
  const number = (name: NumberName): number => {
    const setting: NumberSetting = NUMBER_SETTINGS[name];
    const { min, max, unit, isOffAtZero } = setting;
    const value = get(name);
    if (typeof value === "number") {
      if (value === 0 && isOffAtZero) return value;
      if (value >= min && value <= max) return value;
    }
    complain(
      `${name} must be a number from ${min} to ${max} (${UNITS[unit]})` +
        `${isOffAtZero ? ", or 0 for off" : ""}; using the default, ${setting.default}.`,
    );
    return setting.default;
  };
  const isSet = (name: SwitchName): boolean => {
    const value = get(name);
    if (typeof value === "boolean") return value;
    complain(
      `${name} must be true or false; using the default, ${SWITCH_SETTINGS[name].default}.`,
    );
    return SWITCH_SETTINGS[name].default;
  };

  const minMs = number("muc_push_backoff_min_ms");
  let maxMs = number("muc_push_backoff_max_ms");
  if (maxMs < minMs) {
    complain(
      `muc_push_backoff_max_ms is below muc_push_backoff_min_ms; using ${minMs} for both.`,
    );
    maxMs = minMs;
  }
  return {
    isOn: isSet("muc_push"),
    messageWaitMs: number("muc_push_message_wait_ms"),
    limits: {
      checkIntervalMs: number("muc_push_check_interval_ms"),
      answerTimeoutMs: number("muc_push_answer_timeout_ms"),
      joinTimeoutMs: number("muc_push_join_timeout_ms"),
      quietMs: number("muc_push_quiet_ms"),
      silenceMs: number("muc_push_silence_ms"),
      slowCheckMs: number("muc_push_slow_check_ms"),
      concurrentJoins: number("muc_push_concurrent_joins"),
      missingTries: number("muc_push_missing_tries"),
      backoff: { minMs, maxMs },
    },
  };
}
