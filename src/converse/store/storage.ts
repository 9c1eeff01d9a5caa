/** A browser's storage that may be full, forbidden or missing: nothing here throws. */
export class Shelf {
  /** @param storage null where the browser denies it */
  constructor(readonly storage: Storage | null) {}

  /** What is kept under a key; null when nothing is. */
  get(key: string): string | null {
    return this.attempt((storage) => storage.getItem(key)) ?? null;
  }

  /** The members of an object that is kept as JSON; none where it is missing, or no object. */
  read(key: string): Readonly<Record<string, unknown>> {
    // Anybody may have written there.
    return Object(this.attempt(() => JSON.parse(this.get(key) ?? "")));
  }

  /** @returns whether it is kept now */
  set(key: string, text: string): boolean {
    return (
      this.attempt((storage) => (storage.setItem(key, text), true)) ?? false
    );
  }

  remove(key: string): void {
    this.attempt((storage) => storage.removeItem(key));
  }

  /** Every key that begins like this. */
  keys(prefix: string): string[] {
    const all = this.attempt((storage) => Object.keys(storage)) ?? [];
    return all.filter((key) => key.startsWith(prefix));
  }

  /** Removes every key that begins like this. */
  clear(prefix: string): void {
    for (const key of this.keys(prefix)) this.remove(key);
  }

  private attempt<T>(access: (storage: Storage) => T): T | undefined {
    try {
      return this.storage ? access(this.storage) : undefined;
    } catch {
      return undefined;
    }
  }
}
