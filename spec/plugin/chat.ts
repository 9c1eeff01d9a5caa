import type { BrowserContext, Page } from "playwright-core";
import { ArrivalLog, type Room, type ScriptedServer } from "./scripted-server";

/** Converse's `ROOMSTATUS.ENTERED`. */
const ENTERED = 5;

/** An event of the plugin, as other plugins hear it. */
export interface PluginEvent {
  name: string;
  data: Record<string, unknown>;
}

interface ProbedRoom {
  get(name: string): unknown;
  session: { get(name: string): unknown };
  leave(): Promise<void>;
  close(): Promise<void>;
  rejoin(): Promise<void>;
  isJoined(): Promise<boolean>;
  setNickname(nick: string): Promise<void>;
  messages: { models: { get(name: string): unknown }[] };
}

/** The part of Converse's closured object that the specs touch inside the page. */
interface Probe {
  state: { chatboxes?: { get(jid: string): ProbedRoom | undefined } };
  api: {
    rooms: {
      get(jid: string): Promise<ProbedRoom | undefined>;
      open(
        jid: string,
        attributes: object,
        force: boolean,
      ): Promise<ProbedRoom>;
    };
    user: { logout(): Promise<void> };
    mucPush: { state(jid: string): { state: string } };
  };
}

declare global {
  interface Window {
    /** Handed out by the spec's own Converse plugin. */
    probe: Probe;
    probedRoom(jid: string): Promise<ProbedRoom>;
    tell(name: string, data: Record<string, unknown>): void;
  }
}

/** One page with Converse in it, logged in to the scripted server. */
export class Chat {
  readonly events = new ArrivalLog<PluginEvent>((event) =>
    JSON.stringify(event),
  );
  /** Uncaught errors, unhandled rejections, and console errors that the plugin wrote. */
  readonly complaints: string[] = [];

  constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    readonly server: ScriptedServer,
  ) {
    page.on("pageerror", (error) =>
      this.complaints.push(`uncaught: ${String(error)}`),
    );
    page.on("console", (message) => {
      const isOurs = /muc[-_ ]?push/i.test(
        message.text() + message.location().url,
      );
      if (message.type() === "error" && isOurs)
        this.complaints.push(message.text());
    });
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  /** The `n`th event of this name about this room, whether it has come yet or not. */
  heard(name: string, room: Room, n = 1, from = 0): Promise<PluginEvent> {
    return this.events.nth(
      isAbout(name, room),
      n,
      from,
      `${name} of ${room.jid}`,
    );
  }

  allHeard(name: string, room: Room, from = 0): PluginEvent[] {
    return this.events.all(isAbout(name, room), from);
  }

  /** Waits until Converse believes that it is in the room. */
  async entered(room: Room): Promise<void> {
    await this.hasStatus(room, ENTERED);
  }

  /** Waits for one of Converse's `ROOMSTATUS` values. */
  async hasStatus(room: Room, status: number): Promise<void> {
    await this.page.waitForFunction(
      ([jid, wanted]) => {
        const model = window.probe?.state.chatboxes?.get(jid);
        return model?.session?.get("connection_status") === wanted;
      },
      [room.jid, status] as const,
    );
  }

  /** Opens a room and joins it. */
  async join(room: Room, nick = "me"): Promise<void> {
    await this.page.evaluate(
      ([jid, nick]) => void window.probe.api.rooms.open(jid, { nick }, true),
      [room.jid, nick] as const,
    );
    await this.entered(room);
  }

  leave(room: Room): Promise<void> {
    return this.page.evaluate(
      async (jid) => (await window.probedRoom(jid)).leave(),
      room.jid,
    );
  }

  /** What the button "leave this groupchat" does. */
  closeRoom(room: Room): Promise<void> {
    return this.page.evaluate(
      async (jid) => (await window.probedRoom(jid)).close(),
      room.jid,
    );
  }

  rejoin(room: Room): Promise<void> {
    return this.page.evaluate(
      async (jid) => (await window.probedRoom(jid)).rejoin(),
      room.jid,
    );
  }

  /** Asks for another nick, as the command /nick does. */
  async rename(room: Room, nick: string): Promise<void> {
    await this.page.evaluate(
      async ([jid, nick]) =>
        void (await window.probedRoom(jid)).setNickname(nick),
      [room.jid, nick] as const,
    );
  }

  nick(room: Room): Promise<unknown> {
    return this.page.evaluate(
      async (jid) => (await window.probedRoom(jid)).get("nick"),
      room.jid,
    );
  }

  /** Waits until Converse goes by this nick. */
  async hasNick(room: Room, nick: string): Promise<void> {
    await this.page.waitForFunction(
      ([jid, wanted]) =>
        window.probe.state.chatboxes?.get(jid)?.get("nick") === wanted,
      [room.jid, nick] as const,
    );
  }

  /** Waits until at least so many messages with a text are there. */
  async hasMessages(room: Room, count: number): Promise<void> {
    await this.page.waitForFunction(
      ([jid, wanted]) => {
        const models =
          window.probe.state.chatboxes?.get(jid)?.messages.models ?? [];
        return models.filter((message) => message.get("body")).length >= wanted;
      },
      [room.jid, count] as const,
    );
  }

  bodies(room: Room): Promise<unknown[]> {
    return this.page.evaluate(async (jid) => {
      const { messages } = await window.probedRoom(jid);
      return messages.models
        .map((message) => message.get("body"))
        .filter(Boolean);
    }, room.jid);
  }

  async logout(): Promise<void> {
    await this.page.evaluate(() => window.probe.api.user.logout());
  }

  /** The plugin's word for where the user stands with a room. */
  state(room: Room): Promise<string> {
    return this.page.evaluate(
      (jid) => window.probe.api.mucPush.state(jid).state,
      room.jid,
    );
  }
}

function isAbout(name: string, room: Room) {
  return (event: PluginEvent): boolean =>
    event.name === name && event.data["room"] === room.jid;
}
