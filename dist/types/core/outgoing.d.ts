import type { RoomJid } from "../types.js";
import type { ElementView } from "./push-notice.js";
/** What Converse sends. */
export type Outgoing = 
/** To be delivered, now or later. */
{
    readonly kind: "message";
    readonly room: RoomJid;
    readonly id: string;
    readonly originId: string | null;
    readonly target: string;
}
/** Out of date as soon as it can't be delivered at once. */
 | {
    readonly kind: "passing";
    readonly room: RoomJid;
}
/** Somebody else's business. */
 | {
    readonly kind: "other";
};
/** Decides what an outgoing stanza is worth. */
export declare function readOutgoing({ name, attributes, children, }: ElementView): Outgoing;
