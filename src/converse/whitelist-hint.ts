/** What of `converse.initialize`'s settings decides whether this plugin starts. */
interface Settings {
  readonly whitelisted_plugins?: unknown;
  readonly blacklisted_plugins?: unknown;
  readonly muc_push?: unknown;
}

interface Startable {
  readonly initialize?: (settings?: Settings, ...more: unknown[]) => unknown;
}

/** Whether Converse will leave the plugin out without anybody having said so. */
function isForgotten(settings: Settings, name: string): boolean {
  const { whitelisted_plugins, blacklisted_plugins, muc_push } = settings;
  const isNamed = [whitelisted_plugins, blacklisted_plugins].some(
    (names) => Array.isArray(names) && names.includes(name),
  );
  return !isNamed && muc_push !== false;
}

/**
 * Converse says nothing of a plugin that it does not start because it is not whitelisted. This says it,
 * once, on the console.
 *
 * @param name the plugin's name
 */
export function hintAtWhitelist(converse: object, name: string): void {
  const { initialize } = converse as Startable;
  if (typeof initialize !== "function") return;
  let isSaid = false;
  // A Converse that can't be written to is left as it is.
  Reflect.set(
    converse,
    "initialize",
    function (this: unknown, ...args: [Settings?, ...unknown[]]): unknown {
      if (!isSaid && isForgotten(args[0] ?? {}, name)) {
        isSaid = true;
        console.warn(
          `${name}: not started, because Converse starts only plugins that it is told to. Add to converse.initialize: whitelisted_plugins: ["${name}"]`,
        );
      }
      return initialize.apply(this, args);
    },
  );
}
