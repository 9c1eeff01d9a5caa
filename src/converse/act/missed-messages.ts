import type { Compat } from "../converse.js";
import type { MessageAttributes, Model, MucModel } from "../converse-types.js";

/** A message without any id is the same as one that is known when it is as old, give or take this much. */
const SAME_MS = 10_000;

/** What comes late, in one return to a room: counted, and told to the user as a whole. */
export class MissedMessages {
  /** How many messages the room's own history has brought. */
  count = 0;
  /** Whether one of them was known already: then nothing is missing before the others. */
  isKnownMet = false;

  private isNotified = false;
  private first: MessageAttributes | null = null;
  private candidate: MessageAttributes | null = null;
  /** What was known before the first of them. */
  private known: Model[] | null = null;

  /** @param missed how many were missed in a return before, which came to nothing */
  constructor(
    private readonly compat: Compat,
    private readonly muc: MucModel,
    private missed: number,
  ) {
    muc.messages?.on("add", this.onAdd);
  }

  /**
   * A missed message is about to enter the model, as if the user had been there.
   *
   * @returns false when it is known already, and Converse would not see that
   */
  take(attributes: MessageAttributes): boolean {
    const { is_archived, body, sender } = attributes;
    this.known ??= [...(this.muc.messages?.models ?? [])];
    if (this.isCorrected(attributes)) return false;
    if (!is_archived && body) {
      this.count++;
      const isKnown = this.isKnown(attributes);
      this.isKnownMet ||= isKnown;
      if (isKnown && !attributes.msgid) return false;
    }
    this.first ??= attributes;
    // Converse counts what is unread unless it is both archived and late.
    if (is_archived && body && sender !== "me" && this.muc.isHidden()) {
      attributes.is_delayed = false;
    }
    return true;
  }

  /** Whether the user may be notified of one of them: of the first that is new. */
  mayNotify({ msgid, from }: MessageAttributes): boolean {
    const isKnown = this.known?.some(
      (message) =>
        message.get("msgid") === msgid && message.get("from") === from,
    );
    return !isKnown && this.notifyOnce();
  }

  /** When the first of them was said, in milliseconds since 1970; NaN when there are none. */
  firstTime(): number {
    return Date.parse(this.first?.time ?? "");
  }

  /**
   * Tells the user that there may be more.
   *
   * @param time where, in milliseconds since 1970
   */
  tellGap(time: number): void {
    void this.muc.createMessage({
      type: "info",
      message: this.compat.translate("Some messages may be missing"),
      time: new Date(time).toISOString(),
    });
  }

  /** Adds what was missed in a return before. */
  add(missed: number): void {
    this.missed += missed;
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

  /** Has Converse notify the user once of what the archive brought, as the site's settings say. */
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
