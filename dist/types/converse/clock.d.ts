import type { ClockPort } from "../types.js";
/** The browser's time, chance and timers. */
export declare const systemClock: ClockPort;
/**
 * An unguessable token of 128 bits, in hexadecimal. Not `crypto.randomUUID`: pages that are served
 * without TLS don't have it.
 */
export declare function randomToken(): string;
