import type { MucModel } from "../converse-types.js";

interface RoomWithInfo extends MucModel {
  readonly __super__: { createInfoMessage(...args: unknown[]): unknown };
}

/**
 * 7.0.6 compares what a room says of itself ("this room is logged") with the last message, and takes that out
 * of the room to do so: with every join a message is gone. An override of its MUC model.
 */
export function createInfoMessage(
  this: RoomWithInfo,
  ...args: unknown[]
): unknown {
  const superCreate = this.__super__.createInfoMessage;
  const messages = this.messages as
    (typeof this.messages & { pop?: () => unknown }) | undefined;
  if (!messages) return superCreate.apply(this, args);
  messages.pop = () => messages.models.at(-1);
  try {
    return superCreate.apply(this, args);
  } finally {
    delete messages.pop;
  }
}
