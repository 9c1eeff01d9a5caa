import type { CreatedMessage } from "../act/quiet-return.js";
import { mendInfoMessages } from "../releases/info-messages.js";
import { mendJoin } from "../releases/join.js";
import { mendMessageUpdates } from "../releases/message-updates.js";
import { wrapMethod } from "../releases/wrap.js";
import type { Undo } from "../../ports.js";
import type {
  MessageAttributes,
  MessageError,
  MucModel,
} from "../converse-types.js";

export type { MessageError };

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
  onCreated(muc: MucModel, message: CreatedMessage): boolean;
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

/**
 * Puts this plugin's layers around the methods of Converse's MUC models, of those too that are there already.
 *
 * @param prototype that of the models
 */
export function hookMuc(prototype: MucModel, hooks: MucHooks): Undo {
  const nothing = Promise.resolve();
  const undos = [
    mendInfoMessages(prototype),
    mendJoin(prototype),
    mendMessageUpdates(prototype),
    wrapMethod(prototype, "join", (join, muc) => (...args) => {
      hooks.onOpened(muc);
      return join(...args);
    }),
    wrapMethod(prototype, "leave", (leave, muc) => (...args) => {
      hooks.onLeave(muc);
      return leave(...args);
    }),
    wrapMethod(
      prototype,
      "rejoinIfNecessary",
      (rejoin, muc) =>
        (...args) =>
          hooks.onRejoinIfNecessary(muc) ?? rejoin(...args),
    ),
    wrapMethod(
      prototype,
      "queueMessage",
      (queue, muc) =>
        (message, ...more) =>
          hooks.onQueued(muc, message) ? queue(message, ...more) : nothing,
    ),
    wrapMethod(
      prototype,
      "createMessage",
      (create, muc) =>
        (message, ...more) =>
          hooks.onCreated(muc, message) ? create(message, ...more) : nothing,
    ),
    wrapMethod(
      prototype,
      "onPresence",
      (hear, muc) =>
        (presence, ...more) =>
          hooks.onPresence(muc, presence) ? hear(presence, ...more) : undefined,
    ),
    wrapMethod(
      prototype,
      "refreshDiscoInfo",
      (refresh, muc) =>
        (...args) =>
          hooks.onRefreshDiscoInfo(muc) ? refresh(...args) : nothing,
    ),
    wrapMethod(
      prototype,
      "shouldShowErrorMessage",
      (should, muc) =>
        (error, ...more) =>
          hooks.isErrorOurs(muc, error)
            ? Promise.resolve(false)
            : should(error, ...more),
    ),
    wrapMethod(
      prototype,
      "sendTimedMessage",
      (send, muc) =>
        (message, ...more) => {
          const stanza = "tree" in message ? message.tree() : message;
          return hooks.onTimedMessage(muc, stanza, send(stanza, ...more));
        },
    ),
  ];
  return () => {
    // The last layer first: each finds itself outermost, unless another plugin lies around it.
    for (const undo of undos.reverse()) undo();
  };
}
