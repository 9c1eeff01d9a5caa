import type { Compat } from "./compat.js";
import { bareJid, resourceOf } from "../core/jid.js";

/**
 * The own full JID, as the server knows it.
 *
 * After a page reload 14.0.0 gives itself a new resource before it knows whether the old stream can be
 * resumed, and keeps it when it can: then only the server's own stanzas tell the address of the stream.
 */
export class OwnAddress {
  private seen: string | null = null;

  constructor(private readonly compat: Compat) {}

  /**
   * A stanza came in. A message to a resource that is gone reaches another one, so messages tell nothing;
   * presences and IQs reach the resource that they name, or none (RFC 6121 §8.5.3).
   */
  note(stanza: Element): void {
    const to = stanza.getAttribute("to");
    if (to === null || resourceOf(to) === null) return;
    if (stanza.localName !== "message") this.seen = to;
  }

  /** Null while nobody is logged in. */
  fullJid(): string | null {
    const ofConverse = this.compat.ownJid();
    const { seen } = this;
    if (ofConverse === null || seen === null) return ofConverse;
    return bareJid(seen) === bareJid(ofConverse) ? seen : ofConverse;
  }
}
