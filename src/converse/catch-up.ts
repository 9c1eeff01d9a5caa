import type { ClockPort, RoomJid, Undo } from "../types.js";
import type { Model } from "./compat.js";
import type { Rooms } from "./rooms.js";

/** Converse waits this long at most for an answer of the archive. */
const LONGEST_CATCH_UP_MS = 60_000;

/** Counts what Converse fetches after a rejoin: the messages of others that were missed. */
export class CatchUp {
  private readonly counts = new Map<RoomJid, Count>();

  constructor(
    private readonly rooms: Rooms,
    private readonly clock: ClockPort,
  ) {}

  /** The user is out of a room: what comes late from now on was missed. */
  begin(room: RoomJid): void {
    this.drop(room);
    this.counts.set(room, new Count(this.rooms.modelOf(room)?.messages));
  }

  /**
   * The user is back in a room.
   *
   * @param onEnd called once with the number of missed messages, when Converse has fetched them
   */
  end(room: RoomJid, onEnd: (missed: number) => void): void {
    const count = this.counts.get(room);
    if (!count) return onEnd(0);
    const cancel = this.clock.after(LONGEST_CATCH_UP_MS, () => this.done(room));
    count.onDone = (missed) => {
      cancel();
      onEnd(missed);
    };
  }

  /** Converse has fetched what there was to fetch. */
  done(room: RoomJid): void {
    const count = this.counts.get(room);
    if (!count?.onDone) return;
    this.drop(room);
    count.onDone(count.missed);
  }

  /** Nobody waits for a count any more. */
  drop(room: RoomJid): void {
    this.counts.get(room)?.stop();
    this.counts.delete(room);
  }

  /** Nobody waits for any count any more. */
  clear(): void {
    for (const room of [...this.counts.keys()]) this.drop(room);
  }
}

class Count {
  missed = 0;
  onDone: ((missed: number) => void) | null = null;
  readonly stop: Undo;

  constructor(messages: Model | undefined) {
    const onAdd = (message: Model) => {
      const isLate = message.get("is_archived") || message.get("is_delayed");
      const isTheirs = message.get("sender") !== "me" && message.get("body");
      if (isLate && isTheirs) this.missed++;
    };
    messages?.on("add", onAdd);
    this.stop = () => messages?.off("add", onAdd);
  }
}
