import type { ClockPort } from "../ports.js";

/** The browser's time, chance and timers. */
export const systemClock: ClockPort = {
  now: () => Date.now(),
  elapsed: () => Math.floor(performance.now()),
  random: () => Math.random(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * An unguessable token of 128 bits, in hexadecimal. Not `crypto.randomUUID`: pages that are served
 * without TLS don't have it.
 */
export function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
