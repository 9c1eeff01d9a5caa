import type { Undo } from "../types.js";
import type { Compat } from "./compat/compat.js";
import type { MessageModel, MucModel } from "./models.js";
/** What stands behind the button. */
export interface SendAgainTarget {
    canSendAgain(muc: MucModel, message: MessageModel): boolean;
    sendAgain(muc: MucModel, message: MessageModel): void;
}
/**
 * Puts "Send again" into the menu of each message that was not delivered. Without views, or in a Converse
 * that does not ask (up to 9), there is none.
 */
export declare function offerSendAgain(compat: Compat, target: SendAgainTarget): Undo;
