/**
 * A raw XMPP client over WebSocket (RFC 7395): it does what the test says and nothing by itself. It answers no
 * IQ, does not reconnect, keeps no roster, and can drop the line without a goodbye.
 */
import { randomUUID } from "node:crypto";
import { createElement, type Element, escapeXML, parse } from "ltx";
import WebSocket from "ws";
import { logIn, type LoginOptions, sayGoodbye } from "./login";

const MUC_USER = "http://jabber.org/protocol/muc#user";

/** Only ends a wait that hangs. */
const DEFAULT_TIMEOUT_MS = 15_000;

export interface WaitOptions {
  /** Milliseconds until the promise rejects; 15 000 by default. */
  timeoutMs?: number;
}

/** What `configureRoom` can set; names as in XEP-0045, without `muc#roomconfig_`. */
export interface RoomConfig {
  persistent?: boolean;
  membersOnly?: boolean;
  moderated?: boolean;
  public?: boolean;
  /** Keeps an archive (MAM). */
  archive?: boolean;
  /** What one has to know to come in; empty for nothing. */
  password?: string;
}

export interface RawClient {
  /** The full JID that the server bound. */
  readonly jid: string;
  /** Every stanza since the login, oldest first. */
  readonly received: readonly Element[];
  readonly connected: boolean;
  /** Sends one stanza as it is. */
  send(xml: string | Element): void;
  /**
   * Sends an IQ and resolves with its answer, result or error.
   * @param iq without `id` it gets one
   * @throws Error when no answer comes in time
   */
  request(iq: string | Element, options?: WaitOptions): Promise<Element>;
  /** Resolves with the first stanza, received already or later, that fits. */
  waitFor(
    fits: (stanza: Element) => boolean,
    options?: WaitOptions,
  ): Promise<Element>;
  /** Like `waitFor`, but takes only what comes from now on. */
  waitForNext(
    fits: (stanza: Element) => boolean,
    options?: WaitOptions,
  ): Promise<Element>;
  /** Calls back for each stanza from now on; returns the undo. */
  onStanza(listener: (stanza: Element) => void): () => void;
  /** Answers an IQ with an empty result, or with the given `<error/>` element. */
  answer(iq: Element, how: "result" | (string & {})): void;
  /** Resolves with the self-presence (110). @throws Error with the room's error presence as message. */
  joinRoom(
    roomJid: string,
    nick: string,
    options?: WaitOptions,
  ): Promise<Element>;
  /** Resolves when the room has sent the unavailable self-presence. */
  leaveRoom(
    roomJid: string,
    nick: string,
    options?: WaitOptions,
  ): Promise<Element>;
  /** Says it and resolves with the room's echo. */
  say(roomJid: string, body: string, options?: WaitOptions): Promise<Element>;
  /** Sets options as the room's owner. @throws Error when the room refuses. */
  configureRoom(
    roomJid: string,
    config: RoomConfig,
    options?: WaitOptions,
  ): Promise<void>;
  /** Says goodbye to the server; resolves when the socket is closed. */
  close(): Promise<void>;
  /** Cuts the socket without a word; resolves when it is closed. */
  drop(): Promise<void>;
}

const CONFIG_FIELDS: Record<keyof RoomConfig, string> = {
  persistent: "muc#roomconfig_persistentroom",
  membersOnly: "muc#roomconfig_membersonly",
  moderated: "muc#roomconfig_moderatedroom",
  public: "muc#roomconfig_publicroom",
  archive: "muc#roomconfig_enablearchiving",
  password: "muc#roomconfig_roomsecret",
};

/** The bare JID of a full one. */
export function bare(jid: string): string {
  return jid.split("/", 1)[0] ?? jid;
}

/** Whether a presence is the room's word on ourselves (status 110). */
export function isSelfPresence(stanza: Element, roomJid: string): boolean {
  return (
    stanza.is("presence") &&
    bare(stanza.attrs.from as string) === roomJid &&
    (stanza.getChild("x", MUC_USER)?.getChildren("status") ?? []).some(
      ({ attrs }) => attrs.code === "110",
    )
  );
}

function isErrorFrom(stanza: Element, roomJid: string): boolean {
  return (
    stanza.attrs.type === "error" &&
    bare((stanza.attrs.from as string | undefined) ?? "") === roomJid
  );
}

/**
 * Logs in (SASL PLAIN), binds, and sends no presence.
 * @throws Error when the login fails
 */
