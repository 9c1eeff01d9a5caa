import type { Compat } from "./compat/compat.js";
import type { MessageAttributes, MucModel } from "./models.js";
/** What comes late, in one return to a room: counted, and told to the user as a whole. */
export declare class MissedMessages {
    private readonly compat;
    private readonly muc;
    private missed;
    /** How many messages the room's own history has brought. */
    count: number;
    /** Whether one of them was known already: then nothing is missing before the others. */
    isKnownMet: boolean;
    private isNotified;
    private first;
    private candidate;
    /** What was known before the first of them. */
    private known;
    /** @param missed how many were missed in a return before, which came to nothing */
    constructor(compat: Compat, muc: MucModel, missed: number);
    /**
     * A missed message is about to enter the model, as if the user had been there.
     *
     * @returns false when it is known already, and Converse would not see that
     */
    take(attributes: MessageAttributes): boolean;
    /** Whether the user may be notified of one of them: of the first that is new. */
    mayNotify({ msgid, from }: MessageAttributes): boolean;
    /** When the first of them was said, in milliseconds since 1970; NaN when there are none. */
    firstTime(): number;
    /**
     * Tells the user that there may be more.
     *
     * @param time where, in milliseconds since 1970
     */
    tellGap(time: number): void;
    /**
     * The return is over.
     *
     * @returns how many messages of others were missed
     */
    stop(): number;
    /** Has Converse notify the user once of what the archive brought, as the site's settings say. */
    notify(): void;
    /** Whether a message has another text by now: Converse would show it a second time, with the first one. */
    private isCorrected;
    private notifyOnce;
    private readonly onAdd;
    /** Whether a message was known before; one without an id is the same as one other at most. */
    private isKnown;
}
