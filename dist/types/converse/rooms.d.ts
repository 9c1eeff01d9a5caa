import type { Destruction, RoomJid, RoomsPort, Undo } from "../types.js";
import { type Compat, type MucModel } from "./compat.js";
/** Converse's MUC models, by bare JID. */
export declare class Rooms implements RoomsPort {
    private readonly compat;
    constructor(compat: Compat);
    /** Converse's model of a room; undefined when it has none. */
    modelOf(room: RoomJid): MucModel | undefined;
    /** The name under which the plugin keeps a room. */
    jidOf(muc: MucModel): RoomJid;
    /** The nick that Converse thinks it has; null when it has none yet. */
    nickOf(muc: MucModel): string | null;
    isBelievedIn(room: RoomJid): boolean;
    isVisible(room: RoomJid): boolean;
    /** Resolves when Converse has read every message of a room that it has queued so far. */
    whenRead(muc: MucModel): Promise<void>;
    /** Has Converse show that a room is no more: by itself it goes on showing it as joined. */
    showDestroyed(room: RoomJid, { alternative, reason }: Destruction): void;
    /** Whether the room's disco#info is there: only then does a missing feature mean anything. */
    hasDiscoInfo(room: RoomJid): boolean;
    hasFeature(room: RoomJid, feature: string): boolean;
    rejoin(room: RoomJid): Promise<boolean>;
    /**
     * Follows Converse's own idea of a room's membership.
     *
     * @param onStatus called with each new `connection_status`
     */
    watchStatus(muc: MucModel, onStatus: (status: unknown) => void): Undo;
}
