import type { Outbox } from "../../core/outbox/outbox-state.js";
import {
  isFailed,
  type Failed,
  type Pending,
} from "../../core/outbox/pending.js";
import type { Compat } from "../converse.js";
import type { MessageModel, MucModel } from "../converse-types.js";
import { failureText } from "./failure-text.js";
import type { Rooms } from "./rooms.js";

/** The names by which messages refer to others: the room's, and the author's. */
function namesOf(muc: MucModel, message: MessageModel): unknown[] {
  const names = ["msgid", "origin_id", "id", `stanza_id ${muc.get("jid")}`];
  return names.map((name) => message.get(name));
}

const CORRECT = "urn:xmpp:message-correct:0";

/** Whether a message brings words of the user's: retractions and reactions have a body, but not of their own. */
const hasWords = ({ id, target, xml }: Pending) =>
  id === target || xml.includes(CORRECT);

/** Converse's models of the messages that wait. */
export class Messages {
  constructor(
    private readonly compat: Compat,
    private readonly rooms: Rooms,
  ) {}

  /** What the page knows messages by that one room shows, in their order; null for one that it does not show. */
  msgidsOf(entries: readonly Pending[]): (string | null)[] {
    const found = this.findAll(entries);
    return entries.map((entry) => {
      const msgid = found.get(entry.target)?.get("msgid");
      return typeof msgid === "string" ? msgid : null;
    });
  }

  /** What the user said with messages of one room: of an encrypted or corrected one what they see of it. */
  wordsOf(entries: readonly Pending[]): string[] {
    const found = this.findAll(entries);
    const words = new Map<string, string>();
    for (const entry of entries.filter(hasWords)) {
      const message = found.get(entry.target);
      if (message?.get("retracted")) continue;
      const seen = message?.get("plaintext") ?? message?.get("body");
      const text = typeof seen === "string" ? seen : entry.body;
      if (text) words.set(entry.target, text);
    }
    return [...words.values()];
  }

  /** Whether an id is one of a message's names. */
  isNameOf(muc: MucModel, message: MessageModel, id: string): boolean {
    return namesOf(muc, message).includes(id);
  }

  /** Has Converse show a message as not delivered; what was done to another message is undone. */
  showFailed(entry: Failed): void {
    this.saveFailed(entry).catch((error: unknown) =>
      this.compat.log.debug(`muc-push: not shown as failed: ${String(error)}`),
    );
  }

  /** Has Converse show each message of a room that was not delivered. */
  showAllFailed({ entries }: Outbox): void {
    for (const entry of entries) if (isFailed(entry)) this.showFailed(entry);
  }

  private async saveFailed(entry: Failed): Promise<void> {
    const { id, target, phase } = entry;
    const error = this.compat.translate(failureText(phase.reason));
    const message = this.find(entry);
    if (!message || message.get("error") === error) return;
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
  showRevived(entry: Pending): void {
    const message = this.find(entry);
    if (message?.get("error")) message.save({ error: undefined });
  }

  private find(entry: Pending): MessageModel | undefined {
    return this.findAll([entry]).get(entry.target);
  }

  /** Looks at each message of a room once, however many are looked for. */
  private findAll(entries: readonly Pending[]): Map<string, MessageModel> {
    const found = new Map<string, MessageModel>();
    const room = entries[0]?.room;
    const muc = room === undefined ? undefined : this.rooms.modelOf(room);
    if (!muc) return found;
    const wanted = new Set<unknown>(entries.map(({ target }) => target));
    // Private messages lie with their occupants.
    const others = entries.some(({ isPrivate }) => isPrivate)
      ? (muc.occupants?.models ?? [])
      : [];
    const messages = [muc, ...others].flatMap(
      ({ messages }) => messages?.models ?? [],
    );
    for (const message of messages) {
      for (const name of namesOf(muc, message)) {
        if (!wanted.delete(name)) continue;
        found.set(String(name), message);
      }
      if (wanted.size === 0) break;
    }
    return found;
  }
}
