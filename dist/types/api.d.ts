import type { Keeper } from "./keeper.js";
import type { Notice, RoomJid, RoomState } from "./types.js";
/** The state of a room, for other plugins and for what people see. */
export interface RoomReport {
    readonly state: RoomState["tag"];
    /** Why the room is waited for or was left; absent in the other states. */
    readonly reason?: string;
    /** When the next attempt is due, in milliseconds since 1970; absent when none is planned. */
    readonly nextAttemptAt?: number;
    /** Since when the user is known to be out, in milliseconds since 1970; absent while in. */
    readonly outSince?: number;
}
/** What `_converse.api.mucPush` offers. */
export interface MucPushApi {
    /**
     * The state of a room.
     *
     * @param room the room's bare JID
     */
    state(room: RoomJid): RoomReport;
    /**
     * Finds out now whether the user is still in a room (XEP-0410), and rejoins if not. Within the check
     * interval after the last check it is put off to the end of that interval.
     *
     * @param room the room's bare JID
     */
    check(room: RoomJid): void;
}
/** The events that this plugin triggers, with their payloads; listen with `api.listen.on`. */
export interface MucPushEvents {
    /** The room confirmed the registration for push. */
    mucPushEnabled: {
        readonly room: RoomJid;
    };
    /** The room was asked to forget the registration. */
    mucPushDisabled: {
        readonly room: RoomJid;
    };
    /** A push came and was answered: `accepted` with `result`, otherwise with `item-not-found`. */
    mucPushReceived: {
        readonly room: string;
        readonly accepted: boolean;
    };
    /** A self-ping was answered, or was not. */
    mucPushChecked: {
        readonly room: RoomJid;
        readonly verdict: string;
    };
    /** The user turned out not to be in the room any more, and is being brought back. */
    mucPushOut: {
        readonly room: RoomJid;
        readonly reason: string;
    };
    /** The user is back in the room. */
    mucPushBack: {
        readonly room: RoomJid;
        readonly outForMs: number;
    };
    /** The user is out and stays out. */
    mucPushGivenUp: {
        readonly room: RoomJid;
        readonly reason: string;
    };
}
/** An event of this plugin: its name and its payload. */
export type MucPushEvent = {
    [Name in keyof MucPushEvents]: readonly [
        name: Name,
        payload: MucPushEvents[Name]
    ];
}[keyof MucPushEvents];
/** The event that tells other plugins of a notice. */
export declare function eventOf(room: RoomJid, notice: Notice): MucPushEvent;
/** What other plugins may call. */
export declare function createApi(keeper: Keeper): MucPushApi;
