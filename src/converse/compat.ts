/**
 * What this plugin uses of Converse.js, and every difference between its releases. Where a release is
 * named, the line is for that release; everything else holds in 7.0.6, 10.1.2, 12.0.0 and 14.0.0.
 */

/** A Backbone-like model. */
export interface Model {
  get(name: string): unknown;
  save?(attributes: Record<string, unknown>): unknown;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
}

export interface Collection {
  get(id: string): Model | undefined;
  readonly length: number;
  findWhere(attributes: Record<string, unknown>): Model | undefined;
}

/** Converse's model of a message. */
export interface MessageModel extends Model {
  readonly collection?: { readonly chatbox?: MucModel };
  save(attributes: Record<string, unknown>): unknown;
}

/** The messages of a room, ordered by `time`; a changed time does not reorder them. */
export interface Messages extends Model {
  readonly models: readonly MessageModel[];
  sort(): unknown;
}

/** Converse's model of a room. */
export interface MucModel extends Model {
  /** Replaced when a closed room is opened again. */
  readonly session?: Model;
  readonly features?: Model;
  readonly messages?: Messages;
  /** Resolves when every message that was queued so far is in the model. */
  readonly msg_chain?: Promise<unknown>;
  rejoin(): unknown;
  save(attributes: Record<string, unknown>): unknown;
  registerHandlers(): unknown;
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
  send(stanza: Element): void;
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

/** Converse's inner object, which only plugins see. */
export interface InnerConverse {
  readonly api: ConverseApi;
  /** Up to 10; later `state` holds the models. */
  readonly chatboxes?: Collection;
  readonly disco_entities?: Collection;
  readonly connection?: StropheConnection;
  __?(text: string): string;
  readonly state?: {
    readonly chatboxes?: Collection;
    readonly disco_entities?: Collection;
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

  discoEntity(
    jid: string,
  ): (Model & { readonly features?: Collection }) | undefined {
    return (this.inner.state?.disco_entities ?? this.inner.disco_entities)?.get(
      jid,
    );
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

  /** Joins anew through Converse's model; ends when the join was sent. */
  async rejoin(muc: MucModel): Promise<void> {
    // 7.0.6: its rejoin does not register the room's handlers again.
    muc.registerHandlers();
    await muc.rejoin();
  }
}

/** The model of a room as an override sees it: `__super__` is shared by all overrides, so it is read at once. */
interface OverriddenMuc extends MucModel {
  readonly __super__: {
    leave(...args: unknown[]): unknown;
    rejoinIfNecessary(...args: unknown[]): unknown;
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
