import type { Undo } from "../../ports.js";
import type { InnerConverse } from "../converse-types.js";
import { wrap } from "./wrap.js";

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
  // 12.0.0, 14.0.0: `exports` has it; 7.0.6, 10.1.2: the inner object itself.
  const owner = inner.exports ?? inner;
  const isShown = (message: Element): boolean => {
    try {
      return mayShow(message);
    } catch {
      return true;
    }
  };
  return wrap<[Element], unknown>(
    owner,
    "onDirectMUCInvitation",
    (show) => (message) => (isShown(message) ? show(message) : undefined),
  );
}
