import type { Undo } from "../../ports.js";
import type { Compat } from "../converse.js";
import type { MessageModel, MucModel } from "../converse-types.js";

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

/** What stands behind the button. */
export interface SendAgainTarget {
  canSendAgain(muc: MucModel, message: MessageModel): boolean;
  sendAgain(muc: MucModel, message: MessageModel): void;
}

/**
 * Puts "Send again" into the menu of each message that was not delivered. Without views, or in a Converse
 * that does not ask for such entries, there is none.
 */
export function offerSendAgain(compat: Compat, target: SendAgainTarget): Undo {
  const { listen } = compat.api;
  const listener = (element: MessageActions, buttons: ActionButton[]) => {
    try {
      const { model } = element;
      const chat = model?.collection?.chatbox;
      // A private message lies with its occupant.
      const muc = chat && "isMember" in chat ? chat.collection?.chatroom : chat;
      if (!model || !muc || !target.canSendAgain(muc, model)) return buttons;
      const button: ActionButton = {
        i18n_text: compat.translate("Send again"),
        handler: (event) => {
          event?.preventDefault();
          target.sendAgain(muc, model);
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
