import type { Undo } from "../../ports.js";

/**
 * Stands in front of a function of Converse's.
 *
 * @param around is given the function, bound to what has it, and makes the one that is called instead
 * @returns the undo; where somebody has wrapped the wrapper meanwhile, it stays and passes everything on
 */
export function wrap<A extends unknown[], R>(
  owner: object,
  name: string,
  around: (original: (...args: A) => R) => (...args: A) => R,
): Undo {
  const holder = owner as Record<string, ((...args: A) => R) | undefined>;
  const original = holder[name];
  if (!original) return () => {};
  const bound = (...args: A): R => original.apply(owner, args);
  let current = around(bound);
  const wrapper = (...args: A): R => current(...args);
  holder[name] = wrapper;
  return () => {
    current = bound;
    if (holder[name] === wrapper) holder[name] = original;
  };
}
