import type { Compat } from "./compat.js";
import type { MessageAttributes, MucModel } from "./models.js";
/** What comes late, in one return to a room: counted, and told to the user as a whole. */
export declare class MissedMessages {
    private readonly compat;
    private readonly muc;
    /** How many messages the room's own history has brought. */
    count: number;
    /** Whether one of them was known already: then nothing is missing before the others. */
    isKnownMet: boolean;
    private missed;
    private isNotified;
    /** When the first of them was said. */
    private firstTime;
    private candidate;
    /** What was known before the first of them. */
    private known;
    constructor(compat: Compat, muc: MucModel);
    /**
     * A missed message is about to enter the model, as if the user had been there.
     *
     * @returns false when it is known already, and Converse would not see that
     */
    take(attributes: MessageAttributes): boolean;
    /** Whether the user may still be notified of this return. */
    notifyOnce(): boolean;
    /** Tells the user, where the missed messages begin, that there may be more. */
    tellGap(): void;
    /**
     * The return is over.
     *
     * @returns how many messages of others were missed
     */
    stop(): number;
    /** Has Converse notify the user once of what the archive brought, as the site's settings say. */
    notify(): void;
    private readonly onAdd;
    /** Finds a message among those that were known before; each is the same as one other at most. */
    private knownAs;
}
