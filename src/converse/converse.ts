/**
 * Converse.js as this plugin uses it, the same in each supported release; the differences between releases
 * are under releases/.
 */

import { bareJid } from "../core/jid.js";
import type { Undo } from "../ports.js";
import type {
  Collection,
  ConverseApi,
  DiscoEntity,
  InnerConverse,
  Log,
  MessageAttributes,
  MessageModel,
  Model,
  MucModel,
  PublicConverse,
  StanzaBuilder,
  StropheConnection,
} from "./converse-types.js";
import { parseElement } from "./stanza-view.js";
import { archiveReader } from "./releases/archive-reader.js";
import { beforeLogout } from "./releases/goodbye.js";
import { guardDates } from "./message-dates.js";
import { guardInvitations } from "./releases/invitations.js";
import { rejoin } from "./releases/join.js";
import { joinPresence } from "./releases/join-presence.js";
import { guardNotifications, notify } from "./releases/notifications.js";
import { undoReaction } from "./releases/reactions.js";
import {
  chatBoxesOf,
  connectionOf,
  discoEntitiesOf,
  logOf,
  mucPrototypeOf,
} from "./releases/places.js";

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
    return logOf(this.outer);
  }

  connection(): StropheConnection | undefined {
    return connectionOf(this.inner);
  }

  /** The prototype of Converse's MUC models; undefined in a Converse that is none. */
  mucPrototype(): MucModel | undefined {
    return mucPrototypeOf(this.inner);
  }

  /** Null while nobody is logged in. */
  ownBareJid(): string | null {
    return bareJid(this.connection()?.jid ?? "") || null;
  }

  /** Whether Converse answers a nick conflict by joining with the next nick. */
  triesNextNick(): boolean {
    return Boolean(this.api.settings.get("muc_nickname_from_jid"));
  }

  /** Whether this tab has fallen back to BOSH (XEP-0206): the worker that tabs share speaks WebSocket alone. */
  isOverBosh(): boolean {
    const proto = this.connection()?._proto;
    const { Bosh } = this.outer.env.Strophe;
    return Bosh !== undefined && proto instanceof Bosh;
  }

  /** Whether Converse leaves a room that the user does not look at, to hear of its activity instead. */
  isParking(muc: MucModel): boolean {
    return (
      Boolean(this.api.settings.get("muc_subscribe_to_rai")) &&
      Boolean(muc.get("hidden")) &&
      // A room that its user closes may say so first.
      this.status(muc) === ROOM_STATUS.ENTERED
    );
  }

  /** Whether other tabs may use the same connection, and get the same stanzas. */
  isConnectionShared(): boolean {
    const options = this.api.settings.get("connection_options");
    return Boolean((options as { worker?: unknown } | undefined)?.worker);
  }

  chatBoxes(): Collection | undefined {
    return chatBoxesOf(this.inner);
  }

  discoEntity(jid: string): DiscoEntity | undefined {
    return discoEntitiesOf(this.inner)?.get(jid);
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
    await archiveReader(this.inner, this.log)?.(muc, messages);
  }

  /** Whether Converse reads archives: its plugin for that may be switched off. */
  canReadArchives(): boolean {
    return archiveReader(this.inner, this.log) !== undefined;
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
    notify(this.inner, this.outer.env, muc, attrs);
  }

  /** Triggers an event of this plugin; another plugin's listener may throw, which is its own affair. */
  trigger(name: string, payload: object): void {
    Promise.resolve(this.api.trigger(name, payload)).catch((error: unknown) =>
      this.log.error(
        `muc-push: a listener of ${name} failed: ${String(error)}`,
      ),
    );
  }

  /** @see guardNotifications */
  guardNotifications(mayNotify: (message: MessageAttributes) => boolean): Undo {
    return guardNotifications(this.inner, this.log, mayNotify);
  }

  /** @see guardInvitations */
  guardInvitations(mayShow: (message: Element) => boolean): Undo {
    return guardInvitations(this.inner, mayShow);
  }

  /** @see guardDates */
  guardDates(): Undo {
    return guardDates(this.inner);
  }

  /** @see beforeLogout */
  beforeLogout(tell: () => void): Undo {
    return beforeLogout(this.inner, tell);
  }

  /** A sentence in the user's language, if Converse has it. */
  translate(text: string): string {
    return this.inner.__?.(text) ?? text;
  }

  /**
   * The change that takes the user's own reaction off a message again.
   *
   * @param target the id that the reaction gave the message
   * @returns the attributes to save; null where Converse knows no reactions
   */
  undoReaction(
    message: MessageModel,
    target: string,
  ): Promise<Record<string, unknown> | null> {
    return undoReaction(this.api, message, target);
  }

  /** The start of an IQ; `built` ends it. */
  iq(attributes: Record<string, string>): StanzaBuilder {
    return this.outer.env.$iq(attributes);
  }

  /**
   * Strophe's builder makes elements that are in no namespace and only look as if they were: whoever reads what is
   * sent would not find them.
   */
  built(builder: StanzaBuilder): Element {
    return parseElement(this.xmlOf(builder.tree()));
  }

  /** A stanza as text. Not by the browser's own serializer: Firefox takes such elements at their word. */
  xmlOf(stanza: Element): string {
    return this.outer.env.Strophe.serialize(stanza);
  }

  status(muc: MucModel): unknown {
    return muc.session?.get("connection_status");
  }

  /** Joins anew through Converse's model, which shows it; ends when the join was sent. */
  async rejoin(muc: MucModel): Promise<void> {
    await rejoin(muc);
  }

  /** @see joinPresence */
  joinPresence(muc: MucModel): Promise<Element | StanzaBuilder> {
    return joinPresence(muc, this.outer.env, this.connection()?.jid ?? "");
  }
}
