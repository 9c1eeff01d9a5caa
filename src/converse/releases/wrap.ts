import type { Undo } from "../../ports.js";

type Bound<F> =
  NonNullable<F> extends (...args: infer A) => infer R
    ? (...args: A) => R
    : never;

/**
 * Puts a layer around a method of Converse's: of a prototype, so that each model has it, or of a single object.
 * Other layers may come before and after, in any order. An error of the layer's own falls back to the method;
 * an error of the method's is Converse's, and passes.
 *
 * @param makeWrapper called with each call: it is given the method, bound to the object that it was called on,
 *   and that object, and makes the function that is called in its place
 * @returns the undo: it puts the method back, or, where a later layer lies around this one, leaves it there
 *   and has it pass everything on; without such a method there is nothing to do
 */
export function wrapMethod<T extends object, K extends keyof T & string>(
  owner: T,
  name: K,
  makeWrapper: (original: Bound<T[K]>, self: T) => Bound<T[K]>,
): Undo {
  type Method = (this: T, ...args: unknown[]) => unknown;
  const holder = owner as Record<string, Method | undefined>;
  const method = holder[name];
  if (typeof method !== "function") return () => {};
  const isOwn = Object.prototype.hasOwnProperty.call(owner, name);
  let isOn = true;
  const layer: Method = function (...args) {
    if (!isOn) return method.apply(this, args);
    let end: (() => unknown) | null = null;
    const original = (...inner: unknown[]): unknown => {
      try {
        const value = method.apply(this, inner);
        end = () => value;
      } catch (error) {
        end = () => {
          throw error;
        };
      }
      return end();
    };
    try {
      const wrapper = makeWrapper(original as Bound<T[K]>, this) as Method;
      return wrapper.apply(this, args);
    } catch {
      // The method is called once, whatever the layer does.
      end ??= () => method.apply(this, args);
    }
    return end();
  };
  holder[name] = layer;
  return () => {
    isOn = false;
    if (holder[name] !== layer) return;
    if (isOwn) holder[name] = method;
    else delete holder[name];
  };
}
