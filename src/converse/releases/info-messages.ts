import type { Undo } from "../../ports.js";
import type { MucModel } from "../converse-types.js";
import { wrapMethod } from "./wrap.js";

/**
 * 7.0.6 compares a room's word about itself ("this room is logged") with the last message, and takes that out
 * of the room to do so: with every join a message is gone.
 *
 * @param prototype that of Converse's MUC models
 */
export function mendInfoMessages(prototype: MucModel): Undo {
  return wrapMethod(
    prototype,
    "createInfoMessage",
    (create, room) =>
      (...args) => {
        const messages = room.messages as
          (typeof room.messages & { pop?: () => unknown }) | undefined;
        if (!messages) return create(...args);
        messages.pop = () => messages.models.at(-1);
        try {
          return create(...args);
        } finally {
          delete messages.pop;
        }
      },
  );
}
