/** Opens an XMPP stream over WebSocket (RFC 7395), logs in and binds. */
import { createElement, type Element, parse } from "ltx";
import WebSocket from "ws";
import { Inbox } from "./inbox";

const NS = {
  bind: "urn:ietf:params:xml:ns:xmpp-bind",
  framing: "urn:ietf:params:xml:ns:xmpp-framing",
  sasl: "urn:ietf:params:xml:ns:xmpp-sasl",
  sm: "urn:xmpp:sm:3",
} as const;

/** Only ends a login that hangs. */
const STEP_TIMEOUT_MS = 15_000;

export interface LoginOptions {
  websocketUrl: string;
  /** The domain to log in to. */
  host: string;
  username: string;
  password: string;
  /** The server picks one when none is asked for. */
  resource?: string;
  /** Goes on with a hibernating session (XEP-0198) instead of binding a new one. */
  resume?: HibernatingSession;
}

export interface HibernatingSession {
  /** The full JID. */
  jid: string;
  /** The server's name for it. */
  id: string;
  /** How many stanzas were received since it could be resumed. */
  handled: number;
}

export interface Stream {
  readonly socket: WebSocket;
  /** Every stanza since the login; after a resumption the answer to it as well. */
  readonly inbox: Inbox;
  /** The full JID that the server bound. */
  readonly jid: string;
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
}

function openSocket(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, ["xmpp"]);
    socket.once("error", reject);
    socket.once("open", () => {
      socket.off("error", reject);
      // An error is followed by "close"; whoever waits for a stanza has a time limit.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}

/** Ends the stream politely; the server closes the socket. */
export function sayGoodbye(socket: WebSocket): void {
  socket.send(createElement("close", { xmlns: NS.framing }).toString());
  socket.close();
}

/**
 * Logs in with SASL PLAIN.
 * @throws Error when the server refuses or does not answer in time
 */
export async function logIn(options: LoginOptions): Promise<Stream> {
  const { websocketUrl, host, username, password, resource, resume } = options;
  const who = `${username}@${host}`;
  const socket = await openSocket(websocketUrl);
  const closed = new Promise<void>((resolve) =>
    socket.once("close", () => resolve()),
  );
  const inbox = new Inbox();
  socket.on("message", (data: Buffer) =>
    inbox.take(parse(data.toString("utf8"))),
  );

  function exchange(
    element: Element,
    fits: (answer: Element) => boolean,
  ): Promise<Element> {
    const answer = inbox.next(fits, STEP_TIMEOUT_MS, `login of ${who}`);
    socket.send(element.toString());
    return answer;
  }

  const openStream = () =>
    exchange(
      createElement("open", { xmlns: NS.framing, to: host, version: "1.0" }),
      (answer) => answer.getName() === "features",
    );

  async function authenticate(): Promise<void> {
    const plain = Buffer.from(`\0${username}\0${password}`).toString("base64");
    const outcome = await exchange(
      createElement("auth", { xmlns: NS.sasl, mechanism: "PLAIN" }, plain),
      (answer) => answer.getNS() === NS.sasl,
    );
    if (outcome.is("success")) return;
    throw new Error(`login of ${who} failed: ${outcome.toString()}`);
  }

  async function bind(): Promise<string> {
    const wish = resource ? [createElement("resource", {}, resource)] : [];
    const bound = await exchange(
      createElement(
        "iq",
        { xmlns: "jabber:client", type: "set", id: "bind" },
        createElement("bind", { xmlns: NS.bind }, ...wish),
      ),
      (answer) => answer.is("iq") && answer.attrs.id === "bind",
    );
    const jid = bound.getChild("bind", NS.bind)?.getChildText("jid");
    if (jid) return jid;
    throw new Error(`binding of ${who} failed: ${bound.toString()}`);
  }

  async function goOn({ jid, id, handled }: HibernatingSession) {
    const outcome = await exchange(
      createElement("resume", { xmlns: NS.sm, previd: id, h: String(handled) }),
      (answer) => answer.getNS() === NS.sm,
    );
    if (outcome.is("resumed")) return jid;
    throw new Error(`${jid} was not resumed: ${outcome.toString()}`);
  }

  try {
    await openStream();
    await authenticate();
    await openStream();
    if (!resume) {
      const jid = await bind();
      inbox.received.length = 0;
      return { socket, inbox, jid, closed };
    }
    // Before: what the session has missed follows at once.
    inbox.received.length = 0;
    const jid = await goOn(resume);
    return { socket, inbox, jid, closed };
  } catch (error) {
    socket.terminate();
    throw error;
  }
}
