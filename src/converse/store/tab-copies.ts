import type { Undo } from "../../ports.js";

const NAME = "converse-muc-push-copies";

/** What a tab says to the others of its origin: what it keeps, and since when it is there. */
interface Claim {
  readonly since: number;
  readonly keys: readonly string[];
}

/**
 * A tab that its user duplicates takes a copy of the session storage along, and each of the two would send
 * what waits in there. The one that was there first does.
 */
export class TabCopies {
  private channel: BroadcastChannel | null = null;

  /** Tells the other tabs what this one keeps; whoever was there before answers. */
  claim(keys: readonly string[]): void {
    if (keys.length === 0) return;
    this.channel?.postMessage({ since: performance.timeOrigin, keys });
  }

  /**
   * @param has whether this tab keeps something
   * @param onTaken told about each thing that a tab keeps which was there before this one
   */
  watch(has: (key: string) => boolean, onTaken: (key: string) => void): Undo {
    // Some browsers of the oldest release have none; there a copy may say a message again.
    if (typeof BroadcastChannel !== "function") return () => {};
    const channel = (this.channel = new BroadcastChannel(NAME));
    channel.addEventListener("message", ({ data }: { data: Claim }) => {
      const common = data.keys.filter(has);
      if (data.since > performance.timeOrigin) return this.claim(common);
      if (data.since < performance.timeOrigin) common.forEach(onTaken);
    });
    return () => {
      this.channel = null;
      channel.close();
    };
  }
}
