import type { RoomJid } from "../../core/events.js";
import type { Undo } from "../../ports.js";

const NAME = "converse-muc-push";

/** What a tab tells the others before it joins a room. */
interface JoinNews {
  readonly room: RoomJid;
  /** In milliseconds since 1970. */
  readonly sentAt: number;
}

/** Any script of the site may write to the channel. */
const isJoinNews = (data: unknown): data is JoinNews => {
  const { room, sentAt } = (data ?? {}) as Partial<JoinNews>;
  return typeof room === "string" && typeof sentAt === "number";
};

/**
 * Which of several tabs that share one connection acts for all of them. Each tab gets every stanza, and a
 * push must be answered once. The browser hands the lock on when the tab that has it goes away.
 */
export class Leadership {
  private isHeld: boolean;
  /** Resolves when this tab is the one that acts for all that share a connection. */
  readonly acquired: Promise<void>;
  private isStopped = false;
  private release: Undo = () => {};
  private readonly channel: BroadcastChannel | null;

  /**
   * @param isShared whether other tabs may use the same connection
   * @param hasOwn whether this tab turns out to have a connection of its own: it then acts for itself alone
   */
  constructor(
    isShared: boolean,
    private readonly hasOwn: () => boolean = () => false,
  ) {
    // Pages that are served without TLS have no locks; there every tab acts for itself.
    const locks = isShared ? navigator.locks : undefined;
    this.channel = locks ? new BroadcastChannel(NAME) : null;
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

  /**
   * @param onJoin told about each room that another tab joins, and when it did, in milliseconds since 1970; the
   *   room's answer may be there before that news
   */
  listen(onJoin: (room: RoomJid, sentAt: number) => void): void {
    this.channel?.addEventListener("message", ({ data }) => {
      if (isJoinNews(data) && !this.hasOwn()) onJoin(data.room, data.sentAt);
    });
  }

  /** Whether this tab is the one that acts. */
  get isLeader(): boolean {
    return this.isHeld || this.hasOwn();
  }

  /** Resolves when this tab acts. */
  get acting(): Promise<void> {
    return this.isLeader ? Promise.resolve() : this.acquired;
  }

  /**
   * Tells the other tabs that this one joins a room: all of them will get what the room then says.
   *
   * @param sentAt now, in milliseconds since 1970
   */
  tellOfJoin(room: RoomJid, sentAt: number): void {
    if (this.hasOwn()) return;
    const news: JoinNews = { room, sentAt };
    this.channel?.postMessage(news);
  }

  /** Lets another tab act. */
  stop(): void {
    this.isStopped = true;
    this.channel?.close();
    this.release();
  }
}
