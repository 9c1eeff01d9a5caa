import type { Compat } from "./converse/compat/compat.js";
import type { MucHooks } from "./converse/muc-overrides.js";
import type { Settings } from "./settings.js";
/** The running plugin. */
export interface Assembly extends MucHooks {
    /** Stops everything; a second call does nothing. */
    stop(): void;
}
/** Puts the parts together and starts them. */
export declare function assemble(compat: Compat, { limits, messageWaitMs }: Settings): Assembly;
