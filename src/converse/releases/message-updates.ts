import type { Undo } from "../../ports.js";
import type { MucModel } from "../converse-types.js";
import { wrapMethod } from "./wrap.js";

/**
 * A message keeps its time: from 10 on it takes that of others that refer to it, like a reaction. Only the
 * same message out of the same archive gives it one. 14.0.0: a message that its author has corrected takes
 * the text of before again when an archive gives it out.
 *
 * @param prototype that of Converse's MUC models
 */
export function mendMessageUpdates(prototype: MucModel): Undo {
  return wrapMethod(
    prototype,
    "getUpdatedMessageAttributes",
    (update, muc) =>
      (message, attributes, ...rest) => {
        const updated = update(message, attributes, ...rest);
        const key = `stanza_id ${String(muc.get("jid"))}`;
        const isSame = attributes[key] && message.get(key) === attributes[key];
        const isCorrected = message.get("edited") && !attributes.replace_id;
        const keep = (kept?: { body?: string; time?: string }) => {
          if (!isSame) delete kept?.time;
          if (isCorrected) delete kept?.body;
          return kept;
        };
        // Up to 12 it is no promise.
        return updated instanceof Promise
          ? updated.then(keep)
          : keep(updated as { body?: string });
      },
  );
}
