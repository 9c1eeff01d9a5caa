/**
 * What this plugin uses of Converse.js. This folder has every difference between its releases: where a release
 * is named, the line is for that release; everything else holds in 7.0.6, 10.1.2, 12.0.0 and 14.0.0.
 */
import type { Undo } from "../../types.js";
import type { Collection, ConverseApi, DiscoEntity, InnerConverse, Log, MessageAttributes, MessageModel, Model, MucModel, PublicConverse, StanzaBuilder, StropheConnection } from "../models.js";
/** The values of `connection_status` that this plugin reads; the numbers are the same in all releases. */
export declare const ROOM_STATUS: {
    readonly CONNECTED: 0;
    readonly CONNECTING: 1;
    readonly NICKNAME_REQUIRED: 2;
    readonly ENTERED: 5;
    readonly DESTROYED: 6;
};
/** The one way to Converse's objects, whatever the release. */
export declare class Compat {
    private readonly inner;
    private readonly outer;
    readonly api: ConverseApi;
    constructor(inner: InnerConverse, outer: PublicConverse);
    get log(): Log;
    connection(): StropheConnection | undefined;
    /** Null while nobody is logged in. */
    ownBareJid(): string | null;
    /** Whether Converse answers a nick conflict by joining with the next nick. */
    triesNextNick(): boolean;
    /** Whether other tabs may use the same connection, and get the same stanzas. */
    isConnectionShared(): boolean;
    chatBoxes(): Collection | undefined;
    discoEntity(jid: string): DiscoEntity | undefined;
    /** Has Converse take over what a room says of itself, as if it had asked. */
    applyDiscoInfo(muc: MucModel, answer: Element): Promise<void>;
    /** Has Converse read messages of a room's archive into its model. */
    takeArchived(muc: MucModel, messages: readonly Element[]): Promise<void>;
    /** Whether Converse reads archives: its plugin for that may be switched off. */
    canReadArchives(): boolean;
    /** How many messages the site's owner wants on a page of an archive. */
    archivePageSize(): number;
    /** Whether Converse empties a room when it comes back. */
    clearsOnReconnection(): boolean;
    /** Whether the site's settings may want a notification of a message; Converse itself has the last word. */
    mightNotify(muc: MucModel, message: Model): boolean;
    /** Has Converse notify the user of a message, as the site's settings say. */
    notify(muc: MucModel, attrs: MessageAttributes): void;
    /** @see guardNotifications */
    guardNotifications(mayNotify: (message: MessageAttributes) => boolean): Undo;
    /** @see guardInvitations */
    guardInvitations(mayShow: (message: Element) => boolean): Undo;
    /** @see beforeLogout */
    beforeLogout(tell: () => void): Undo;
    /** A sentence in the user's language, if Converse has it. */
    translate(text: string): string;
    /**
     * What takes the user's own reaction off a message again.
     *
     * @param target the id that the reaction gave the message
     * @returns the attributes to save; null where Converse knows no reactions (up to 13)
     */
    undoReaction(message: MessageModel, target: string): Promise<Record<string, unknown> | null>;
    /** The start of an IQ; `tree()` ends it. */
    iq(attributes: Record<string, string>): StanzaBuilder;
    status(muc: MucModel): unknown;
    /** Joins anew through Converse's model, which shows it; ends when the join was sent. */
    rejoin(muc: MucModel): Promise<void>;
    /**
     * Joins anew a room that Converse believes it is in, and leaves it in that belief: nothing on the screen
     * changes. Ends when the join was sent.
     */
    rejoinQuietly(muc: MucModel): Promise<void>;
    /** After a quiet rejoin: takes those out of the list of occupants who were in the room before, and are not now. */
    removeAbsent(muc: MucModel, present: ReadonlySet<string>): void;
}
