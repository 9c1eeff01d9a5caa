import { createInfoMessage } from "../releases/info-messages.js";
import { join } from "../releases/join.js";
import type {
  MessageAttributes,
  Model,
  MucModel,
  StanzaBuilder,
} from "../converse-types.js";

/** The model of a room as an override sees it: `__super__` is shared by all overrides, so it is read at once. */
interface OverriddenMuc extends MucModel {
  readonly __super__: {
    join(...args: unknown[]): unknown;
    leave(...args: unknown[]): unknown;
    rejoinIfNecessary(...args: unknown[]): unknown;
    queueMessage(...args: unknown[]): unknown;
    createMessage(...args: unknown[]): unknown;
    onPresence(...args: unknown[]): unknown;
    refreshDiscoInfo(...args: unknown[]): unknown;
    shouldShowErrorMessage(...args: unknown[]): unknown;
    sendTimedMessage(...args: unknown[]): Promise<unknown>;
    getUpdatedMessageAttributes(...args: unknown[]): unknown;
  };
}

/** An error that came for a message, as Converse has parsed it. */
export interface MessageError {
  readonly from?: string;
  readonly msgid?: string;
  readonly error_condition?: string;
  readonly error_type?: string;
}

/** What is asked before Converse's MUC model does something. */
export interface MucHooks {
  /** Converse is about to join a room, after asking it about itself; it may not list the model yet. */
  onOpened(muc: MucModel): void;
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
   * A room says something about its occupants, or refuses a presence.
   *
   * @returns false when Converse is not to hear of it
   */
  onPresence(muc: MucModel, presence: Element): boolean;
  /**
   * Converse wants to know about a room before it joins it.
   *
   * @returns false when it need not ask
   */
  onRefreshDiscoInfo(muc: MucModel): boolean;
  /** Whether Converse shall keep an error to itself that came for a message. */
  isErrorOurs(muc: MucModel, error: MessageError): boolean;
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

/** An error of this plugin must not become one of Converse's. */
function safely<T>(ask: () => T, otherwise: T): T {
  try {
    return ask();
  } catch {
    return otherwise;
  }
}

/** Overrides of Converse's MUC model, in the form that `plugins.add` takes. */
export function mucOverrides(hooks: MucHooks) {
  return {
    ChatRoom: {
      createInfoMessage,
      join(this: OverriddenMuc, ...args: unknown[]): unknown {
        safely(() => hooks.onOpened(this), undefined);
        return join.apply(this, args);
      },
      leave(this: OverriddenMuc, ...args: unknown[]): unknown {
        const superLeave = this.__super__.leave;
        safely(() => hooks.onLeave(this), undefined);
        return superLeave.apply(this, args);
      },
      rejoinIfNecessary(this: OverriddenMuc, ...args: unknown[]): unknown {
        const superRejoin = this.__super__.rejoinIfNecessary;
        return (
          safely(() => hooks.onRejoinIfNecessary(this), null) ??
          superRejoin.apply(this, args)
        );
      },
      queueMessage(this: OverriddenMuc, ...args: unknown[]): unknown {
        const superQueue = this.__super__.queueMessage;
        const message = args[0] as MessageAttributes;
        return safely(() => hooks.onQueued(this, message), true)
          ? superQueue.apply(this, args)
          : Promise.resolve();
      },
      createMessage(this: OverriddenMuc, ...args: unknown[]): unknown {
        const superCreate = this.__super__.createMessage;
        const message = args[0] as Record<string, unknown>;
        return safely(() => hooks.onCreated(this, message), true)
          ? superCreate.apply(this, args)
          : Promise.resolve();
      },
      onPresence(this: OverriddenMuc, ...args: unknown[]): unknown {
        const superPresence = this.__super__.onPresence;
        return safely(() => hooks.onPresence(this, args[0] as Element), true)
          ? superPresence.apply(this, args)
          : undefined;
      },
      refreshDiscoInfo(this: OverriddenMuc, ...args: unknown[]): unknown {
        const superRefresh = this.__super__.refreshDiscoInfo;
        return safely(() => hooks.onRefreshDiscoInfo(this), true)
          ? superRefresh.apply(this, args)
          : Promise.resolve();
      },
      shouldShowErrorMessage(
        this: OverriddenMuc,
        ...args: [MessageError, ...unknown[]]
      ): unknown {
        const superShould = this.__super__.shouldShowErrorMessage;
        return safely(() => hooks.isErrorOurs(this, args[0]), false)
          ? Promise.resolve(false)
          : superShould.apply(this, args);
      },
      /**
       * A message keeps its time: from 10 on it takes that of others that refer to it, like a reaction. Only
       * the same message out of the same archive gives it one. 14.0.0: a message that its author has corrected
       * takes the text of before again when an archive gives it out.
       */
      getUpdatedMessageAttributes(
        this: OverriddenMuc,
        ...args: [Model, MessageAttributes, ...unknown[]]
      ): unknown {
        const superUpdated = this.__super__.getUpdatedMessageAttributes;
        const updated = superUpdated.apply(this, args);
        const [message, update] = args;
        const key = `stanza_id ${String(this.get("jid"))}`;
        const isSame = update[key] && message.get(key) === update[key];
        const isCorrected = message.get("edited") && !update.replace_id;
        const keep = (attributes?: { body?: string; time?: string }) => {
          if (!isSame) delete attributes?.time;
          if (isCorrected) delete attributes?.body;
          return attributes;
        };
        // Up to 12 it is no promise.
        return updated instanceof Promise
          ? updated.then(keep)
          : keep(updated as { body?: string });
      },
      sendTimedMessage(
        this: OverriddenMuc,
        ...[message, ...rest]: [Element | StanzaBuilder, ...unknown[]]
      ): Promise<unknown> {
        const superSend = this.__super__.sendTimedMessage;
        const stanza = "tree" in message ? message.tree() : message;
        const answer = superSend.apply(this, [stanza, ...rest]);
        return safely(() => hooks.onTimedMessage(this, stanza, answer), answer);
      },
    },
  };
}
