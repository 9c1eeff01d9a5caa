import type { Undo } from "../types.js";

const LOCK = "converse-muc-push";

/**
 * Which of several tabs that share one connection acts for all of them. Each tab gets every stanza, and a
 * push must be answered once. The browser hands the lock on when the tab that has it goes away.
 */
export class Leadership {
  private isHeld: boolean;
  /** Resolves when this tab is the one that acts. */
  readonly acquired: Promise<void>;
  private release: Undo = () => {};

  /** @param isShared whether other tabs may use the same connection */
  constructor(isShared: boolean) {
    // Pages that are served without TLS have no locks; there every tab acts for itself.
    const locks = isShared ? navigator.locks : undefined;
    this.isHeld = !locks;
    this.acquired = new Promise((resolve) => {
      if (!locks) return resolve();
      const holdUntilReleased = () => {
        this.isHeld = true;
        resolve();
        return new Promise<void>((release) => (this.release = release));
      };
      locks.request(LOCK, holdUntilReleased).catch(() => {
        this.isHeld = true;
        resolve();
      });
    });
  }

  /** Whether this tab is the one that acts. */
  get isLeader(): boolean {
    return this.isHeld;
  }

  /** Lets another tab act. */
  stop(): void {
    this.release();
  }
}
