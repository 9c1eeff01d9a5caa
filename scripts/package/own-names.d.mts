/** The part of own-names.mjs that specs use. */
import type ts from "typescript";

/** The names that may be shortened, the most used first, and all others. */
export interface Names {
  readonly own: readonly string[];
  readonly foreign: ReadonlySet<string>;
}
export function programOf(root?: string): ts.Program;
export function namesIn(root?: string, program?: ts.Program): Names;
export function shortening(names?: Names): {
  mangleProps: RegExp;
  mangleCache: Record<string, string>;
};
