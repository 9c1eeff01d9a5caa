import type { MucModel } from "../converse-types.js";

const CONNECTING = 1;
const ENTERED = 5;

interface JoinedRoom extends MucModel {
  readonly __super__: { join(...args: unknown[]): unknown };
}

/**
 * 7.0.6 says that it joins only after the room has told about itself: until then a push would look like news.
 * An override of its MUC model; later releases say so at once.
 */
export function join(this: JoinedRoom, ...args: unknown[]): unknown {
  const superJoin = this.__super__.join;
  const { session, constructJoinPresence } = this;
  if (!constructJoinPresence && session?.get("connection_status") !== ENTERED) {
    session?.save?.({ connection_status: CONNECTING });
  }
  return superJoin.apply(this, args);
}
