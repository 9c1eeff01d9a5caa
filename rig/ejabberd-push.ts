/** mod_muc_push for the rig's ejabberd: compiled, and configured from the file that administrators are given. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { takeFolder } from "./leftovers";
import { EJABBERD_RELEASES, type EjabberdName } from "./server-releases";

const here = path.dirname(fileURLToPath(import.meta.url));
/** The module as people install it. */
export const PUSH_MODULE = path.join(here, "../server/ejabberd/mod_muc_push");

/** By the names that mod_muc_push has for them; the others keep their defaults. */
export type PushOptions = Readonly<Record<string, string | number>>;

/**
 * The example configuration with these options changed.
 * @throws Error when the example does not know an option
 */
export function pushConfig(options: PushOptions): string {
  let config = readFileSync(
    path.join(PUSH_MODULE, "ejabberd.yml.example"),
    "utf8",
  );
  for (const [name, value] of Object.entries(options)) {
    const line = new RegExp(`^( +${name}:) .*$`, "m");
    if (!line.test(config))
      throw new Error(`no option ${name} in ejabberd.yml.example`);
    config = config.replace(line, `$1 ${JSON.stringify(value)}`);
  }
  return config;
}

const compiled = new Map<string, string>();

/**
 * Compiles modules with a release's own compiler, once for this Node process.
 * @param sources the folder with the `.erl` files
 * @returns the folder with the result
 * @throws Error with what the compiler says, be it a warning
 */
export function compileModules(release: EjabberdName, sources: string): string {
  const key = `${release} ${sources}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const { erlc, includes } = EJABBERD_RELEASES[release];
  const folder = takeFolder("modules");
  execFileSync(
    erlc,
    [
      "-Wall",
      "-Werror",
      ...includes().flatMap((include) => ["-I", include]),
      // Where its behaviours are.
      ...includes().flatMap((include) => [
        "-pa",
        path.join(include, "../ebin"),
      ]),
      "-o",
      folder,
      ...readdirSync(sources)
        .filter((name) => name.endsWith(".erl"))
        .map((name) => path.join(sources, name)),
    ],
    // What it says comes with the error.
    { stdio: "pipe" },
  );
  compiled.set(key, folder);
  return folder;
}

/** `compileModules` for mod_muc_push. */
export function compilePushModule(release: EjabberdName): string {
  return compileModules(release, path.join(PUSH_MODULE, "src"));
}
