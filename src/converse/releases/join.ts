import type { Undo } from "../../ports.js";
import type { MucModel } from "../converse-types.js";
import { wrapMethod } from "./wrap.js";

const CONNECTING = 1;
const ENTERED = 5;

/**
 * 7.0.6 says that it joins only after the room has told about itself: until then a push would look like news.
 * Later releases say so at once.
 *
 * @param prototype that of Converse's MUC models
 */
export function mendJoin(prototype: MucModel): Undo {
  if (prototype.constructJoinPresence) return () => {};
  return wrapMethod(prototype, "join", (join, { session }) => (...args) => {
    if (session?.get("connection_status") !== ENTERED) {
      session?.save?.({ connection_status: CONNECTING });
    }
    return join(...args);
  });
}

/** Joins anew. 7.0.6: its rejoin does not register the room's handlers again. */
export async function rejoin(muc: MucModel): Promise<void> {
  muc.registerHandlers();
  await muc.rejoin();
}
