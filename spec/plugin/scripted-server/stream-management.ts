import { NS } from "./namespaces";
import { attribute, x, type Element } from "./xml";

/**
 * XEP-0198 for one session: counts what came in, keeps what went out until the
 * client has acknowledged it, and replays the rest on a new socket.
 */
export class StreamManagement {
  private handled = 0;
  private acknowledged = 0;
  private unacknowledged: string[] = [];

  constructor(readonly id: string) {}

  countIncoming(): void {
    this.handled += 1;
  }

  keepOutgoing(xml: string): void {
    this.unacknowledged.push(xml);
  }

  enabled(): Element {
    return x("enabled", {
      xmlns: NS.streamManagement,
      id: this.id,
      resume: "true",
    });
  }

  acknowledgement(): Element {
    return x("a", { xmlns: NS.streamManagement, h: this.handled });
  }

  onAcknowledgement(stanza: Element): void {
    const h = Number(attribute(stanza, "h") ?? 0);
    this.unacknowledged.splice(0, Math.max(0, h - this.acknowledged));
    this.acknowledged = Math.max(h, this.acknowledged);
  }

  /** The answer to `<resume/>`, followed by what the client has not seen. */
  resumed(request: Element): string[] {
    this.onAcknowledgement(request);
    const resumed = x("resumed", {
      xmlns: NS.streamManagement,
      previd: this.id,
      h: this.handled,
    });
    return [resumed.toString(), ...this.unacknowledged];
  }
}

export function failedToResume(): Element {
  return x(
    "failed",
    { xmlns: NS.streamManagement },
    x("item-not-found", { xmlns: NS.stanzaErrors }),
  );
}
