/** What the specs use of setup.mjs. */
export function hasCommand(name: string, searched?: string): boolean;
export function missingPackages(
  purposes: readonly string[],
  has: (name: string) => boolean,
): Map<string, string[]>;
export function installLine(packages: readonly string[]): string;
export function installSentence(
  missing: ReadonlyMap<string, readonly string[]>,
): string;
