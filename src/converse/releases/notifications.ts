import type { Undo } from "../../ports.js";
import type {
  InnerConverse,
  Log,
  MessageAttributes,
  MucModel,
  PublicConverse,
} from "../converse-types.js";
import { isRelease7 } from "./release.js";
import { wrapMethod } from "./wrap.js";

type MayNotify = (message: MessageAttributes) => boolean;

/** Has a say in which messages of rooms the user is notified of. @returns the undo */
export function guardNotifications(
  inner: InnerConverse,
  log: Log,
  mayNotify: MayNotify,
): Undo {
  const isAllowed: MayNotify = (message) => {
    try {
      return mayNotify(message);
    } catch (error) {
      log.debug(`muc-push: notification: ${String(error)}`);
      return true;
    }
  };
  // 7.0.6 has no hook for it.
  if (isRelease7(inner)) {
    return wrapMethod(
      inner,
      "shouldNotifyOfGroupMessage",
      (should) => (message) => should(message) && isAllowed(message),
    );
  }
  const { listen } = inner.api;
  const decide = (message: MessageAttributes, verdict: unknown): unknown =>
    isAllowed(message) && verdict;
  listen.on("shouldNotifyOfGroupMessage", decide);
  return () => listen.not("shouldNotifyOfGroupMessage", decide);
}

/** Has Converse notify the user of a message, as the site's settings say. */
export function notify(
  { api }: InnerConverse,
  { $msg }: PublicConverse["env"],
  chatbox: MucModel,
  attrs: MessageAttributes,
): void {
  const { type, from } = attrs;
  // 7.0.6 looks whether the stanza is a forwarded one.
  const stanza = $msg({ type, from }).tree();
  void api.trigger("message", { attrs, chatbox, stanza });
}
