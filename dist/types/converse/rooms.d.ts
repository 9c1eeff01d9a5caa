import type { Anchor } from "../core/history.js";
import type { ClockPort, Destruction, RoomJid, RoomsPort, Undo } from "../types.js";
import { type Compat } from "./compat/compat.js";
import type { MessageAttributes, Model, MucModel } from "./models.js";
import type { Wire } from "./wire.js";
/** Converse's MUC models, by bare JID. */
export declare class Rooms implements RoomsPort {
    private readonly compat;
    private readonly wire;
    private readonly clock;
    /** What rooms are being asked about themselves. */
    private readonly refreshing;
    /** When rooms last said something about themselves, in milliseconds since 1970. */
    private readonly refreshedAt;
    /** Rooms that are being joined by this plugin, through Converse's `rejoin`. */
    private readonly rejoining;
    /** Rooms that are not what Converse shows them as. */
    private readonly concealed;
    constructor(compat: Compat, wire: Wire, clock: ClockPort);
    /** Converse's model of a room; undefined when it has none. */
    modelOf(room: RoomJid): MucModel | undefined;
    /** The name under which the plugin keeps a room. */
    jidOf(muc: MucModel): RoomJid;
    /** The nick that Converse thinks it has; null when it has none yet. */
    nickOf(muc: MucModel): string | null;
    /** Whether Converse shows a room as one that the user is in. */
    isShownIn(room: RoomJid): boolean;
    isBelievedIn(room: RoomJid): boolean;
    /** Converse does not hear that a room's service took the user's seat: it would show the room as left. */
    conceal(room: RoomJid): void;
    /** The user has a seat again. */
    reveal(room: RoomJid): void;
    isVisible(room: RoomJid): boolean;
    /** Resolves when Converse has read every message of a room that it has queued so far. */
    whenRead(muc: MucModel): Promise<void>;
    /** Has Converse believe that it joins a room, without showing it. */
    showJoining(room: RoomJid): void;
    /** Has Converse show that a room is no more: by itself it goes on showing it as joined. */
    showDestroyed(room: RoomJid, { alternative, reason }: Destruction): void;
    /** Whether the room's disco#info is there: only then does a missing feature mean anything. */
    hasDiscoInfo(room: RoomJid): boolean;
    hasFeature(room: RoomJid, feature: string): boolean;
    /** Whether the room keeps an archive, as Converse last heard. */
    hasArchive(room: RoomJid): boolean;
    /** The last message that came from a room's archive, or went there; null when there is none. */
    lastArchived(muc: MucModel): Anchor | null;
    /**
     * When the last message was said, in milliseconds since 1970; minus infinity when there is none.
     *
     * @param latest what is later was dated wrongly
     */
    lastTime(muc: MucModel, latest: number): number;
    /** The message of the user's that a room reflects; undefined for any other. */
    findOwn(muc: MucModel, { sender, msgid }: MessageAttributes): Model | undefined;
    /** Gives a message another place. @param time ISO 8601, in UTC, with milliseconds */
    move(muc: MucModel, message: Model, time: string): void;
    /** Has Converse ask who belongs to a room; it does so itself whenever it enters one. */
    refreshMembers(muc: MucModel): void;
    /** Asks a room about itself and has Converse take it over, unless it has just said so. */
    refresh(room: RoomJid): Promise<void>;
    private askAgain;
    /**
     * Converse wants to ask a room about itself.
     *
     * @returns false for the question before a join of this plugin's: it goes out together with the join
     */
    shouldRefresh(muc: MucModel): boolean;
    rejoin(room: RoomJid): Promise<boolean>;
    /**
     * Follows Converse's own idea of a room's membership.
     *
     * @param onStatus called with each new `connection_status`
     */
    watchStatus(muc: MucModel, onStatus: (status: unknown) => void): Undo;
}
