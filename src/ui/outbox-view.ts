import {
  isInDoubt,
  waitingIn,
  type Outbox,
} from "../core/outbox/outbox-state.js";
import { isFailed, type Pending } from "../core/outbox/pending.js";
import type { RoomJid } from "../core/events.js";
import type { Membership } from "../core/membership.js";
import type { Mirror } from "../ports.js";
import { KeptWords } from "./kept-words.js";
import { WaitingMarks } from "./waiting-marks.js";

/** The messages that the page shows; all that are asked for at once are of one room. */
export interface ShownMessages {
  /** The `data-msgid` of each message, in their order; null for one that is not shown. */
  msgidsOf(entries: readonly Pending[]): (string | null)[];
  /** The user's words in these messages, as they see them. */
  wordsOf(entries: readonly Pending[]): string[];
}

/** A room's outbox, and the `data-msgid` of each message by its id. */
interface View {
  readonly outbox: Outbox;
  readonly msgids: ReadonlyMap<string, string>;
}

/** Shows the messages that wait or have failed, by a mark and by their texts: follows the outboxes. */
export class OutboxView implements Mirror {
  private readonly views = new Map<RoomJid, View>();
  private readonly marks: WaitingMarks;
  private readonly kept: KeptWords;

  constructor(
    private readonly page: ShownMessages,
    translate: (text: string) => string,
  ) {
    this.marks = new WaitingMarks(() => ({
      waiting: translate("Waiting to be sent"),
      failed: translate("“Send again” is in its menu"),
    }));
    this.kept = new KeptWords((room) => {
      const { outbox } = this.views.get(room)!;
      return {
        heading: translate(
          isInDoubt(outbox) ? "Perhaps not sent:" : "Not sent:",
        ),
        texts: page.wordsOf(waitingIn(outbox)),
        button: [translate("Copy"), translate("Copied")],
      };
    });
  }

  stepped(room: RoomJid, is: Membership, was: Membership): void {
    if (is.outbox !== was.outbox)
      this.show(room, is.outbox, this.views.get(room)?.msgids);
  }

  forgotten(): void {
    this.views.clear();
    this.follow();
  }

  /** The page shows other messages of a room than before. */
  renew(room: RoomJid): void {
    const view = this.views.get(room);
    if (view) this.show(room, view.outbox);
  }

  /** @param known the messages that need not be looked for */
  private show(
    room: RoomJid,
    outbox: Outbox,
    known: ReadonlyMap<string, string> = new Map(),
  ): void {
    const entries = waitingIn(outbox);
    const news = entries.filter(({ id }) => !known.has(id));
    const found = this.page.msgidsOf(news);
    const msgids = new Map(
      entries.map(({ id, target }) => [
        id,
        known.get(id) ?? found.shift() ?? target,
      ]),
    );
    if (entries.length > 0) this.views.set(room, { outbox, msgids });
    else if (!this.views.delete(room)) return;
    this.follow();
  }

  private follow(): void {
    const marks = [...this.views.values()].flatMap((view) =>
      waitingIn(view.outbox).map((entry) => ({
        msgid: view.msgids.get(entry.id)!,
        isFailed: isFailed(entry),
      })),
    );
    this.marks.show(marks);
    this.kept.show(new Set(this.views.keys()));
  }
}
