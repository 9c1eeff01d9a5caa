import type { Compat } from "../converse.js";
import type { MessageAttributes, Model, MucModel } from "../converse-types.js";

/** A message without any id is the same as one that is known when it is as old, give or take this much. */
const SAME_MS = 10_000;

/** The missed messages of one return to a room: counted, and told to the user as a whole. */
export class MissedMessages {
  private isNotified = false;
  private candidate: MessageAttributes | null = null;
  /** Converse's messages from before the first of them. */
  private known: Model[] | null = null;

  /** @param missed how many were missed in a return before, which came to nothing */
  constructor(
    private readonly compat: Compat,
    private readonly muc: MucModel,
    private missed: number,
  ) {
    muc.messages?.on("add", this.onAdd);
  }

  /** A missed message comes: whether it was known before, and whether its author has corrected it since. */
  recognize(attributes: MessageAttributes): {
    isKnown: boolean;
    isCorrected: boolean;
  } {
    this.known ??= [...(this.muc.messages?.models ?? [])];
    const isCorrected = this.isCorrected(attributes);
    // Converse knows by itself what comes out of an archive a second time.
    const isCounted = !isCorrected && !attributes.is_archived;
    const isKnown = isCounted && Boolean(attributes.body);
    return { isKnown: isKnown && this.isKnown(attributes), isCorrected };
  }

  /** A missed message enters: unread, as if the user had been there. */
  take(attributes: MessageAttributes): void {
    const { is_archived, body, sender } = attributes;
    // Converse counts what is unread unless it is both archived and late.
    if (is_archived && body && sender !== "me" && this.muc.isHidden()) {
      attributes.is_delayed = false;
    }
  }

  /** Whether the user may be notified of one of them: of the first that is new. */
  mayNotify({ msgid, from }: MessageAttributes): boolean {
    const isKnown = this.known?.some(
      (message) =>
        message.get("msgid") === msgid && message.get("from") === from,
    );
    return !isKnown && this.notifyOnce();
  }

  /**
   * The return is over.
   *
   * @returns how many messages of others were missed
   */
  stop(): number {
    this.known = null;
    this.muc.messages?.off("add", this.onAdd);
    return this.missed;
  }

  /** How many messages of others were missed so far. */
  get count(): number {
    return this.missed;
  }

  /** Has Converse notify the user once of the archive's messages, as the site's settings say. */
  notify(): void {
    if (this.candidate && this.notifyOnce()) {
      this.compat.notify(this.muc, this.candidate);
    }
  }

  /** Whether a message has another text by now: Converse would show it a second time, with the first one. */
  private isCorrected({ msgid, from, replace_id }: MessageAttributes): boolean {
    if (!msgid || replace_id) return false;
    return (this.known ?? []).some(
      (message) =>
        message.get("msgid") === msgid &&
        message.get("from") === from &&
        Boolean(message.get("edited")),
    );
  }

  private notifyOnce(): boolean {
    const isFirst = !this.isNotified;
    this.isNotified = true;
    return isFirst;
  }

  private readonly onAdd = (message: Model): void => {
    const isArchived = message.get("is_archived");
    const isLate = isArchived || message.get("is_delayed");
    if (!isLate || message.get("sender") === "me" || !message.get("body")) {
      return;
    }
    this.missed++;
    if (isArchived && this.compat.mightNotify(this.muc, message)) {
      this.candidate = message.attributes as MessageAttributes;
    }
  };

  /** Whether a message was known before; one without an id is the same as one other at most. */
  private isKnown({ msgid, from, body, time }: MessageAttributes): boolean {
    const known = this.known ?? [];
    const index = known.findIndex((message) => {
      if (message.get("from") !== from) return false;
      if (msgid) return message.get("msgid") === msgid;
      const apart = Date.parse(String(message.get("time"))) - Date.parse(time);
      return message.get("body") === body && Math.abs(apart) <= SAME_MS;
    });
    if (index >= 0 && !msgid) known.splice(index, 1);
    return index >= 0;
  }
}
