import type { InnerConverse } from "../models.js";
/** The number before the first dot of a release's name; NaN when it does not say. */
export declare const majorOf: ({ VERSION_NAME }: InnerConverse) => number;
/** 7.0.6, for what differs there and leaves no other trace. */
export declare const isRelease7: (inner: InnerConverse) => boolean;
