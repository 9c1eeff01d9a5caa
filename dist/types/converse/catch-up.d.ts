import type { ClockPort, RoomJid } from "../types.js";
import type { AnchorStore } from "./anchor-store.js";
import type { Archive } from "./archive.js";
import type { Compat } from "./compat/compat.js";
import type { MessageAttributes, MucModel } from "./models.js";
import type { Rooms } from "./rooms.js";
export interface CatchUpTarget {
    /** When the oldest message of ours was sent that may be in the archive; null when none is under way. */
    oldestPending(room: RoomJid): number | null;
    /**
     * The screen shows what the room said: what waits can be sent.
     *
     * @param isComplete whether it shows all that the room has
     */
    onCurrent(room: RoomJid, isComplete: boolean): void;
    /** A room does not answer: it may have lost us again. */
    onSilence(room: RoomJid): void;
}
/**
 * Brings a room's screen up to what was said in it: after every return all that was missed, once, in the
 * room's order, through Converse's own model.
 */
export declare class CatchUp {
    private readonly compat;
    private readonly rooms;
    private readonly archive;
    private readonly anchors;
    private readonly clock;
    private readonly timeoutMs;
    private readonly target;
    private readonly entries;
    constructor(compat: Compat, rooms: Rooms, archive: Archive, anchors: AnchorStore, clock: ClockPort, timeoutMs: number, target: CatchUpTarget);
    /** Whether something may be missing: what was said meanwhile, and whether the room has what we said. */
    isBehind(room: RoomJid): boolean;
    /** A join is about to be sent: the place to ask for the history that goes with it. */
    onJoin(room: RoomJid, presence: Element): void;
    /** We are in the room, as it has just said. */
    onEntered(room: RoomJid): void;
    /** The room has said its subject: the history, if any, is through. */
    onHistoryEnd(room: RoomJid): void;
    /** The room said something that only those who are in it hear. */
    onWord(room: RoomJid): void;
    /** Converse is done with a room's `enteredNewRoom`: its own question to the archive was let out. */
    onEnteredNewRoom(muc: MucModel): void;
    /** Converse has fetched what it does after a first join. */
    onFirstFetched(room: RoomJid): void;
    /** A room is found joined after a reload of the page; what was missed meanwhile, the stream has replayed. */
    onFoundJoined(room: RoomJid): void;
    /**
     * A message is about to enter Converse's model.
     *
     * @returns false when it is held back until what came before it is there
     */
    onQueued(muc: MucModel, attributes: MessageAttributes): boolean;
    /**
     * The room has us, and always had; but the way to it was broken, and what was on its way may be lost.
     *
     * @returns false where there is no archive that would know
     */
    lookUp(room: RoomJid): boolean;
    /** Whether Converse may notify of a message: in a return of one, as the site's settings say. */
    mayNotify(attributes: MessageAttributes): boolean;
    /** @param tell called once with the number of missed messages, when they are there */
    whenBack(room: RoomJid, tell: (missed: number) => void): void;
    /** The stream is down: what is under way comes to nothing, and is taken up with the next join. */
    suspend(): void;
    /**
     * The user is not in the room any more.
     *
     * @param isOwnWish whether nobody looks at it any more
     */
    drop(room: RoomJid, isOwnWish: boolean): void;
    /** The session is over. */
    clear(): void;
    /** Puts a message behind the one that the room sent before it. */
    private place;
    /** What is later than this, in milliseconds since 1970, can't be put down to a clock that differs. */
    private latest;
    private add;
    /** @returns undefined for a room that Converse shows for the first time; null when it has to read it first */
    private anchorOf;
    /** Fetches without a join. */
    private fetchSeated;
    /** Whatever an archive holds, what is live must not wait for ever. */
    private startFetch;
    /** Fetches what the archive has from the anchor on. */
    private fetch;
    /** After a reload: what Converse knows of the room from before. */
    private readAnchor;
    /** Has Converse read a page into its model. */
    private read;
    private finish;
    /** A room's history may lack its beginning, an archive that breaks off the end. */
    private tellGap;
    /** What Converse has in its model is all there is so far. */
    private begin;
    private behind;
    private current;
    private tellBack;
    /** Nothing of what is under way for a room may go on. */
    private end;
}
