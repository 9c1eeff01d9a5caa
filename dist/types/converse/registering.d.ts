import type { PublicConverse } from "./models.js";
export declare const PLUGIN_NAME = "converse-muc-push";
/** What a page or a bundler may hand in: Converse itself, or the namespace of its module. */
export type ConverseOrModule = PublicConverse | {
    readonly default: PublicConverse;
};
/**
 * Registers the plugin with a Converse. One that has it already keeps it.
 *
 * @param makePlugin makes the plugin; it is given what finds the loaded Converse, to be called when the
 *   plugin is initialised and not before
 * @throws TypeError when what was handed in has no `plugins.add`
 */
export declare function registerWith(converseOrModule: ConverseOrModule, makePlugin: (loaded: () => PublicConverse) => object): void;
/** Registers with the page's Converse: now if it is there, otherwise as soon as it has loaded. */
export declare function registerWithPage(register: (converse: PublicConverse) => void): void;
