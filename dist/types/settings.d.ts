import type { Limits } from "./types.js";
/** A setting that is a number. */
export interface NumberSetting {
    readonly default: number;
    readonly min: number;
    readonly max: number;
    readonly unit: "ms" | "joins" | "tries";
    /** Whether 0, below the least value, turns it off. */
    readonly isOffAtZero?: true;
}
/** Every number a site owner can set. The README's table mirrors this one. */
export declare const NUMBER_SETTINGS: {
    /** After a check that found the room joined, the next one waits this long, so that a burst of pushes costs two pings. */
    readonly muc_push_check_interval_ms: {
        readonly default: 5000;
        readonly min: 100;
        readonly max: number;
        readonly unit: "ms";
    };
    /** How long a room may take to answer a ping, an enable or a disable. A slow link between two servers takes seconds to come up. */
    readonly muc_push_answer_timeout_ms: {
        readonly default: 15000;
        readonly min: 100;
        readonly max: number;
        readonly unit: "ms";
    };
    /** How long a join may take before it counts as failed. Converse itself gives the room 30 s for its disco#info first. */
    readonly muc_push_join_timeout_ms: {
        readonly default: 60000;
        readonly min: 100;
        readonly max: number;
        readonly unit: "ms";
    };
    /** The shortest wait before an unreachable room is pinged again. A small server restarts in about that time. */
    readonly muc_push_backoff_min_ms: {
        readonly default: 2000;
        readonly min: 10;
        readonly max: number;
        readonly unit: "ms";
    };
    /** The longest wait before an unreachable room is pinged again; waits double up to here, with jitter. */
    readonly muc_push_backoff_max_ms: {
        readonly default: 300000;
        readonly min: 10;
        readonly max: number;
        readonly unit: "ms";
    };
    /** After this long without a word from a room, coming back to the tab, or online, is a reason to ask whether it still has us. */
    readonly muc_push_quiet_ms: {
        readonly default: 30000;
        readonly min: 0;
        readonly max: number;
        readonly unit: "ms";
    };
    /** After this long without a word from a room that neither pushes nor says when it is ready, it is asked. 0 turns it off. */
    readonly muc_push_silence_ms: {
        readonly default: 900000;
        readonly min: 1000;
        readonly max: number;
        readonly unit: "ms";
        readonly isOffAtZero: true;
    };
    /** How many rooms are rejoined at a time, the visible one first. A join of a large room is costly for its server and for the page. */
    readonly muc_push_concurrent_joins: {
        readonly default: 3;
        readonly min: 1;
        readonly max: 100;
        readonly unit: "joins";
    };
    /** How often a room is joined that is not there before it is given up: a room that comes up again may be locked while somebody sets it up. */
    readonly muc_push_missing_tries: {
        readonly default: 5;
        readonly min: 1;
        readonly max: 100;
        readonly unit: "tries";
    };
    /** How long a message waits for its room before it is shown as not delivered. An hour later the talk has moved on, and its author should decide anew. */
    readonly muc_push_message_wait_ms: {
        readonly default: 3600000;
        readonly min: 1000;
        readonly max: number;
        readonly unit: "ms";
    };
};
/** Every switch a site owner can set. */
export declare const SWITCH_SETTINGS: {
    /** Whether the plugin does anything. Off: Converse behaves as if the plugin was not there. */
    readonly muc_push: {
        readonly default: true;
    };
};
/** The settings, valid. */
export interface Settings {
    readonly isOn: boolean;
    readonly limits: Limits;
    /** How long a message waits for its room, in milliseconds. */
    readonly messageWaitMs: number;
}
/** The defaults, as Converse's `api.settings.extend` takes them. */
export declare function defaultSettings(): Record<string, number | boolean>;
/**
 * Reads and checks every setting, once.
 *
 * @param get looks a setting up by its name
 * @param complain told about each value that can't be used, in a sentence for the site's owner; the
 *   default is used instead
 */
export declare function readSettings(get: (name: string) => unknown, complain: (sentence: string) => void): Settings;
