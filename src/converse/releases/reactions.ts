import type { ConverseApi, MessageModel } from "../converse-types.js";

/**
 * Asks Converse for what takes the user's own reaction off a message again. 7.0.6 has no such hook, and up to
 * 13 nothing knows reactions.
 *
 * @param target the id that the reaction gave the message
 * @returns the attributes to save; null where Converse knows no reactions
 */
export async function undoReaction(
  api: ConverseApi,
  message: MessageModel,
  target: string,
): Promise<Record<string, unknown> | null> {
  const refused = { reaction_to_id: target };
  const attributes = await api.hook?.(
    "getErrorAttributesForMessage",
    message,
    {},
    refused,
  );
  const { reactions } = (attributes ?? {}) as { reactions?: unknown };
  return reactions === undefined ? null : { reactions };
}
