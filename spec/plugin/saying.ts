/** What a page's user says, and what a room has of it. */
import type { Chat } from "./chat";
import { attribute, type Element, type Room } from "./scripted-server";

export const bodies = (messages: Element[]) =>
  messages
    .map((message) => message.getChildText("body"))
    .filter((body) => body !== null && body !== undefined);

/** What the room has taken: everything in its archive. */
export const taken = (room: Room) =>
  room.archive.entries.map(({ message }) => message);

export const idOf = (message: Element | undefined) =>
  message && attribute(message, "id");

/** Sends a stanza as another part of Converse would. */
export async function sendRaw(chat: Chat, xml: string): Promise<void> {
  await chat.page.evaluate((text) => {
    const { documentElement } = new DOMParser().parseFromString(
      text,
      "text/xml",
    );
    const { api } = window.rig._converse as unknown as {
      api: { send(stanza: unknown): void };
    };
    api.send(documentElement);
  }, xml);
}

/** Says something, and waits until the room has it and its sender knows. */
export async function deliver(
  chat: Chat,
  room: Room,
  body: string,
): Promise<void> {
  const at = room.mark();
  await chat.say(room, body);
  await room.nth("message", 1, at);
  await chat.fence();
}

/** The rooms' server crashes; it is back at once, and so is the user. */
export async function surviveCrash(chat: Chat, room: Room): Promise<void> {
  chat.server.rebootRooms();
  chat.server.push({ from: room.jid });
  await chat.heard("mucPushBack", room);
  await chat.heard("mucPushEnabled", room, 2);
  await chat.fence();
}

/** What the users' server says while the rooms' server is away. */
export const AWAY = {
  condition: "remote-server-not-found",
  type: "cancel",
} as const;

/** Retracts the first message, as the user does. */
export const retract = (chat: Chat, room: Room) =>
  chat.page.evaluate((jid) => {
    const chat = window.rig.chat(jid) as unknown as {
      messages: { models: unknown[] };
      retractOwnMessage(message: unknown): Promise<void>;
    };
    void chat.retractOwnMessage(chat.messages.models[0]);
  }, room.jid);

export const retracted = (chat: Chat, room: Room) =>
  chat.page.evaluate(
    (jid) =>
      Boolean(window.rig.chat(jid)?.messages.models[0]?.get("retracted")),
    room.jid,
  );

/** Sends a message to the room, or to somebody in it, with a text that is taken as it is. */
export const sendText = (
  chat: Chat,
  to: string,
  body: string,
  type = "groupchat",
) =>
  chat.page.evaluate(
    ([to, body, type]) => {
      const ns = "jabber:client";
      const message = document.createElementNS(ns, "message");
      message.setAttribute("type", type);
      message.setAttribute("to", to);
      message.setAttribute("id", "raw");
      message.appendChild(document.createElementNS(ns, "body")).textContent =
        body;
      const { api } = window.rig._converse as unknown as {
        api: { send(stanza: unknown): void };
      };
      api.send(message);
    },
    [to, body, type] as const,
  );
