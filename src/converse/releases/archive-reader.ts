import type {
  HandleMamResult,
  InnerConverse,
  Log,
  MessageAttributes,
  MucModel,
} from "../converse-types.js";
import { exportsOf, mucPrototypeOf } from "./places.js";

/** Has Converse read messages of a room's archive (XEP-0313) into its model; in their order, and without an end. */
export type ArchiveReader = (
  muc: MucModel,
  messages: readonly Element[],
) => Promise<void>;

const queryOf = (muc: MucModel) => ({
  is_groupchat: true,
  mam: { with: muc.get("jid") },
});

/** What reads archives in this release; undefined where the plugin for that is switched off. */
export function archiveReader(
  inner: InnerConverse,
  log: Log,
): ArchiveReader | undefined {
  const take = exportsOf(inner).handleMAMResult;
  if (take) return (muc, messages) => readByPage(take, muc, messages, log);
  // 7.0.6: a method of the room.
  const method = mucPrototypeOf(inner)?.handleMAMResult;
  return method && ((muc, messages) => readByRoom(method, muc, messages, log));
}

const tellUnreadable = (log: Log) => (error: unknown) =>
  log.debug(`muc-push: unreadable in an archive: ${String(error)}`);

async function readByPage(
  take: HandleMamResult,
  muc: MucModel,
  messages: readonly Element[],
  log: Log,
): Promise<void> {
  const query = queryOf(muc);
  const read = async (some: readonly Element[]) =>
    take(muc, { messages: [...some] }, query, query);
  try {
    await read(messages);
  } catch {
    // It refuses all of a page for one message that it can't read.
    for (const message of messages) {
      await read([message]).catch(tellUnreadable(log));
    }
  }
}

/**
 * 7.0.6 queues promises of what its messages say: what looks at a message in the queue sees nothing. So they
 * are caught on their way, and queued when they are kept.
 */
async function readByRoom(
  method: NonNullable<MucModel["handleMAMResult"]>,
  muc: MucModel,
  messages: readonly Element[],
  log: Log,
): Promise<void> {
  const parsed: Promise<MessageAttributes>[] = [];
  const catcher = Object.create(muc, {
    queueMessage: {
      value: (attributes: Promise<MessageAttributes>) =>
        void parsed.push(attributes),
    },
  }) as MucModel;
  const query = queryOf(muc);
  await method.call(catcher, { messages: [...messages] }, query, query);
  for (const outcome of await Promise.allSettled(parsed)) {
    if (outcome.status === "rejected") tellUnreadable(log)(outcome.reason);
    else void muc.queueMessage(outcome.value);
  }
}
