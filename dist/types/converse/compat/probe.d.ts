/**
 * What the plugin needs of a Converse and does not find there, by name; in 7.0.6, 10.1.2, 12.0.0 and 14.0.0
 * nothing is missing.
 */
export declare function findMissing(inner: unknown, outer: unknown): string[];
