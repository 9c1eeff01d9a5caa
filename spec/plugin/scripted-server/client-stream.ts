import type { WebSocket } from "ws";
import { NS } from "./namespaces";
import type { Session, Socket } from "./session";
import { resultOf } from "./stanzas";
import { failedToResume, StreamManagement } from "./stream-management";
import { attribute, parseXml, x, type Element } from "./xml";

/** What a stream needs from the server that it is opened to. */
export interface StreamHost {
  readonly domain: string;
  readonly offersStreamManagement: boolean;
  uniqueId(prefix: string): string;
  bind(user: string, resource: string, socket: Socket): Session;
  findResumable(id: string): Session | undefined;
  onStanza(session: Session, stanza: Element): void;
  onSocketClosed(session: Session, isGoodbye: boolean): void;
}

/** One WebSocket, RFC 7395: stream, SASL PLAIN or ANONYMOUS, bind or resume, then stanzas. */
export class ClientStream implements Socket {
  private user: string | undefined;
  private session: Session | undefined;
  private saidGoodbye = false;

  constructor(
    private readonly webSocket: WebSocket,
    private readonly host: StreamHost,
  ) {
    webSocket.on("message", (data: Buffer) =>
      this.onElement(parseXml(data.toString())),
    );
    webSocket.on("close", () => this.onClose());
  }

  write(xml: string): void {
    this.webSocket.send(xml);
  }

  cut(): void {
    this.webSocket.terminate();
  }

  private send(element: Element): void {
    this.write(element.toString());
  }

  private onElement(element: Element): void {
    switch (element.getNS()) {
      case NS.framing:
        return element.is("open") ? this.open() : this.close();
      case NS.sasl:
        return this.authenticate(element);
      case NS.streamManagement:
        return this.manage(element);
      default:
        return this.onStanza(element);
    }
  }

  private open(): void {
    const id = this.host.uniqueId("stream");
    this.send(
      x("open", {
        xmlns: NS.framing,
        version: "1.0",
        from: this.host.domain,
        id,
      }),
    );
    const offers =
      this.user === undefined ? [this.mechanisms()] : this.featuresAfterLogin();
    this.send(
      x(
        "stream:features",
        { xmlns: NS.client, "xmlns:stream": NS.stream },
        ...offers,
      ),
    );
  }

  private mechanisms(): Element {
    const names = ["PLAIN", "ANONYMOUS"].map((name) =>
      x("mechanism", {}, name),
    );
    return x("mechanisms", { xmlns: NS.sasl }, ...names);
  }

  private featuresAfterLogin(): Element[] {
    const features = [
      x("bind", { xmlns: NS.bind }, x("required")),
      x("session", { xmlns: NS.session }, x("optional")),
    ];
    if (this.host.offersStreamManagement)
      features.push(x("sm", { xmlns: NS.streamManagement }));
    return features;
  }

  /** Any password is right. */
  private authenticate(element: Element): void {
    const [, name] = Buffer.from(element.getText(), "base64")
      .toString()
      .split("\0");
    const isAnonymous = attribute(element, "mechanism") === "ANONYMOUS";
    this.user = isAnonymous || !name ? this.host.uniqueId("guest") : name;
    this.send(x("success", { xmlns: NS.sasl }));
  }

  private onStanza(stanza: Element): void {
    const bind = stanza.getChild("bind", NS.bind);
    if (bind) return this.bind(stanza, bind);
    if (!this.session)
      throw new Error(`a stanza before binding: ${stanza.toString()}`);
    if (stanza.getChild("session", NS.session))
      return this.send(resultOf(stanza));
    this.session.streamManagement?.countIncoming();
    stanza.attrs["from"] = this.session.fullJid;
    return this.host.onStanza(this.session, stanza);
  }

  private bind(request: Element, bind: Element): void {
    const resource =
      bind.getChildText("resource") || this.host.uniqueId("resource");
    this.session = this.host.bind(this.user ?? "", resource, this);
    const jid = x("jid", {}, this.session.fullJid);
    this.send(resultOf(request, x("bind", { xmlns: NS.bind }, jid)));
  }

  private manage(element: Element): void {
    if (element.is("resume")) return this.resume(element);
    const { session } = this;
    if (!session) return;
    if (element.is("enable")) {
      session.streamManagement = new StreamManagement(this.host.uniqueId("sm"));
      session.sendUncounted(session.streamManagement.enabled());
    } else if (element.is("r") && session.streamManagement) {
      session.sendUncounted(session.streamManagement.acknowledgement());
    } else if (element.is("a")) {
      session.streamManagement?.onAcknowledgement(element);
    }
  }

  private resume(request: Element): void {
    const session = this.host.findResumable(attribute(request, "previd") ?? "");
    if (!session?.streamManagement) return this.send(failedToResume());
    this.session = session;
    session.attach(this);
    for (const xml of session.streamManagement.resumed(request))
      this.write(xml);
  }

  private close(): void {
    this.saidGoodbye = true;
    this.send(x("close", { xmlns: NS.framing }));
    this.webSocket.close();
  }

  private onClose(): void {
    if (!this.session) return;
    this.session.detach(this);
    this.host.onSocketClosed(this.session, this.saidGoodbye);
  }
}
