import type { Undo } from "../../types.js";
import type { InnerConverse } from "../models.js";
/** Calls back before the user is logged out, while there still is a stream. */
export declare function beforeLogout(inner: InnerConverse, tell: () => void): Undo;
