/** What the specs use of freshness.mjs. */
export function isFresh(folder?: string): boolean;
export function markFresh(folder?: string): void;
