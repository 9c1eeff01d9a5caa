import type { PublicConverse } from "../converse-types.js";
import { hintAtWhitelist } from "../whitelist-hint.js";

export const PLUGIN_NAME = "converse-muc-push";

/** On the window once the plugin is registered: the page may have the file twice. */
const REGISTERED = Symbol.for(PLUGIN_NAME);

/** What a page or a bundler may hand in: Converse itself, or the namespace of its module. */
export type ConverseOrModule =
  PublicConverse | { readonly default: PublicConverse };

/** A Converse that is loading (up to 12): plugins can be added, everything else comes later. */
type EarlyConverse = Pick<PublicConverse, "plugins"> & Partial<PublicConverse>;

const pageConverse = (): EarlyConverse | undefined =>
  typeof window === "undefined"
    ? undefined
    : (window as { converse?: EarlyConverse }).converse;

/** What a module exports; everything else as it is. */
const unwrap = (converseOrModule: unknown): unknown =>
  (converseOrModule as { default?: unknown } | undefined)?.default ??
  converseOrModule;

const hasPlugins = (converse: unknown): converse is EarlyConverse =>
  typeof (converse as EarlyConverse | undefined)?.plugins?.add === "function";

/**
 * Whether the page's Converse has started its plugins already. Each release defines this element while it
 * starts them, and not when it is loaded; a headless build has no elements and can't be asked.
 */
const hasStartedPlugins = (): boolean =>
  typeof customElements !== "undefined" &&
  customElements.get("converse-dropdown") !== undefined;

/**
 * Registers the plugin with a Converse. One that has it already keeps it.
 *
 * @param makePlugin makes the plugin; it is given what finds the loaded Converse, to be called when the
 *   plugin is initialised and not before
 * @throws TypeError when what was handed in has no `plugins.add`
 */
export function registerWith(
  converseOrModule: ConverseOrModule,
  makePlugin: (loaded: () => PublicConverse) => object,
): void {
  const handedIn = unwrap(converseOrModule);
  if (!hasPlugins(handedIn)) {
    throw new TypeError(
      `${PLUGIN_NAME}: register() takes converse, or the module that exports it`,
    );
  }
  // Up to 12, `window.converse` is replaced by the full API once that is loaded.
  const loaded = () =>
    (handedIn.env ? handedIn : pageConverse()) as PublicConverse;
  try {
    handedIn.plugins.add(PLUGIN_NAME, makePlugin(loaded));
    if (typeof window !== "undefined") Reflect.set(window, REGISTERED, true);
    hintAtWhitelist(handedIn, PLUGIN_NAME);
    if (hasStartedPlugins())
      console.warn(
        `${PLUGIN_NAME}: not started, because it was loaded after converse.initialize. Put its script, or register(), before converse.initialize`,
      );
  } catch (error) {
    // The file was loaded twice: Converse keeps the first.
    if (!(
      error instanceof TypeError &&
      error.message.includes("already been registered")
    ))
      throw error;
  }
}

/** Registers with the page's Converse: now if it is there, otherwise as soon as it has loaded. */
export function registerWithPage(
  register: (converse: PublicConverse) => void,
): void {
  if (typeof window === "undefined") return;
  // The headless build of 10.1.2 leaves a namespace there.
  const converse = unwrap(pageConverse());
  if (hasPlugins(converse)) return register(converse as PublicConverse);
  window.addEventListener(
    "converse-loaded",
    (event) => {
      // 7.0.6 does not start where a plugin is registered both before its event and with it.
      if (REGISTERED in window) return;
      register(
        (event as CustomEvent<{ converse: PublicConverse }>).detail.converse,
      );
    },
    { once: true },
  );
}
