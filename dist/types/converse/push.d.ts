import { type PushReply } from "../core/push-notice.js";
import type { EnableOutcome, PushPort, RoomJid } from "../types.js";
import type { Compat } from "./compat/compat.js";
import type { Leadership } from "./leadership.js";
import type { NodeStore } from "./node-store.js";
import type { OwnJid } from "./own-jid.js";
import type { Rooms } from "./rooms.js";
import type { Wire } from "./wire.js";
/** A push that was answered. */
export interface AnsweredPush {
    readonly room: RoomJid;
    readonly reply: PushReply;
}
/** Registers the own full JID with rooms as an app server (XEP-0357), and answers what they push. */
export declare class Push implements PushPort {
    private readonly compat;
    private readonly wire;
    private readonly rooms;
    private readonly nodes;
    private readonly ownJid;
    private readonly leadership;
    /** Whether the user still wants to be in a room, as far as is known. */
    private readonly isWanted;
    private readonly complaints;
    /** The last request of each room; an answer to an earlier one says nothing about it. */
    private readonly requests;
    constructor(compat: Compat, wire: Wire, rooms: Rooms, nodes: NodeStore, ownJid: OwnJid, leadership: Leadership, 
    /** Whether the user still wants to be in a room, as far as is known. */
    isWanted: (room: RoomJid) => boolean);
    enable(room: RoomJid): Promise<EnableOutcome>;
    disable(room: RoomJid): boolean;
    /**
     * Answers an `iq` of type `set` if it is a push, before anything else is done about it.
     *
     * @returns null when it is not a push, or is another tab's to answer, and was left alone
     */
    answer(iq: Element): AnsweredPush | null;
    /**
     * Whether a room announces push; null when it can't be found out. Converse asks for a room's disco#info
     * on every join; it is asked for again only if it is not there.
     */
    private isAnnounced;
    private complain;
}
