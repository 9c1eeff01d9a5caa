import type { Pending } from "../core/outbox.js";
import type { Compat } from "./compat/compat.js";
import type { MessageModel, MucModel } from "./models.js";
import type { Rooms } from "./rooms.js";

/** The names by which messages refer to others: the room's, and the author's. */
function namesOf(muc: MucModel, message: MessageModel): unknown[] {
  const names = ["msgid", "origin_id", "id", `stanza_id ${muc.get("jid")}`];
  return names.map((name) => message.get(name));
}

/** Converse's models of the messages that wait. */
export class Messages {
  constructor(
    private readonly compat: Compat,
    private readonly rooms: Rooms,
  ) {}

  /** What the page knows a message by; null when it is not shown. */
  msgidOf({ room, target }: Pending): string | null {
    const msgid = this.find(room, target)?.get("msgid");
    return typeof msgid === "string" ? msgid : null;
  }

  /** Whether an id is one of a message's names. */
  isNameOf(muc: MucModel, message: MessageModel, id: string): boolean {
    return namesOf(muc, message).includes(id);
  }

  /**
   * Has Converse show a message as not delivered; what was done to another message is undone.
   *
   * @param error a translated sentence that says why
   */
  async showFailed(
    { room, id, target }: Pending,
    error: string,
  ): Promise<void> {
    const message = this.find(room, target);
    if (!message) return;
    const isRetraction = message.get("retraction_id") === id;
    message.save({
      error,
      ...(isRetraction && {
        retracted: undefined,
        retracted_id: undefined,
        retraction_id: undefined,
      }),
    });
    if (id === target || isRetraction) return;
    const undone = await this.compat.undoReaction(message, target);
    if (undone) message.save(undone);
  }

  /** Takes back what `showFailed` said. */
  showRevived({ room, target }: Pending): void {
    const message = this.find(room, target);
    if (message?.get("error")) message.save({ error: undefined });
  }

  private find(room: string, id: string): MessageModel | undefined {
    const muc = this.rooms.modelOf(room);
    return muc?.messages?.models.find((message) =>
      this.isNameOf(muc, message, id),
    );
  }
}
