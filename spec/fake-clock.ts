import type { ClockPort, Undo } from "../src/ports.js";

/** A clock that moves only when told to. */
export class FakeClock implements ClockPort {
  private time = 0;
  /** How far the clock on the wall is off. */
  private skew = 0;
  private timers = new Set<{ at: number; run: () => void }>();

  now(): number {
    return this.time + this.skew;
  }

  elapsed(): number {
    return this.time;
  }

  /** Somebody sets the clock on the wall, by this many milliseconds; no time passes. */
  step(ms: number): void {
    this.skew += ms;
  }

  /** What chance says, until a test says otherwise. */
  random: () => number = () => 0;

  after(ms: number, run: () => void): Undo {
    const timer = { at: this.time + ms, run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** How many timers are set. */
  get pending(): number {
    return this.timers.size;
  }

  /** Moves the time, running what falls due in its order; promises settle between two timers. */
  async passes(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await settled();
      const [next] = [...this.timers].sort((a, b) => a.at - b.at);
      if (!next || next.at > end) break;
      this.timers.delete(next);
      this.time = next.at;
      next.run();
    }
    this.time = end;
    await settled();
  }
}

/** Resolves when every promise that can settle without time has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
