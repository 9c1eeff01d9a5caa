import type { RoomJid, Undo } from "../types.js";

const NAME = "converse-muc-push";

/**
 * Which of several tabs that share one connection acts for all of them. Each tab gets every stanza, and a
 * push must be answered once. The browser hands the lock on when the tab that has it goes away.
 */
export class Leadership {
  private isHeld: boolean;
  /** Resolves when this tab is the one that acts. */
  readonly acquired: Promise<void>;
  private isStopped = false;
  private release: Undo = () => {};
  private readonly channel: BroadcastChannel | null;

  /**
   * @param isShared whether other tabs may use the same connection
   * @param onJoin told about each room that another tab is about to join
   */
  constructor(isShared: boolean, onJoin: (room: RoomJid) => void) {
    // Pages that are served without TLS have no locks; there every tab acts for itself.
    const locks = isShared ? navigator.locks : undefined;
    this.channel = locks ? new BroadcastChannel(NAME) : null;
    this.channel?.addEventListener("message", ({ data }) => {
      if (typeof data === "string") onJoin(data);
    });
    this.isHeld = !locks;
    this.acquired = new Promise((resolve) => {
      if (!locks) return resolve();
      const holdUntilReleased = () => {
        if (this.isStopped) return undefined;
        this.isHeld = true;
        resolve();
        return new Promise<void>((release) => (this.release = release));
      };
      locks.request(NAME, holdUntilReleased).catch(() => {
        this.isHeld = true;
        resolve();
      });
    });
  }

  /** Whether this tab is the one that acts. */
  get isLeader(): boolean {
    return this.isHeld;
  }

  /** Tells the other tabs that this one joins a room: all of them will get what the room then says. */
  tellOfJoin(room: RoomJid): void {
    this.channel?.postMessage(room);
  }

  /** Lets another tab act. */
  stop(): void {
    this.isStopped = true;
    this.channel?.close();
    this.release();
  }
}
