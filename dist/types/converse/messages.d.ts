import type { Pending } from "../core/outbox.js";
import type { Compat } from "./compat/compat.js";
import type { MessageModel, MucModel } from "./models.js";
import type { Rooms } from "./rooms.js";
/** Converse's models of the messages that wait. */
export declare class Messages {
    private readonly compat;
    private readonly rooms;
    constructor(compat: Compat, rooms: Rooms);
    /** What the page knows a message by; null when it is not shown. */
    msgidOf({ room, target }: Pending): string | null;
    /** Whether an id is one of a message's names. */
    isNameOf(muc: MucModel, message: MessageModel, id: string): boolean;
    /**
     * Has Converse show a message as not delivered; what was done to another message is undone.
     *
     * @param error a translated sentence that says why
     */
    showFailed({ room, id, target }: Pending, error: string): Promise<void>;
    /** Takes back what `showFailed` said. */
    showRevived({ room, target }: Pending): void;
    private find;
}
