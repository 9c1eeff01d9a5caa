import type { Pending } from "./outbox.js";
/** A message as it is stored. */
export declare const writePending: (entry: Pending) => string;
/**
 * Reads a stored message; anybody may have written there.
 *
 * @returns null when it is none
 */
export declare function readPending(text: string): Pending | null;
