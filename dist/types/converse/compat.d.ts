/**
 * What this plugin uses of Converse.js, and every difference between its releases. Where a release is
 * named, the line is for that release; everything else holds in 7.0.6, 10.1.2, 12.0.0 and 14.0.0.
 */
/** A Backbone-like model. */
export interface Model {
    readonly attributes: Readonly<Record<string, unknown>>;
    get(name: string): unknown;
    set?(attributes: Record<string, unknown>, options?: {
        silent?: boolean;
    }): unknown;
    destroy?(): unknown;
    save?(attributes: Record<string, unknown>): unknown;
    on(event: string, callback: (...args: never[]) => void): void;
    off(event: string, callback: (...args: never[]) => void): void;
}
export interface Collection<M = Model> {
    readonly models: readonly M[];
    readonly length: number;
    get(id: string): M | undefined;
    findWhere(attributes: Record<string, unknown>): M | undefined;
    reset(): void;
    sort(): void;
    on(event: string, callback: (...args: never[]) => void): void;
    off(event: string, callback: (...args: never[]) => void): void;
}
/** A message as Converse has parsed it, before it is in the model. */
export interface MessageAttributes {
    /** `groupchat`, `chat`, `error`, … */
    readonly type: string;
    /** An occupant JID. */
    readonly from: string;
    readonly msgid?: string;
    readonly body?: string;
    readonly sender?: "me" | "them";
    /** It came from an archive (XEP-0313). */
    readonly is_archived?: boolean;
    /** It came with a date of its own (XEP-0203). */
    is_delayed?: boolean;
    /** ISO 8601, in UTC, with milliseconds. */
    time: string;
    readonly [name: string]: unknown;
}
/** Somebody in a room, or with an affiliation to it. */
export interface OccupantModel extends Model {
    /** Whether they have an affiliation that outlasts their presence. */
    isMember(): boolean;
}
/** Converse's model of a message. */
export interface MessageModel extends Model {
    readonly collection?: {
        readonly chatbox?: MucModel;
    };
    save(attributes: Record<string, unknown>): unknown;
}
/** Converse's model of a room. */
export interface MucModel extends Model {
    /** Replaced when a closed room is opened again. */
    readonly session?: Model;
    readonly features?: Model;
    readonly messages?: Collection<MessageModel> & {
        readonly fetched?: Promise<unknown>;
    };
    readonly occupants?: Collection<OccupantModel> & {
        fetchMembers(): Promise<unknown>;
    };
    /** While it is set, Converse asks no archive. */
    disable_mam?: boolean;
    /** Resolves when every message that was queued so far is in the model. */
    readonly msg_chain?: Promise<unknown>;
    rejoin(): unknown;
    save(attributes: Record<string, unknown>): unknown;
    registerHandlers(): unknown;
    queueMessage(attributes: MessageAttributes): unknown;
    createMessage(attributes: Record<string, unknown>): unknown;
    /** Whether the user does not see what comes last. */
    isHidden(): boolean;
    isUserMentioned(message: Model): boolean;
    getDiscoInfo(): Promise<unknown>;
    /** From 8 on. */
    constructJoinPresence?(password?: string, isNew?: boolean): Promise<Element | StanzaBuilder>;
}
export interface StropheHandler {
    readonly handler?: unknown;
}
export interface StropheConnection {
    readonly jid: string;
    addHandler(handler: (stanza: Element) => boolean, ns?: string | null, name?: string | null, type?: string | null): StropheHandler;
    deleteHandler(handler: StropheHandler): void;
}
export interface StanzaBuilder {
    c(name: string, attributes?: Record<string, string>): StanzaBuilder;
    t(text: string): StanzaBuilder;
    up(): StanzaBuilder;
    tree(): Element;
}
export interface ConverseApi {
    readonly connection: {
        /** From 10 on; 7 has `_converse.connection`. */
        get?(): StropheConnection | undefined;
        connected(): boolean;
    };
    readonly settings: {
        extend(defaults: Record<string, unknown>): void;
        get(name: string): unknown;
    };
    readonly listen: {
        on(event: string, callback: (...args: never[]) => unknown): void;
        not(event: string, callback: (...args: never[]) => unknown): void;
    };
    send(stanza: Element | StanzaBuilder): void;
    /** With `reject` false it resolves with the answer, an error too, or with null after `timeoutMs`. */
    sendIQ(stanza: Element, timeoutMs: number, reject: false): Promise<Element | null> | undefined;
    trigger(event: string, ...args: unknown[]): unknown;
    /** From 8 on. */
    hook?(name: string, context: unknown, data: unknown, more: unknown): unknown;
    mucPush?: unknown;
}
type HandleMamResult = (muc: MucModel, result: {
    messages: unknown[];
}, query: object, options: object) => Promise<void>;
/** What Converse knows of an entity (XEP-0030). */
interface DiscoEntity extends Model {
    readonly features?: Collection;
    readonly fields?: Collection;
    readonly identities?: Collection;
    onInfo(stanza: Element): unknown;
}
/** Converse's inner object, which only plugins see. */
export interface InnerConverse {
    readonly api: ConverseApi;
    /** Translates an English sentence. */
    readonly __?: (text: string) => string;
    /** Up to 10; later `exports` has it. */
    readonly handleMAMResult?: HandleMamResult;
    readonly exports?: {
        readonly handleMAMResult?: HandleMamResult;
    };
    /** Up to 10; later `state` holds the models. */
    readonly chatboxes?: Collection;
    readonly disco_entities?: Collection<DiscoEntity>;
    readonly connection?: StropheConnection;
    readonly state?: {
        readonly chatboxes?: Collection;
        readonly disco_entities?: Collection<DiscoEntity>;
    };
}
export interface Log {
    debug(message: string): void;
    warn(message: string): void;
    error(message: string): void;
}
/** What a page sees as `window.converse`. */
export interface PublicConverse {
    readonly plugins: {
        add(name: string, plugin: object): void;
    };
    readonly env: {
        $iq(attributes: Record<string, string>): StanzaBuilder;
        /** From 8 on; 7 has none that a plugin can reach. */
        readonly log?: Log;
    };
}
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
    /** How many messages the site's owner wants on a page of an archive. */
    archivePageSize(): number;
    /** Whether Converse empties a room when it comes back. */
    clearsOnReconnection(): boolean;
    /** Whether the site's settings may want a notification of a message; Converse itself has the last word. */
    mightNotify(muc: MucModel, message: Model): boolean;
    /** Has Converse notify the user of a message, as the site's settings say. */
    notify(muc: MucModel, attrs: MessageAttributes): void;
    /** Has a say in what one of Converse's hooks lets through. @returns the undo */
    veto<T>(hook: string, isAllowed: (context: T) => boolean): () => void;
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
/** What is asked before Converse's MUC model does something. */
export interface MucHooks {
    /** Converse is about to leave a room. */
    onLeave(muc: MucModel): void;
    /**
     * Converse wonders whether it is still in a room, and would ping and rejoin by itself.
     *
     * @returns null to let it; otherwise what to tell it: whether the room is being rejoined
     */
    onRejoinIfNecessary(muc: MucModel): Promise<boolean> | null;
    /**
     * A message is about to enter the model of a room.
     *
     * @returns false when it is to wait
     */
    onQueued(muc: MucModel, message: MessageAttributes): boolean;
    /**
     * Converse is about to show something in a room.
     *
     * @returns false when it is not to
     */
    onCreated(muc: MucModel, message: Readonly<Record<string, unknown>>): boolean;
    /**
     * Converse wants to know about a room before it joins it.
     *
     * @returns false when it need not ask
     */
    onRefreshDiscoInfo(muc: MucModel): boolean;
    /** Whether Converse shall keep an error to itself that came for the message with this id. */
    isErrorOurs(muc: MucModel, id: string): boolean;
    /**
     * Converse has sent something, and undoes it when no answer comes.
     *
     * @param answer what it would go by
     * @returns what it goes by instead: a message, or an error
     */
    onTimedMessage(muc: MucModel, stanza: Element, answer: Promise<unknown>): Promise<unknown>;
}
/** Overrides of Converse's MUC model, in the form that `plugins.add` takes. */
export declare function mucOverrides(hooks: MucHooks): object;
export {};
