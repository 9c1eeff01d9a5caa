import type { ClockPort, EnableOutcome, Limits, Notice, PingPort, PushPort, RoomEvent, RoomJid, RoomsPort, RoomState } from "./types.js";
/** What the keeper reaches the world through. */
export interface KeeperPorts {
    readonly clock: ClockPort;
    readonly rooms: RoomsPort;
    readonly pings: PingPort;
    readonly push: PushPort;
}
/** Who hears about rooms; called synchronously, and must not throw. */
export interface KeeperListener {
    onNotice(room: RoomJid, notice: Notice): void;
    onEnabled(room: RoomJid, outcome: EnableOutcome): void;
    onDisabled(room: RoomJid): void;
}
/** Keeps one state per room: feeds it events and carries out what follows. */
export declare class Keeper {
    private readonly ports;
    private readonly limits;
    private readonly listener;
    private readonly entries;
    /** Rooms that spoke before Converse had them: what a resumed stream replays comes first. */
    private readonly early;
    constructor(ports: KeeperPorts, limits: Limits, listener: KeeperListener);
    /** The state of a room; `left` for one that was never heard of. */
    stateOf(room: RoomJid): RoomState;
    /** Whether the user wants to be in a room; a room that was never heard of may be one of before a reload. */
    isWanted(room: RoomJid): boolean;
    /** Every room that was heard of. */
    rooms(): RoomJid[];
    /** Tells a room what happened. Does not throw. */
    handle(room: RoomJid, event: RoomEvent): void;
    /** Tells every room what happened. */
    handleAll(event: RoomEvent): void;
    /** Forgets every room and stops every timer; answers that are still under way are dropped. */
    stop(): void;
    private add;
    private setTimer;
    private run;
    private ping;
    private join;
    private isCurrent;
}
