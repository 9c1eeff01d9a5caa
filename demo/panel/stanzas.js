/* global DOMParser */
/** Which stanzas matter for the story, and what each says in plain words. */

const NS = {
  mam: "urn:xmpp:mam:2",
  muc: "http://jabber.org/protocol/muc",
  mucUser: "http://jabber.org/protocol/muc#user",
  ping: "urn:xmpp:ping",
  push: "urn:xmpp:push:0",
};

const has = (element, name, ns) =>
  element.getElementsByTagNameNS(ns, name).length > 0;
const childText = (element, name) =>
  element.getElementsByTagName(name)[0]?.textContent ?? "";
const condition = (iq) =>
  iq.querySelector("error > :not(text)")?.localName ?? "an error";

/**
 * Reads the wire of one page. It remembers what was asked, so that an answer can be told from other answers.
 * @param {string} room bare JID
 * @returns {(entry: {dir: "in" | "out", xml: string}) => {kind: string, text: string, body?: string} | undefined}
 */
export function createReader(room) {
  /** Ids of what was asked, by what it was. */
  const asked = new Map();
  const isRoom = (jid) => jid === room || jid?.startsWith(`${room}/`);

  function readOutgoing(stanza) {
    const id = stanza.getAttribute("id");
    const type = stanza.getAttribute("type");
    if (
      stanza.localName === "iq" &&
      has(stanza, "ping", NS.ping) &&
      type === "get"
    ) {
      asked.set(id, "ping");
      return { kind: "ping", text: "Self-ping: am I still in the room?" };
    }
    if (
      stanza.localName === "iq" &&
      has(stanza, "enable", NS.push) &&
      type === "set"
    ) {
      asked.set(id, "enable");
      return undefined;
    }
    if (
      stanza.localName === "iq" &&
      has(stanza, "disable", NS.push) &&
      type === "set"
    ) {
      return { kind: "disable", text: "Disable: no more pushes, please" };
    }
    if (stanza.localName === "iq" && asked.get(id) === "push") {
      asked.delete(id);
      return {
        kind: "answer",
        text:
          type === "result"
            ? "Push answered: result"
            : `Push answered: ${condition(stanza)}`,
      };
    }
    if (stanza.localName === "presence" && has(stanza, "x", NS.muc))
      return { kind: "join", text: "Join" };
    if (stanza.localName === "presence" && type === "unavailable")
      return { kind: "leave", text: "Leave" };
    return undefined;
  }

  function readAnswer(stanza, question) {
    const ok = stanza.getAttribute("type") === "result";
    if (question === "ping")
      return {
        kind: "pong",
        text: `Ping answered: ${ok ? "result" : condition(stanza)}`,
      };
    if (question === "enable") {
      return ok
        ? { kind: "enabled", text: "Enabled: the room will push" }
        : {
            kind: "refused",
            text: `The room will not push: ${condition(stanza)}`,
          };
    }
    return undefined;
  }

  function readIncoming(stanza) {
    const id = stanza.getAttribute("id");
    const type = stanza.getAttribute("type");
    if (
      stanza.localName === "iq" &&
      type === "set" &&
      has(stanza, "notification", NS.push)
    ) {
      asked.set(id, "push");
      return {
        kind: "push",
        text: "Push: you are missing something",
      };
    }
    if (stanza.localName === "iq" && (type === "result" || type === "error")) {
      const question = asked.get(id);
      asked.delete(id);
      return readAnswer(stanza, question);
    }
    if (
      stanza.localName === "presence" &&
      stanza.querySelector('status[code="110"]')
    ) {
      return type === "unavailable"
        ? { kind: "out", text: "The room says: you are out" }
        : { kind: "seat", text: "Seated" };
    }
    if (stanza.localName === "message" && has(stanza, "result", NS.mam)) {
      const body = childText(stanza, "body");
      return body && { kind: "missed", text: `Archive: ${body}`, body };
    }
    if (
      stanza.localName === "message" &&
      type === "groupchat" &&
      stanza.getElementsByTagName("body").length > 0
    ) {
      const body = childText(stanza, "body");
      return { kind: "message", text: `Live: ${body}`, body };
    }
    return undefined;
  }

  return ({ dir, xml }) => {
    const stanza = new DOMParser().parseFromString(
      xml,
      "text/xml",
    ).documentElement;
    const other = stanza.getAttribute(dir === "in" ? "from" : "to");
    if (!isRoom(other)) return undefined;
    return (
      (dir === "in" ? readIncoming(stanza) : readOutgoing(stanza)) || undefined
    );
  };
}
