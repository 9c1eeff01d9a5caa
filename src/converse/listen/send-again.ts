import { isFailed } from "../../core/outbox/pending.js";
import { isKept } from "../../core/membership.js";
import type { Desk, Undo } from "../../ports.js";
import type { Messages } from "../act/messages.js";
import type { Rooms } from "../act/rooms.js";
import type { Compat } from "../converse.js";
import type { MessageModel } from "../converse-types.js";

/** An entry of the menu that each message has. */
interface ActionButton {
  readonly i18n_text: string;
  readonly handler: (event?: Event) => void;
  readonly button_class: string;
  readonly icon_class: string;
  readonly name: string;
}

/** Converse's element for that menu. */
interface MessageActions {
  readonly model?: MessageModel;
}

/** The parts behind the button. */
export interface SendAgainParts {
  readonly compat: Compat;
  readonly rooms: Rooms;
  readonly messages: Messages;
  readonly desk: Desk;
}

/**
 * Puts "Send again" into the menu of each message that was not delivered. Without views, or in a Converse
 * that does not ask for such entries, there is none.
 */
export function offerSendAgain({
  compat,
  rooms,
  messages,
  desk,
}: SendAgainParts): Undo {
  const { listen } = compat.api;
  const listener = (element: MessageActions, buttons: ActionButton[]) => {
    try {
      const { model } = element;
      const chat = model?.collection?.chatbox;
      // A private message lies with its occupant.
      const muc = chat && "isMember" in chat ? chat.collection?.chatroom : chat;
      if (!model || !muc) return buttons;
      const room = rooms.jidOf(muc);
      // A message, and what was done to it since, in the user's order.
      const failed = () =>
        desk
          .ask(room)
          .outbox.entries.filter(isFailed)
          .filter(({ target }) => messages.isNameOf(muc, model, target));
      if (!isKept(desk.ask(room)) || failed().length === 0) return buttons;
      const button: ActionButton = {
        i18n_text: compat.translate("Send again"),
        handler: (event) => {
          event?.preventDefault();
          for (const { id } of failed())
            desk.tell(room, { type: "send-again", id });
        },
        button_class: "chat-msg__action-send-again",
        icon_class: "fa fa-sync",
        name: "send-again",
      };
      return [button, ...buttons];
    } catch (error) {
      // Converse would lose the whole menu.
      compat.log.debug(`muc-push: no "Send again": ${String(error)}`);
      return buttons;
    }
  };
  listen.on("getMessageActionButtons", listener);
  return () => listen.not("getMessageActionButtons", listener);
}
