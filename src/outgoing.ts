import { systemClock } from "./converse/clock.js";
import type { Compat } from "./converse/converse.js";
import type { MessageModel, MucModel } from "./converse/converse-types.js";
import type { MessageError } from "./converse/listen/muc-hooks.js";
import { idsOf, readArchived, readEcho } from "./converse/listen/echoes.js";
import { failureText } from "./converse/act/failure-text.js";
import { Messages } from "./converse/act/messages.js";
import { OutboxStore } from "./converse/store/outbox.js";
import type { Rooms } from "./converse/act/rooms.js";
import { SendDoor } from "./converse/listen/sends.js";
import { offerSendAgain } from "./converse/listen/send-again.js";
import { errorView } from "./converse/stanza-view.js";
import { bareJid, resourceOf } from "./core/jid.js";
import type { Pending } from "./core/outbox/outbox.js";
import { Deliveries, keyOf, type WayPort } from "./deliveries.js";
import type { FinalReason, RoomJid } from "./core/events.js";
import type { Undo } from "./ports.js";
import { KeptWords } from "./ui/kept-words.js";
import { WaitingMarks } from "./ui/waiting-marks.js";

/** What the rest of the plugin knows about rooms, and this part has to know. */
export interface OutgoingPort extends WayPort {
  /** The nick that a room last confirmed; null when it has not. */
  nickOf(room: RoomJid): string | null;
  /** Whether this tab acts for all that share its connection. */
  isLeader(): boolean;
  /** @see Doorkeeper.onJoin */
  onJoin(room: RoomJid, presence: Element): boolean;
}

interface Shown {
  readonly entry: Pending;
  readonly msgid: string;
}

/** Everything about what the user says, from their key stroke to the room's confirmation. */
export class Outgoing {
  private readonly deliveries: Deliveries;
  private readonly door: SendDoor;
  private readonly store: OutboxStore;
  private readonly marks: WaitingMarks;
  private readonly kept: KeptWords;
  private readonly messages: Messages;
  private readonly undos: Undo[] = [];
  private isRestored = false;
  /** What is shown as waiting or failed, and what the page knows it by. */
  private readonly shown = new Map<string, Shown>();

  /**
   * @param messageWaitMs how long a message waits for its room, in milliseconds
   * @param answerMs after this many milliseconds without an error a private message has arrived
   */
  constructor(
    private readonly compat: Compat,
    private readonly rooms: Rooms,
    private readonly port: OutgoingPort,
    messageWaitMs: number,
    answerMs: number,
  ) {
    this.messages = new Messages(compat, rooms);
    this.marks = new WaitingMarks(() => ({
      waiting: compat.translate("Waiting to be sent"),
      failed: compat.translate("“Send again” is in its menu"),
    }));
    this.kept = new KeptWords((room) => ({
      heading: compat.translate(
        this.deliveries.isDoubtful(room) ? "Perhaps not sent:" : "Not sent:",
      ),
      texts: this.messages.wordsOf(this.shownOf(room)),
      button: [compat.translate("Copy"), compat.translate("Copied")],
    }));
    this.store = new OutboxStore(compat.isConnectionShared(), () =>
      compat.ownBareJid(),
    );
    const send = (xml: string) => this.door.send(xml);
    this.deliveries = new Deliveries(
      {
        clock: systemClock,
        store: this.store,
        way: port,
        send,
        hasArchive: (room) => rooms.hasArchive(room),
        isLeader: port.isLeader,
      },
      messageWaitMs,
      answerMs,
      {
        onWaiting: (entries) => this.show(entries),
        onFailed: (entry) => this.showFailed(entry),
        onRevived: (entry) => this.messages.showRevived(entry),
      },
    );
    const { deliveries } = this;
    this.door = new SendDoor(compat, {
      offer: (draft, isConnected) => deliveries.offer(draft, isConnected),
      isWayOpen: (room) => deliveries.isWayOpen(room),
      onJoin: (room, presence) => port.onJoin(room, presence),
    });
  }

  /** Starts looking at what is sent; a second call does nothing. */
  start(): void {
    if (this.undos.length > 0) return;
    this.door.start();
    const { deliveries, messages, port } = this;
    this.undos.push(
      () => this.door.stop(),
      this.store.watch((entry, room, id) => deliveries.absorb(entry, room, id)),
      offerSendAgain(this.compat, {
        canSendAgain: (muc, message) =>
          port.isKept(this.rooms.jidOf(muc)) &&
          this.failedAt(muc, message).length > 0,
        sendAgain: (muc, message) => {
          for (const entry of this.failedAt(muc, message)) {
            messages.showRevived(entry);
            deliveries.retry(entry);
          }
        },
      }),
    );
  }

  /** Stops; what is stored stays. A second call does nothing. */
  stop(): void {
    for (const undo of this.undos.splice(0)) undo();
    this.deliveries.stop();
    this.marks.stop();
    this.kept.stop();
    this.isRestored = false;
  }

  /** A session begins, or goes on: takes up what was left over by the page of before. */
  beginSession(): void {
    if (this.isRestored || !this.compat.connection()?.jid) return;
    this.isRestored = true;
    this.deliveries.restore();
  }

  /** The user has logged out: nothing of what they said stays. */
  endSession(): void {
    this.isRestored = false;
    this.deliveries.clear();
  }

