/**
 * What this plugin uses of Converse.js, and every difference between its releases. Where a release is
 * named, the line is for that release; everything else holds in 7.0.6, 10.1.2, 12.0.0 and 14.0.0.
 */

import { bareJid } from "../core/jid.js";
import type {
  Collection,
  ConverseApi,
  DiscoEntity,
  HandleMamResult,
  InnerConverse,
  Log,
  MessageAttributes,
  MessageModel,
  Model,
  MucModel,
  PublicConverse,
  StanzaBuilder,
  StropheConnection,
} from "./models.js";

/** The values of `connection_status` that this plugin reads; the numbers are the same in all releases. */
export const ROOM_STATUS = {
  CONNECTED: 0,
  CONNECTING: 1,
  NICKNAME_REQUIRED: 2,
  ENTERED: 5,
  DESTROYED: 6,
} as const;

/** The one way to Converse's objects, whatever the release. */
export class Compat {
  readonly api: ConverseApi;

  constructor(
    private readonly inner: InnerConverse,
    private readonly outer: PublicConverse,
  ) {
    this.api = inner.api;
  }

  get log(): Log {
    return this.outer.env.log ?? console;
  }

  connection(): StropheConnection | undefined {
    return this.api.connection.get?.() ?? this.inner.connection;
  }

  /** Null while nobody is logged in. */
  ownBareJid(): string | null {
    return bareJid(this.connection()?.jid ?? "") || null;
  }

  /** Whether Converse answers a nick conflict by joining with the next nick. */
  triesNextNick(): boolean {
    return Boolean(this.api.settings.get("muc_nickname_from_jid"));
  }

  /** Whether other tabs may use the same connection, and get the same stanzas. */
  isConnectionShared(): boolean {
    const options = this.api.settings.get("connection_options");
    return Boolean((options as { worker?: unknown } | undefined)?.worker);
  }

  chatBoxes(): Collection | undefined {
    return this.inner.state?.chatboxes ?? this.inner.chatboxes;
  }

  discoEntity(jid: string): DiscoEntity | undefined {
    return (this.inner.state?.disco_entities ?? this.inner.disco_entities)?.get(
      jid,
    );
  }

  /** Has Converse take over what a room says of itself, as if it had asked. */
  async applyDiscoInfo(muc: MucModel, answer: Element): Promise<void> {
    const entity = this.discoEntity(String(muc.get("jid")));
    if (!entity) return;
    for (const known of [entity.features, entity.fields, entity.identities]) {
      known?.reset();
    }
    await entity.onInfo(answer);
    await muc.getDiscoInfo();
  }

  /** Has Converse read messages of a room's archive into its model. */
  async takeArchived(
    muc: MucModel,
    messages: readonly Element[],
  ): Promise<void> {
    const take = this.archiveReader();
    const query = { is_groupchat: true, mam: { with: muc.get("jid") } };
    const read = async (some: readonly Element[]) =>
      take?.(muc, { messages: [...some] }, query, query);
    try {
      await read(messages);
    } catch {
      // It refuses all of a page for one message that it can't read.
      for (const message of messages) {
        await read([message]).catch((error: unknown) =>
          this.log.debug(
            `muc-push: unreadable in an archive: ${String(error)}`,
          ),
        );
      }
    }
  }

  /** Whether Converse reads archives: its plugin for that may be switched off. */
  canReadArchives(): boolean {
    return this.archiveReader() !== undefined;
  }

  private archiveReader(): HandleMamResult | undefined {
    return (this.inner.exports ?? this.inner).handleMAMResult;
  }

  /** How many messages the site's owner wants on a page of an archive. */
  archivePageSize(): number {
    const size = Number(this.api.settings.get("archived_messages_page_size"));
    return size >= 1 ? size : 50;
  }

  /** Whether Converse empties a room when it comes back. */
  clearsOnReconnection(): boolean {
    return Boolean(this.api.settings.get("clear_messages_on_reconnection"));
  }

  /** Whether the site's settings may want a notification of a message; Converse itself has the last word. */
  mightNotify(muc: MucModel, message: Model): boolean {
    const all = this.api.settings.get("notify_all_room_messages");
    return (
      all === true ||
      (Array.isArray(all) && all.includes(muc.get("jid"))) ||
      muc.isUserMentioned(message)
    );
  }

  /** Has Converse notify the user of a message, as the site's settings say. */
  notify(muc: MucModel, attrs: MessageAttributes): void {
    void this.api.trigger("message", { attrs, chatbox: muc });
  }

  /** Has a say in what one of Converse's hooks lets through. @returns the undo */
  veto<T>(hook: string, isAllowed: (context: T) => boolean): () => void {
    const { listen } = this.api;
    const { log } = this;
    const decide = (context: T, verdict: unknown): unknown => {
      try {
        return isAllowed(context) && verdict;
      } catch (error) {
        log.debug(`muc-push: ${hook}: ${String(error)}`);
        return verdict;
      }
    };
    listen.on(hook, decide);
    return () => listen.not(hook, decide);
  }

  /** A sentence in the user's language, if Converse has it. */
  translate(text: string): string {
    return this.inner.__?.(text) ?? text;
  }

  /**
   * What takes the user's own reaction off a message again.
   *
   * @param target the id that the reaction gave the message
   * @returns the attributes to save; null where Converse knows no reactions (up to 13)
   */
  async undoReaction(
    message: MessageModel,
    target: string,
  ): Promise<Record<string, unknown> | null> {
    const refused = { reaction_to_id: target };
    const attributes = await this.api.hook?.(
      "getErrorAttributesForMessage",
      message,
      {},
      refused,
    );
    const { reactions } = (attributes ?? {}) as { reactions?: unknown };
    return reactions === undefined ? null : { reactions };
  }

  /** The start of an IQ; `tree()` ends it. */
  iq(attributes: Record<string, string>): StanzaBuilder {
    return this.outer.env.$iq(attributes);
  }

  status(muc: MucModel): unknown {
    return muc.session?.get("connection_status");
  }

  /** Joins anew through Converse's model, which shows it; ends when the join was sent. */
  async rejoin(muc: MucModel): Promise<void> {
    // 7.0.6: its rejoin does not register the room's handlers again.
    muc.registerHandlers();
    await muc.rejoin();
  }

  /**
   * Joins anew a room that Converse believes it is in, and leaves it in that belief: nothing on the screen
   * changes. Ends when the join was sent.
   */
  async rejoinQuietly(muc: MucModel): Promise<void> {
    // 7.0.6 builds the presence inside of `join`.
    if (!muc.constructJoinPresence) return this.rejoin(muc);
    // Behind the handlers of this plugin, which has to hear of a refusal first.
    muc.registerHandlers();
    this.api.send(await muc.constructJoinPresence());
  }

  /** After a quiet rejoin: takes those out of the list of occupants who were in the room before, and are not now. */
  removeAbsent(muc: MucModel, present: ReadonlySet<string>): void {
    const offline = { presence: "offline", show: "offline", role: undefined };
    for (const occupant of [...(muc.occupants?.models ?? [])]) {
      if (present.has(String(occupant.get("nick")))) continue;
      // Silently: they did not leave while the user was looking.
      if (occupant.isMember()) occupant.save?.(offline);
      else {
        occupant.set?.(offline, { silent: true });
        occupant.destroy?.();
      }
    }
  }
}
