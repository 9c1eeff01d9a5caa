import type { Compat, MucModel } from "./converse/compat.js";
import type { Settings } from "./settings.js";
/** The running plugin. */
export interface Assembly {
    /** The user, or Converse, is about to leave a room. */
    onLeave(muc: MucModel): void;
    /** Stops everything; a second call does nothing. */
    stop(): void;
}
/** Puts the parts together and starts them. */
export declare function assemble(compat: Compat, { limits }: Settings): Assembly;
