import type { Undo } from "../../ports.js";
import type { InnerConverse } from "../converse-types.js";
import { isRelease7 } from "./release.js";
import { wrapMethod } from "./wrap.js";

/** Calls back before the user is logged out, while there still is a stream. */
export function beforeLogout(inner: InnerConverse, tell: () => void): Undo {
  const { listen, user } = inner.api;
  // 7.0.6 does not announce it.
  if (isRelease7(inner) && user) {
    return wrapMethod(user, "logout", (logout) => () => {
      tell();
      return logout();
    });
  }
  listen.on("beforeLogout", tell);
  return () => listen.not("beforeLogout", tell);
}
