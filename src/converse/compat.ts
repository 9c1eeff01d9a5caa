/**
 * What this plugin uses of Converse.js, and every difference between its releases. Where a release is
 * named, the line is for that release; everything else holds in 7.0.6, 10.1.2, 12.0.0 and 14.0.0.
 */

/** A Backbone-like model. */
export interface Model {
  readonly attributes: Readonly<Record<string, unknown>>;
  get(name: string): unknown;
  set?(
    attributes: Record<string, unknown>,
    options?: { silent?: boolean },
  ): unknown;
  destroy?(): unknown;
  save?(attributes: Record<string, unknown>): unknown;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
}

export interface Collection<M = Model> {
  readonly models: readonly M[];
  readonly length: number;
  get(id: string): M | undefined;
  findWhere(attributes: Record<string, unknown>): M | undefined;
  reset(): void;
  sort(): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
}

/** A message as Converse has parsed it, before it is in the model. */
export interface MessageAttributes {
  /** `groupchat`, `chat`, `error`, … */
  readonly type: string;
  /** An occupant JID. */
  readonly from: string;
  readonly msgid?: string;
  readonly body?: string;
  readonly sender?: "me" | "them";
  /** It came from an archive (XEP-0313). */
  readonly is_archived?: boolean;
  /** It came with a date of its own (XEP-0203). */
  is_delayed?: boolean;
  /** ISO 8601, in UTC, with milliseconds. */
  time: string;
  readonly [name: string]: unknown;
}

/** Somebody in a room, or with an affiliation to it. */
export interface OccupantModel extends Model {
  /** Whether they have an affiliation that outlasts their presence. */
  isMember(): boolean;
}

/** Converse's model of a message. */
export interface MessageModel extends Model {
  readonly collection?: { readonly chatbox?: MucModel };
  save(attributes: Record<string, unknown>): unknown;
}

/** Converse's model of a room. */
export interface MucModel extends Model {
  /** Replaced when a closed room is opened again. */
  readonly session?: Model;
  readonly features?: Model;
  readonly messages?: Collection<MessageModel> & {
    readonly fetched?: Promise<unknown>;
  };
  readonly occupants?: Collection<OccupantModel> & {
    fetchMembers(): Promise<unknown>;
  };
  /** While it is set, Converse asks no archive. */
  disable_mam?: boolean;
  /** Resolves when every message that was queued so far is in the model. */
  readonly msg_chain?: Promise<unknown>;
  rejoin(): unknown;
  save(attributes: Record<string, unknown>): unknown;
  registerHandlers(): unknown;
  queueMessage(attributes: MessageAttributes): unknown;
  createMessage(attributes: Record<string, unknown>): unknown;
  /** Whether the user does not see what comes last. */
  isHidden(): boolean;
  isUserMentioned(message: Model): boolean;
  getDiscoInfo(): Promise<unknown>;
  /** From 8 on. */
  constructJoinPresence?(
    password?: string,
    isNew?: boolean,
  ): Promise<Element | StanzaBuilder>;
}

export interface StropheHandler {
  readonly handler?: unknown;
}

export interface StropheConnection {
  readonly jid: string;
  addHandler(
    handler: (stanza: Element) => boolean,
    ns?: string | null,
    name?: string | null,
    type?: string | null,
  ): StropheHandler;
  deleteHandler(handler: StropheHandler): void;
}

export interface StanzaBuilder {
  c(name: string, attributes?: Record<string, string>): StanzaBuilder;
  t(text: string): StanzaBuilder;
  up(): StanzaBuilder;
  tree(): Element;
}

export interface ConverseApi {
  readonly connection: {
    /** From 10 on; 7 has `_converse.connection`. */
    get?(): StropheConnection | undefined;
    connected(): boolean;
  };
  readonly settings: {
    extend(defaults: Record<string, unknown>): void;
    get(name: string): unknown;
  };
  readonly listen: {
    on(event: string, callback: (...args: never[]) => unknown): void;
    not(event: string, callback: (...args: never[]) => unknown): void;
  };
  send(stanza: Element | StanzaBuilder): void;
  /** With `reject` false it resolves with the answer, an error too, or with null after `timeoutMs`. */
  sendIQ(
    stanza: Element,
    timeoutMs: number,
    reject: false,
  ): Promise<Element | null> | undefined;
  trigger(event: string, ...args: unknown[]): unknown;
  /** From 8 on. */
  hook?(name: string, context: unknown, data: unknown, more: unknown): unknown;
  mucPush?: unknown;
}

type HandleMamResult = (
  muc: MucModel,
  result: { messages: unknown[] },
  query: object,
  options: object,
) => Promise<void>;

/** What Converse knows of an entity (XEP-0030). */
interface DiscoEntity extends Model {
  readonly features?: Collection;
  readonly fields?: Collection;
  readonly identities?: Collection;
  onInfo(stanza: Element): unknown;
}

/** Converse's inner object, which only plugins see. */
export interface InnerConverse {
  readonly api: ConverseApi;
  /** Translates an English sentence. */
  readonly __?: (text: string) => string;
  /** Up to 10; later `exports` has it. */
  readonly handleMAMResult?: HandleMamResult;
  readonly exports?: { readonly handleMAMResult?: HandleMamResult };
  /** Up to 10; later `state` holds the models. */
  readonly chatboxes?: Collection;
  readonly disco_entities?: Collection<DiscoEntity>;
  readonly connection?: StropheConnection;
  readonly state?: {
    readonly chatboxes?: Collection;
    readonly disco_entities?: Collection<DiscoEntity>;
  };
}

