import { type ConverseOrModule } from "./converse/registering.js";
export type { MucPushApi, MucPushEvents, RoomReport } from "./api.js";
export type { ConverseOrModule } from "./converse/registering.js";
/**
 * Registers the plugin, for bundlers and headless builds; a page that loads Converse by a script or module
 * needs no call. Call it before `converse.initialize`.
 *
 * @param converse Converse.js, or the namespace of its module
 * @throws TypeError when it is neither
 */
export declare function register(converse: ConverseOrModule): void;
