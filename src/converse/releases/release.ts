import type { InnerConverse } from "../converse-types.js";

/** The number before the first dot of a release's name; NaN when it does not say. */
export const majorOf = ({ VERSION_NAME }: InnerConverse): number =>
  Number(/\d+/.exec(VERSION_NAME ?? "")?.[0] ?? NaN);

/** 7.0.6, for what differs there and leaves no other trace. */
export const isRelease7 = (inner: InnerConverse): boolean =>
  majorOf(inner) === 7;
