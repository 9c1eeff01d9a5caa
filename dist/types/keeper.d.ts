import type { ClockPort, EnableOutcome, Limits, Notice, PingPort, PushPort, RoomEvent, RoomJid, RoomsPort, RoomState } from "./types.js";
/** What the keeper reaches the world through. */
export interface KeeperPorts {
    readonly clock: ClockPort;
    readonly rooms: RoomsPort;
    readonly pings: PingPort;
    readonly push: PushPort;
    /** Whether this tab asks rooms and joins them; another one does it for all that share a connection. */
    isActing(): boolean;
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
    private readonly gate;
    private readonly joins;
    /** Rooms that spoke before Converse had them: what a resumed stream replays comes first. */
    private readonly early;
    constructor(ports: KeeperPorts, limits: Limits, listener: KeeperListener);
    /** The state of a room; null for one that was never heard of. */
    find(room: RoomJid): RoomState | null;
    /** The state of a room; `left` for one that was never heard of. */
    stateOf(room: RoomJid): RoomState;
    /** Whether the user wants to be in a room; a room that was never heard of may be one of before a reload. */
    isWanted(room: RoomJid): boolean;
    /** Whether a room was joined, or is about to be, and is still wanted. */
    isKept(room: RoomJid): boolean;
    /** Every room that was heard of. */
    rooms(): RoomJid[];
    /** Tells a room what happened. Does not throw. A room that was never joined hears of nothing. */
    handle(room: RoomJid, event: RoomEvent): void;
    /** Tells every room what happened. */
    handleAll(event: RoomEvent): void;
    /** From now on this tab acts: nobody knows how far the last one got. */
    takeOver(): void;
    /** A stanza came from a room that was not an error: it is there, and so is its host. */
    hear(room: RoomJid): void;
    /** Resolves when no check of the room is under way. */
    whenChecked(room: RoomJid): Promise<void>;
    /** Forgets every room and stops every timer; answers that are still under way are dropped. */
    stop(): void;
    private add;
    private setTimer;
    /** Keeps the gate and the queue in step with a state that has just changed. */
    private follow;
    private hostIsBack;
    private run;
    private admit;
    private callNext;
    private send;
    private ping;
    private startJoins;
    private join;
    private enable;
    private isCurrent;
}
