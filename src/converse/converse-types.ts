/**
 * The shapes of Converse.js and Strophe that this plugin uses, in 7.0.6 and later; spec/types holds them against the
 * types that Converse.js 14.0.0 and Strophe 5 ship, in which much is `any`.
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

/** An error that came for a message, as Converse has parsed it. */
export interface MessageError {
  readonly from?: string;
  readonly msgid?: string;
  readonly error_condition?: string;
  readonly error_type?: string;
}

/** A sentence of the client's own between the messages of a room. */
export interface InfoMessage {
  readonly type: "info";
  readonly message: string;
  /** ISO 8601. */
  readonly time: string;
}

/** Somebody in a room, or with an affiliation to it. */
export interface OccupantModel extends Model {
  readonly collection?: { readonly chatroom?: MucModel };
  /** Whether they have an affiliation that outlasts their presence. */
  isMember(): boolean;
  /** The private messages between them and the user; 7 and 10 have none. */
  readonly messages?: Collection<MessageModel>;
}

/** Converse's model of a message. */
export interface MessageModel extends Model {
  readonly collection?: { readonly chatbox?: MucModel | OccupantModel };
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
  join(...args: unknown[]): unknown;
  rejoin(): unknown;
  rejoinIfNecessary(...args: unknown[]): unknown;
  leave(...args: unknown[]): unknown;
  save(attributes: Record<string, unknown>): unknown;
  registerHandlers(): unknown;
  onPresence(presence: Element, ...more: unknown[]): unknown;
  queueMessage(attributes: MessageAttributes, ...more: unknown[]): unknown;
  createMessage(attributes: InfoMessage, ...more: unknown[]): unknown;
  createInfoMessage(...args: unknown[]): unknown;
  shouldShowErrorMessage(error: MessageError, ...more: unknown[]): unknown;
  /** What is to be saved of a message that is known and comes again, or is referred to. */
  getUpdatedMessageAttributes(
    message: Model,
    update: MessageAttributes,
    ...more: unknown[]
  ): unknown;
  /** Sends a message, and resolves with the room's answer to it, or null. */
  sendTimedMessage(
    message: Element | StanzaBuilder,
    ...more: unknown[]
  ): Promise<unknown>;
  refreshDiscoInfo(...args: unknown[]): unknown;
  /** Whether the user does not see what comes last. */
  isHidden(): boolean;
  isUserMentioned(message: Model): boolean;
  getDiscoInfo(): Promise<unknown>;
  /** In 7 alone; see `HandleMamResult`. */
  handleMAMResult?(
    result: { messages: unknown[] },
    query: object,
    options: object,
  ): Promise<void>;
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
  /** How it speaks to the server. */
  readonly _proto?: unknown;
  addHandler(
    handler: (stanza: Element) => boolean,
    ns: string | null,
    name: string | null,
    type: string | null,
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
  readonly user?: { logout?: () => unknown };
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

export type HandleMamResult = (
  muc: MucModel,
  result: { messages: unknown[] },
  query: object,
  options: object,
) => Promise<void>;

/** What Converse knows of an entity (XEP-0030). */
export interface DiscoEntity extends Model {
  readonly features?: Collection;
  readonly fields?: Collection;
  readonly identities?: Collection;
  onInfo(stanza: Element): unknown;
}

interface MucClass {
  readonly prototype: MucModel;
}

/** What Converse may call or replace at any time. */
interface Exports {
  /** From 12 on. */
  readonly MUC?: MucClass;
  /** 10 and later; a method of the room in 7. */
  readonly handleMAMResult?: HandleMamResult;
  onDirectMUCInvitation?: (message: Element) => unknown;
}

/** Converse's inner object, which only plugins see. */
export interface InnerConverse extends Exports {
  readonly api: ConverseApi;
  /** "v14.0.0" */
  readonly VERSION_NAME?: string;
  /** From 12 on; before, this object itself. */
  readonly exports?: Exports;
  /** Up to 10; later `exports` has the class, and this is an alias of before. */
  readonly ChatRoom?: MucClass;
  /** In 7 alone; later there is a hook of that name. */
  shouldNotifyOfGroupMessage?: (message: MessageAttributes) => unknown;
  /** Translates an English sentence. */
  readonly __?: (text: string) => string;
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
    $msg(attributes: Record<string, string>): StanzaBuilder;
    $pres(attributes: Record<string, string>): StanzaBuilder;
    readonly Strophe: {
      /** What goes over the wire for an element. */
      serialize(element: Element): string;
      readonly Bosh?: new (...args: never[]) => object;
    };
    /** From 8 on; 7 has none that a plugin can reach. */
    readonly log?: Log;
  };
}
