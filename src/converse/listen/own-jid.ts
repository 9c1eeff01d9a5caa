import type { Compat } from "../converse.js";
import { bareJid, resourceOf } from "../../core/jid.js";

/**
 * The own full JID. Strophe's may be wrong: when a page is reloaded and its stream resumed, Converse may make
 * up a new resource that the server never hears of. The address on what the server sends us is right.
 */
export class OwnJid {
  private seen: string | null = null;

  constructor(private readonly compat: Compat) {}

  /** A stanza came that was addressed so. */
  note(to: string | null): void {
    if (to !== null && resourceOf(to) !== null) this.seen = to;
  }

  /**
   * The own full JID; null while nobody is logged in.
   *
   * @param earlier the full JID of a seat that was found kept: then it is that one still
   */
  get(earlier: string | null): string | null {
    const claimed = this.compat.connection()?.jid || null;
    if (claimed === null) return null;
    const own = (jid: string | null) =>
      jid !== null && bareJid(jid) === bareJid(claimed) ? jid : null;
    return own(this.seen) ?? own(earlier) ?? claimed;
  }
}