export async function connectRawClient(
  options: LoginOptions,
): Promise<RawClient> {
  const { socket, inbox, jid, closed } = await logIn(options);

  function send(xml: string | Element): void {
    const stanza = typeof xml === "string" ? parse(xml) : xml;
    stanza.attrs.xmlns ??= "jabber:client";
    socket.send(stanza.toString());
  }

  async function request(
    xml: string | Element,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions = {},
  ) {
    const iq = typeof xml === "string" ? parse(xml) : xml;
    const id = ((iq.attrs as Record<string, string>).id ??= randomUUID());
    const isAnswer = (stanza: Element): boolean =>
      stanza.is("iq") &&
      stanza.attrs.id === id &&
      ["result", "error"].includes(stanza.attrs.type as string);
    const answer = inbox.next(
      isAnswer,
      timeoutMs,
      `answer to ${iq.toString()}`,
    );
    send(iq);
    return answer;
  }

  function waitForNext(
    fits: (stanza: Element) => boolean,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions = {},
  ) {
    return inbox.next(fits, timeoutMs, `${jid} waits`);
  }

  async function waitFor(
    fits: (stanza: Element) => boolean,
    wait: WaitOptions = {},
  ) {
    return inbox.received.find(fits) ?? waitForNext(fits, wait);
  }

  function answer(iq: Element, how: string): void {
    const { from, id } = iq.attrs as Record<string, string>;
    const type = how === "result" ? "result" : "error";
    send(
      createElement(
        "iq",
        { type, to: from, id },
        ...(how === "result" ? [] : [parse(how)]),
      ),
    );
  }

  async function joinRoom(
    roomJid: string,
    nick: string,
    wait: WaitOptions = {},
  ): Promise<Element> {
    const seated = waitForNext(
      (stanza) =>
        (isSelfPresence(stanza, roomJid) || isErrorFrom(stanza, roomJid)) &&
        stanza.is("presence"),
      wait,
    );
    send(
      `<presence to="${escapeXML(`${roomJid}/${nick}`)}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
    const presence = await seated;
    if (presence.attrs.type === "error")
      throw new Error(`${roomJid} refuses ${jid}: ${presence.toString()}`);
    return presence;
  }

  function leaveRoom(
    roomJid: string,
    nick: string,
    wait: WaitOptions = {},
  ): Promise<Element> {
    const gone = waitForNext(
      (stanza) =>
        isSelfPresence(stanza, roomJid) && stanza.attrs.type === "unavailable",
      wait,
    );
    send(
      `<presence type="unavailable" to="${escapeXML(`${roomJid}/${nick}`)}"/>`,
    );
    return gone;
  }

  async function say(
    roomJid: string,
    body: string,
    wait: WaitOptions = {},
  ): Promise<Element> {
    const id = randomUUID();
    const echo = waitForNext(
      (stanza) => stanza.is("message") && stanza.attrs.id === id,
      wait,
    );
    send(
      createElement(
        "message",
        { type: "groupchat", to: roomJid, id },
        createElement("body", {}, body),
      ),
    );
    const message = await echo;
    if (message.attrs.type === "error")
      throw new Error(`${roomJid} refuses the message: ${message.toString()}`);
    return message;
  }

  async function configureRoom(
    roomJid: string,
    config: RoomConfig,
    wait: WaitOptions = {},
  ): Promise<void> {
    const fields = Object.entries(config).map(([key, value]) =>
      createElement(
        "field",
        { var: CONFIG_FIELDS[key as keyof RoomConfig] },
        createElement(
          "value",
          {},
          typeof value === "string" ? value : value ? "1" : "0",
        ),
      ),
    );
    const form = createElement(
      "x",
      { xmlns: "jabber:x:data", type: "submit" },
      createElement(
        "field",
        { var: "FORM_TYPE" },
        createElement("value", {}, "http://jabber.org/protocol/muc#roomconfig"),
      ),
      ...fields,
    );
    const query = createElement(
      "query",
      { xmlns: "http://jabber.org/protocol/muc#owner" },
      form,
    );
    const outcome = await request(
      createElement("iq", { type: "set", to: roomJid }, query),
      wait,
    );
    if (outcome.attrs.type !== "result")
      throw new Error(`${roomJid} keeps its options: ${outcome.toString()}`);
  }

  async function close(): Promise<void> {
    if (socket.readyState === WebSocket.OPEN) {
      sayGoodbye(socket);
    }
    await closed;
  }

  async function drop(): Promise<void> {
    socket.terminate();
    await closed;
  }

  return {
    jid,
    received: inbox.received,
    get connected() {
      return socket.readyState === WebSocket.OPEN;
    },
    send,
    request,
    waitFor,
    waitForNext,
    onStanza: (listener) => inbox.on(listener),
    answer,
    joinRoom,
    leaveRoom,
    say,
    configureRoom,
    close,
    drop,
  };
}