export interface Log {
  debug(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** What a page sees as `window.converse`. */
export interface PublicConverse {
  readonly plugins: { add(name: string, plugin: object): void };
  readonly env: {
    $iq(attributes: Record<string, string>): StanzaBuilder;
    /** From 8 on; 7 has none that a plugin can reach. */
    readonly log?: Log;
  };
}

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
    const { handleMAMResult } = this.inner.exports ?? this.inner;
    const query = { is_groupchat: true, mam: { with: muc.get("jid") } };
    await handleMAMResult?.(muc, { messages: [...messages] }, query, query);
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

/** The model of a room as an override sees it: `__super__` is shared by all overrides, so it is read at once. */
interface OverriddenMuc extends MucModel {
  readonly __super__: {
    leave(...args: unknown[]): unknown;
    rejoinIfNecessary(...args: unknown[]): unknown;
    queueMessage(...args: unknown[]): unknown;
    createMessage(...args: unknown[]): unknown;
    refreshDiscoInfo(...args: unknown[]): unknown;
    shouldShowErrorMessage(...args: unknown[]): unknown;
    sendTimedMessage(...args: unknown[]): Promise<unknown>;
    getUpdatedMessageAttributes(...args: unknown[]): unknown;
  };
}

/** What is asked before Converse's MUC model does something. */
export interface MucHooks {
  /** Converse is about to leave a room. */
  onLeave(muc: MucModel): void;
  /**
   * Converse wonders whether it is still in a room, and would ping and rejoin by itself.
   *
   * @returns null to let it; otherwise what to tell it: whether the room is being rejoined
   */
  onRejoinIfNecessary(muc: MucModel): Promise<boolean> | null;
  /**
   * A message is about to enter the model of a room.
   *
   * @returns false when it is to wait
   */
  onQueued(muc: MucModel, message: MessageAttributes): boolean;
  /**
   * Converse is about to show something in a room.
   *
   * @returns false when it is not to
   */
  onCreated(muc: MucModel, message: Readonly<Record<string, unknown>>): boolean;
  /**
   * Converse wants to know about a room before it joins it.
   *
   * @returns false when it need not ask
   */
  onRefreshDiscoInfo(muc: MucModel): boolean;
  /** Whether Converse shall keep an error to itself that came for the message with this id. */
  isErrorOurs(muc: MucModel, id: string): boolean;
  /**
   * Converse has sent something, and undoes it when no answer comes.
   *
   * @param answer what it would go by
   * @returns what it goes by instead: a message, or an error
   */
  onTimedMessage(
    muc: MucModel,
    stanza: Element,
    answer: Promise<unknown>,
  ): Promise<unknown>;
}

/** Overrides of Converse's MUC model, in the form that `plugins.add` takes. */
export function mucOverrides(hooks: MucHooks): object {
  return {
    ChatRoom: {
      leave(this: OverriddenMuc, ...args: unknown[]): unknown {
        const superLeave = this.__super__.leave;
        hooks.onLeave(this);
        return superLeave.apply(this, args);
      },
      rejoinIfNecessary(this: OverriddenMuc, ...args: unknown[]): unknown {
        const superRejoin = this.__super__.rejoinIfNecessary;
        return hooks.onRejoinIfNecessary(this) ?? superRejoin.apply(this, args);
      },
      queueMessage(this: OverriddenMuc, ...args: unknown[]): unknown {
        const superQueue = this.__super__.queueMessage;
        const message = args[0] as MessageAttributes;
        return hooks.onQueued(this, message)
          ? superQueue.apply(this, args)
          : Promise.resolve();
      },
      createMessage(this: OverriddenMuc, ...args: unknown[]): unknown {
        const superCreate = this.__super__.createMessage;
        const message = args[0] as Record<string, unknown>;
        return hooks.onCreated(this, message)
          ? superCreate.apply(this, args)
          : Promise.resolve();
      },
      refreshDiscoInfo(this: OverriddenMuc, ...args: unknown[]): unknown {
        const superRefresh = this.__super__.refreshDiscoInfo;
        return hooks.onRefreshDiscoInfo(this)
          ? superRefresh.apply(this, args)
          : Promise.resolve();
      },
      shouldShowErrorMessage(
        this: OverriddenMuc,
        ...args: [{ readonly msgid?: string }, ...unknown[]]
      ): unknown {
        const superShould = this.__super__.shouldShowErrorMessage;
        const id = args[0]?.msgid;
        return id !== undefined && hooks.isErrorOurs(this, id)
          ? Promise.resolve(false)
          : superShould.apply(this, args);
      },
      /**
       * 14.0.0: a message that its author has corrected takes the text of before again when an archive
       * gives it out.
       */
      getUpdatedMessageAttributes(
        this: OverriddenMuc,
        ...args: [Model, { readonly replace_id?: string }, ...unknown[]]
      ): unknown {
        const superUpdated = this.__super__.getUpdatedMessageAttributes;
        const updated = superUpdated.apply(this, args);
        const [message, { replace_id }] = args;
        if (!message.get("edited") || replace_id) return updated;
        const keepText = (attributes: { body?: string }) => {
          delete attributes.body;
          return attributes;
        };
        // Up to 12 it is no promise.
        return updated instanceof Promise
          ? updated.then(keepText)
          : keepText(updated as { body?: string });
      },
      sendTimedMessage(
        this: OverriddenMuc,
        ...[message, ...rest]: [Element | StanzaBuilder, ...unknown[]]
      ): Promise<unknown> {
        const superSend = this.__super__.sendTimedMessage;
        const stanza = "tree" in message ? message.tree() : message;
        const answer = superSend.apply(this, [stanza, ...rest]);
        return hooks.onTimedMessage(this, stanza, answer);
      },
    },
  };
}
