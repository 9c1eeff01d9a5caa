import type { MessageAttributes, MucModel } from "./models.js";
/** An error that came for a message, as Converse has parsed it. */
export interface MessageError {
    readonly from?: string;
    readonly msgid?: string;
    readonly error_condition?: string;
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
     * A room says something about its occupants, or refuses a presence.
     *
     * @returns false when Converse is not to hear of it
     */
    onPresence(muc: MucModel, presence: Element): boolean;
    /**
     * Converse wants to know about a room before it joins it.
     *
     * @returns false when it need not ask
     */
    onRefreshDiscoInfo(muc: MucModel): boolean;
    /** Whether Converse shall keep an error to itself that came for a message. */
    isErrorOurs(muc: MucModel, error: MessageError): boolean;
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
