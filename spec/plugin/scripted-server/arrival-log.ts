type Predicate<T> = (entry: T) => boolean;

interface Waiter {
  isMet(): boolean;
  resolve(): void;
}

/** Only ends a wait that would hang; nothing is ever waited for by time. */
const LIMIT_MS = 20_000;
const SHOWN_ON_FAILURE = 15;

/** Everything that arrived, in order, and ways to wait for more. */
export class ArrivalLog<T> {
  readonly entries: T[] = [];
  private waiters: Waiter[] = [];

  constructor(private readonly show: (entry: T) => string = String) {}

  record(entry: T): void {
    this.entries.push(entry);
    const met = this.waiters.filter((waiter) => waiter.isMet());
    this.waiters = this.waiters.filter((waiter) => !met.includes(waiter));
    for (const waiter of met) waiter.resolve();
  }

  /** A point in time to search from. */
  mark(): number {
    return this.entries.length;
  }

  all(predicate: Predicate<T>, from = 0): T[] {
    return this.entries.slice(from).filter(predicate);
  }

  /** The first match at or after `from` (by default: from now on), whether it is there yet or not. */
  async next(
    predicate: Predicate<T>,
    from = this.mark(),
    what = "something",
  ): Promise<T> {
    return this.nth(predicate, 1, from, what);
  }

  /** The `n`th match, counted from 1 at `from` (by default: the start). */
  async nth(
    predicate: Predicate<T>,
    n: number,
    from = 0,
    what = "something",
  ): Promise<T> {
    const find = () => this.all(predicate, from)[n - 1];
    if (!find()) await this.until(() => find() !== undefined, `${what} (${n})`);
    return find() as T;
  }

  private until(isMet: () => boolean, what: string): Promise<void> {
    const limit = new Error(`waited in vain for ${what}`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const tail = this.entries.slice(-SHOWN_ON_FAILURE).map(this.show);
        limit.message += `; the last to arrive:\n${tail.join("\n") || "nothing"}`;
        reject(limit);
      }, LIMIT_MS);
      this.waiters.push({
        isMet,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }
}
