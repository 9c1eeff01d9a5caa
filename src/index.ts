import { start } from "./plugin.js";
import { Compat } from "./converse/converse.js";
import { findMissing } from "./converse/releases/probe.js";
import type {
  InnerConverse,
  PublicConverse,
} from "./converse/converse-types.js";
import { hookMuc } from "./converse/listen/muc-hooks.js";
import {
  PLUGIN_NAME,
  registerWith,
  registerWithPage,
  type ConverseOrModule,
} from "./converse/releases/registering.js";
import type { Undo } from "./ports.js";
import { defaultSettings, readSettings } from "./settings.js";

export type { MucPushApi, MucPushEvents, RoomReport } from "./api.js";
export type { ConverseOrModule } from "./converse/releases/registering.js";

/** The plugin as Converse takes it; Converse puts `_converse` onto it before it initialises it. */
function makePlugin(loaded: () => PublicConverse) {
  let stop: Undo = () => {};
  return {
    _converse: undefined as InnerConverse | undefined,
    dependencies: ["converse-muc"],

    initialize(): void {
      stop();
      stop = () => {};
      if (!this._converse) return;
      const outer = loaded();
      const compat = new Compat(this._converse, outer);
      try {
        const missing = findMissing(this._converse, outer);
        if (missing.length > 0)
          throw new Error(`lacking ${missing.join(", ")}`);
        const { settings } = compat.api;
        settings.extend(defaultSettings());
        const valid = readSettings(
          (name) => settings.get(name),
          (sentence) => compat.log.error(`${PLUGIN_NAME}: ${sentence}`),
        );
        const muc = compat.mucPrototype();
        if (!valid.isOn || !muc) return;
        const running = start(compat, valid);
        const unhook = hookMuc(muc, running.hooks);
        stop = () => {
          unhook();
          running.stop();
        };
      } catch (error) {
        // An error in here would stop Converse from starting.
        compat.log.error(
          `${PLUGIN_NAME}: could not start and stays out of the way: ${String(error)}`,
        );
      }
    },
  };
}

/**
 * Registers the plugin, for bundlers and headless builds; a page that loads Converse by a script or module
 * needs no call. Call it before `converse.initialize`.
 *
 * @param converse Converse.js, or the namespace of its module
 * @throws TypeError when it is neither
 */
export function register(converse: ConverseOrModule): void {
  registerWith(converse, makePlugin);
}

registerWithPage(register);
