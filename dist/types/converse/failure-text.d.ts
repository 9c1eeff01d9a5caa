import type { FailReason } from "../core/outbox.js";
/** @param reason also one that an older or a newer version has stored */
export declare const failureText: (reason: FailReason) => string;
