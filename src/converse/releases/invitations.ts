import type { Undo } from "../../ports.js";
import type { InnerConverse } from "../converse-types.js";
import { exportsOf } from "./places.js";
import { wrapMethod } from "./wrap.js";

/**
 * Has a say in which direct invitations (XEP-0249) Converse tells the user about. 14.0.0 is silent about rooms
 * that are open; 7.0.6, 10.1.2 and 12.0.0 ask whether to join them.
 *
 * @param mayShow an error in it shows the invitation
 */
export function guardInvitations(
  inner: InnerConverse,
  mayShow: (message: Element) => boolean,
): Undo {
  return wrapMethod(
    exportsOf(inner),
    "onDirectMUCInvitation",
    (show) => (message) => (mayShow(message) ? show(message) : undefined),
  );
}
