import type { Element } from "ltx";

/** Elements as they come over the socket, for those who wait. */
export class Inbox {
  readonly received: Element[] = [];
  #listeners = new Set<(element: Element) => void>();

  take(element: Element): void {
    this.received.push(element);
    for (const listener of [...this.#listeners]) listener(element);
  }

  on(listener: (element: Element) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  next(
    fits: (element: Element) => boolean,
    timeoutMs: number,
    what: string,
  ): Promise<Element> {
    const late = new Error(`${what}: nothing came within ${timeoutMs} ms`);
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        stop();
        reject(late);
      }, timeoutMs);
      const stop = this.on((element) => {
        if (!fits(element)) return;
        clearTimeout(limit);
        stop();
        resolve(element);
      });
    });
  }
}
