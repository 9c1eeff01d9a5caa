/** The releases of Converse.js that the rig can load, oldest first, each with its npm package. */
const PACKAGES = {
  "7.0.6": "converse-7",
  "10.1.2": "converse-10",
  "12.0.0": "converse-12",
  "14.0.0": "converse.js",
} as const;

export type Release = keyof typeof PACKAGES;

export const RELEASES = Object.keys(PACKAGES) as Release[];

/** What the plugin's features and tests are made with; the other releases must keep up. */
export const NEWEST: Release = "14.0.0";

/** The package under node_modules that has a release. */
export const packageOf = (release: Release): string => PACKAGES[release];

/**
 * The release that the environment variable CONVERSE asks for; the newest one when it asks for none.
 * @throws Error when the rig does not have that release
 */
export function chosenRelease(): Release {
  const wanted = process.env["CONVERSE"] || NEWEST;
  const release = RELEASES.find((known) => known === wanted);
  if (release) return release;
  throw new Error(`CONVERSE is ${wanted}, but may be: ${RELEASES.join(", ")}`);
}

/** The number before the first dot. */
export const majorOf = (release: Release): number =>
  Number.parseInt(release, 10);

/** The two files of the plugin: a classic script, and an ES module. */
export type PluginFormat = "script" | "module";

/**
 * The format that the environment variable PLUGIN_FORMAT asks for; "script" when it asks for none.
 * @throws Error when there is no such format
 */
export function chosenFormat(): PluginFormat {
  const wanted = process.env["PLUGIN_FORMAT"] || "script";
  if (wanted === "script" || wanted === "module") return wanted;
  throw new Error(`PLUGIN_FORMAT is ${wanted}, but may be: script, module`);
}
