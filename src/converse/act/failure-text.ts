import type { FailReason } from "../../core/outbox/pending.js";

const REMOVED = "You have been removed from this groupchat because";

const NOT_SENT = "Sorry, an error occurred while trying to send your message.";

/**
 * Why a message was not delivered, for its author. Where Converse has a sentence for it, it is that one:
 * then it comes translated.
 */
const SENTENCES: ReadonlyMap<FailReason, string> = new Map<FailReason, string>([
  ["kicked", "You have been kicked from this groupchat"],
  ["banned", "You have been banned from this groupchat"],
  ["affiliation-lost", `${REMOVED} of an affiliation change`],
  [
    "members-only",
    `${REMOVED} it has changed to members-only and you're not a member`,
  ],
  ["destroyed", "This groupchat no longer exists"],
  ["not-found", "This groupchat does not (yet) exist."],
  ["waited-too-long", "The groupchat could not be reached for too long."],
  ["bounced-too-often", NOT_SENT],
  ["unconfirmed", NOT_SENT],
  ["breaks-streams", NOT_SENT],
  ["unreadable", NOT_SENT],
]);

const NOT_PRESENT =
  "Your message was not delivered because you're not present in the groupchat.";

/** @param reason also one that an older or a newer version has stored */
export const failureText = (reason: FailReason): string =>
  SENTENCES.get(reason) ?? NOT_PRESENT;
