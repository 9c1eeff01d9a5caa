import type { InnerConverse, Log, MucModel } from "../models.js";
/** Has Converse read messages of a room's archive (XEP-0313) into its model; in their order, and without an end. */
export type ArchiveReader = (muc: MucModel, messages: readonly Element[]) => Promise<void>;
/** What reads archives in this release; undefined where the plugin for that is switched off. */
export declare function archiveReader(inner: InnerConverse, log: Log): ArchiveReader | undefined;