  /** Converse has loaded its messages of a chat. */
  onMessagesLoaded(muc: MucModel): void {
    const room = this.rooms.jidOf(muc);
    const entries = this.shownOf(room);
    this.lookUp(entries);
    this.mark();
    for (const entry of entries) this.showFailed(entry);
  }

  /** A message came from the user's server: an error, something said in a room, or out of an archive. */
  onMessage(message: Element): void {
    const from = message.getAttribute("from") ?? "";
    if (message.getAttribute("type") === "error") {
      const error = errorView(message);
      if (!error) return;
      const isPrivate = resourceOf(from) !== null;
      const ids = idsOf(message);
      this.deliveries.bounced(bareJid(from), ids, error, isPrivate);
      return;
    }
    const echo =
      readEcho(message, (room) => this.port.nickOf(room)) ??
      readArchived(message);
    if (echo) this.deliveries.reflected(echo);
  }

  /** @see Deliveries.opened */
  opened(room: RoomJid, isHistoryKnown: boolean): void {
    this.deliveries.opened(room, isHistoryKnown);
  }

  /** @see Deliveries.closed */
  closed(room: RoomJid): void {
    this.deliveries.closed(room);
  }

  /** @see Deliveries.asked */
  asked(room: RoomJid): () => void {
    return this.deliveries.asked(room);
  }

  /** @see Deliveries.streamBroke */
  streamBroke(): void {
    this.deliveries.streamBroke();
  }

  /** There is no way back into a room, or the user does not want one. */
  departed(room: RoomJid, reason: FinalReason): void {
    if (reason !== "left" && reason !== "logged-out") {
      return this.deliveries.lost(room, reason);
    }
    if (reason === "left") this.deliveries.lost(room, reason);
    this.deliveries.forget(room);
  }

  /** @see Deliveries.unconfirmedSince */
  unconfirmedSince(room: RoomJid): number | null {
    return this.deliveries.unconfirmedSince(room);
  }

  /** @see Deliveries.isDoubtful */
  isDoubtful(room: RoomJid): boolean {
    return this.deliveries.isDoubtful(room);
  }

  isErrorOurs(
    muc: MucModel,
    { from, msgid, error_condition, error_type }: MessageError,
  ): boolean {
    if (!msgid) return false;
    const room = this.rooms.jidOf(muc);
    const error = {
      condition: error_condition ?? "",
      type: error_type ?? "",
      by: null,
    };
    return from === room && error_condition
      ? this.deliveries.isErrorOurs(room, msgid, error)
      : this.deliveries.isOurs(room, msgid);
  }

  onTimedMessage(
    muc: MucModel,
    stanza: Element,
    answer: Promise<unknown>,
  ): Promise<unknown> {
    const room = this.rooms.jidOf(muc);
    const id = stanza.getAttribute("id") ?? "";
    const { deliveries } = this;
    if (!deliveries.isOurs(room, id)) return answer;
    return new Promise((resolve, reject) => {
      void deliveries
        .whenEnded(room, id)
        .then((isDelivered) => resolve(isDelivered ? stanza : errorFor(id)));
      answer.then(
        (value) => deliveries.isOurs(room, id) || resolve(value),
        (error) => deliveries.isOurs(room, id) || reject(error),
      );
    });
  }

  private failedAt(muc: MucModel, message: MessageModel): Pending[] {
    return this.deliveries.failedAt(this.rooms.jidOf(muc), (id) =>
      this.messages.isNameOf(muc, message, id),
    );
  }

  /** Looks for what is new among these, and for nothing else. */
  private show(entries: readonly Pending[]): void {
    const before = new Map(this.shown);
    this.shown.clear();
    for (const entry of entries) {
      const key = keyOf(entry);
      const msgid = before.get(key)?.msgid;
      this.shown.set(key, { entry, msgid: msgid ?? entry.target });
      if (msgid === undefined) this.lookUp([entry]);
    }
    this.mark();
  }

  /** Finds out what the page knows messages of one room by. */
  private lookUp(entries: readonly Pending[]): void {
    const msgids = this.messages.msgidsOf(entries);
    entries.forEach((entry, at) => {
      const msgid = msgids[at] ?? entry.target;
      this.shown.set(keyOf(entry), { entry, msgid });
    });
  }

  private shownOf(room: RoomJid): Pending[] {
    return [...this.shown.values()]
      .map(({ entry }) => entry)
      .filter((entry) => entry.room === room);
  }

  private mark(): void {
    this.marks.show(
      [...this.shown.values()].map(({ entry, msgid }) => ({
        msgid,
        isFailed: entry.phase.tag === "failed",
      })),
    );
    const entries = [...this.shown.values()];
    this.kept.show(new Set(entries.map(({ entry }) => entry.room)));
  }

  private showFailed(entry: Pending): void {
    if (entry.phase.tag !== "failed") return;
    const sentence = failureText(entry.phase.reason);
    this.messages
      .showFailed(entry, this.compat.translate(sentence))
      .catch((error: unknown) =>
        this.compat.log.debug(
          `muc-push: not shown as failed: ${String(error)}`,
        ),
      );
  }
}

/** What Converse takes for a refusal. */
function errorFor(id: string): Element {
  const error = document.createElementNS("jabber:client", "message");
  error.setAttribute("type", "error");
  error.setAttribute("id", id);
  return error;
}
