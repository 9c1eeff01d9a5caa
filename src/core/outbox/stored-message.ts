import type { FailReason, Pending, Phase } from "./pending.js";

/** A message as it is stored. */
export const writePending = (entry: Pending): string => JSON.stringify(entry);

const isText = (value: unknown): value is string => typeof value === "string";
const isTextOrNull = (value: unknown): value is string | null =>
  value === null || isText(value);

const readCount = (value: unknown): number =>
  typeof value === "number" && value > 0 ? value : 0;

function readPhase(value: unknown): Phase | null {
  if (typeof value !== "object" || value === null) return null;
  const { tag, reason } = value as { tag?: unknown; reason?: unknown };
  // The order of another page's sendings says nothing.
  if (tag === "sent") return { tag, turn: 0, at: 0 };
  if (tag === "doubtful" || tag === "held") return { tag };
  return tag === "failed" && isText(reason)
    ? // A reason that nobody knows is shown as any other.
      { tag, reason: reason as FailReason }
    : null;
}

/**
 * Reads a stored message; anybody may have written there.
 *
 * @returns null when it is none
 */
export function readPending(text: string): Pending | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const fields = value as Record<keyof Pending, unknown>;
  const { room, id, originId, target, body, xml, sentAt, tries } = fields;
  const phase = readPhase(fields.phase);
  const isWhole =
    isText(room) &&
    isText(id) &&
    isTextOrNull(originId) &&
    isText(target) &&
    isTextOrNull(body) &&
    isText(xml) &&
    Number.isFinite(sentAt) &&
    Number.isFinite(tries);
  if (!isWhole || phase === null) return null;
  const counts = {
    sentAt: sentAt as number,
    tries: tries as number,
    // Older versions did not count these.
    doubts: readCount(fields.doubts),
    breaks: readCount(fields.breaks),
  };
  const isPrivate = fields.isPrivate === true;
  return { room, isPrivate, id, originId, target, body, xml, ...counts, phase };
}
