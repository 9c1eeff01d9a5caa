import type { BackoffLimits } from "../events.js";

/**
 * How long to wait before an attempt: exponential with full jitter, so that the clients of a host that
 * comes back do not all knock at once.
 *
 * @param attempt how many attempts failed before; 0 for the first wait
 * @param limits both bounds in milliseconds; no wait is shorter or longer
 * @param random a number in [0, 1)
 * @returns milliseconds
 */
export function backoffMs(
  attempt: number,
  { minMs, maxMs }: BackoffLimits,
  random: number,
): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** (attempt + 1));
  return Math.round(minMs + random * Math.max(0, ceiling - minMs));
}
