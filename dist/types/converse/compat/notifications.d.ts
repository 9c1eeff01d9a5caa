import type { Undo } from "../../types.js";
import type { InnerConverse, Log, MessageAttributes, MucModel, PublicConverse } from "../models.js";
type MayNotify = (message: MessageAttributes) => boolean;
/** Has a say in which messages of rooms the user is notified of. @returns the undo */
export declare function guardNotifications(inner: InnerConverse, log: Log, mayNotify: MayNotify): Undo;
/** Has Converse notify the user of a message, as the site's settings say. */
export declare function notify({ api }: InnerConverse, { $msg }: PublicConverse["env"], chatbox: MucModel, attrs: MessageAttributes): void;
export {};
