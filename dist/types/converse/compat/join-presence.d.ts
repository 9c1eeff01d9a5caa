import type { MucModel, PublicConverse, StanzaBuilder } from "../models.js";
/** The presence with which Converse would join a room now (XEP-0045 §7.2). */
export declare function joinPresence(muc: MucModel, { $pres }: PublicConverse["env"], from: string): Promise<Element | StanzaBuilder>;
