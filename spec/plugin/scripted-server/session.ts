import type { StreamManagement } from "./stream-management";
import type { Element } from "./xml";

/** Where a session's stanzas go while it has a socket. */
export interface Socket {
  write(xml: string): void;
  /** Cuts the connection without a goodbye. */
  cut(): void;
}

/** A bound full JID. With stream management it outlives its socket. */
export class Session {
  streamManagement: StreamManagement | undefined;
  private socket: Socket | undefined;

  constructor(
    readonly fullJid: string,
    socket: Socket,
  ) {
    this.socket = socket;
  }

  get isConnected(): boolean {
    return this.socket !== undefined;
  }

  send(stanza: Element | string): void {
    const xml = stanza.toString();
    this.streamManagement?.keepOutgoing(xml);
    this.socket?.write(xml);
  }

  /** Sends what stream management does not count. */
  sendUncounted(element: Element): void {
    this.socket?.write(element.toString());
  }

  attach(socket: Socket): void {
    this.socket = socket;
  }

  detach(socket: Socket): void {
    if (this.socket === socket) this.socket = undefined;
  }

  /** The network goes away under the client. */
  dropSocket(): void {
    const socket = this.socket;
    this.socket = undefined;
    socket?.cut();
  }
}
