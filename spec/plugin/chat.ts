import type { Clock, Page } from "playwright-core";
import { chatPageOf, type RoomStatus } from "../../rig/chat-page";
import { ArrivalLog, type Room, type ScriptedServer } from "./scripted-server";

/** An event of the plugin or of Converse, as other plugins hear it. */
export interface PluginEvent {
  name: string;
  payload: Record<string, unknown> | null;
}

/** What the plugin's API says about a room. */
export interface Report {
  state: string;
  reason?: string;
  since: number;
  nextAttemptAt?: number;
  outSince?: number;
  guard: string;
}

/** Converse's model of a room, as far as the specs use it inside the page. */
interface PagedRoom {
  get(name: string): unknown;
  leave(): Promise<void>;
  close(): Promise<void>;
  rejoin(): Promise<void>;
  isJoined(): Promise<boolean>;
  rejoinIfNecessary(): Promise<unknown>;
  sendMessage(attributes: { body: string }): Promise<unknown>;
  setNickname(nick: string): Promise<void>;
}

type RoomAct = "leave" | "close" | "rejoin" | "isJoined" | "rejoinIfNecessary";

/** Converse's inner API, as far as the specs use it inside the page. */
interface PagedApi {
  rooms: { open(jid: string, attributes: object, force: boolean): void };
  user: { logout(): Promise<void> };
  mucPush: { state(room: string): Report | null; check(room: string): void };
}

/** A page as far as specs need it that look at no view: a tab of a browser is one, and so is a page without any. */
export interface ScriptedPage extends Pick<
  Page,
  "evaluate" | "waitForFunction"
> {
  reload(): Promise<unknown>;
  /** Works where the harness was told that the page's time is scripted. */
  readonly clock: Pick<Clock, "pauseAt" | "runFor" | "fastForward">;
}

/** Time may not be stopped in the page's past; shorter than any wait of Converse or of the plugin. */
const SKEW_MS = 5_000;

/** One page with Converse in it, logged in to the scripted server. */
export class Chat<P extends ScriptedPage = ScriptedPage> {
  readonly events = new ArrivalLog<PluginEvent>((event) =>
    JSON.stringify(event),
  );
  /** Uncaught errors, unhandled rejections, and console errors that the plugin wrote. */
  readonly complaints: string[] = [];
  /** Console warnings that the plugin wrote. */
  readonly warnings: string[] = [];
  private readonly view: ReturnType<typeof chatPageOf>;

  constructor(
    readonly page: P,
    readonly server: ScriptedServer,
  ) {
    this.view = chatPageOf(page);
  }

  /** Notes a line of the console if it is the plugin's, by its text or by the file that wrote it. */
  noteConsole(kind: string, text: string, file: string): void {
    if (!/muc[-_ ]?push/i.test(text + file)) return;
    if (kind === "error") this.complaints.push(text);
    if (kind === "warning") this.warnings.push(text);
  }

  noteUncaught(error: unknown): void {
    this.complaints.push(`uncaught: ${String(error)}`);
  }

  /**
   * Stops the page's time, which has run with ours so far. No answer is under way then, nor afterwards: it
   * would come late where a spec lets hours pass in no time.
   */
  async stopTime(): Promise<void> {
    await this.server.settle();
    await this.page.clock.pauseAt(Date.now() + SKEW_MS);
    await this.server.settle();
  }

  room(name = "garden"): Room {
    return this.server.room(name);
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
  entered(room: Room): Promise<void> {
    return this.view.waitUntilEntered(room.jid);
  }

  status(room: Room): Promise<RoomStatus | undefined> {
    return this.view.roomStatus(room.jid);
  }

  /** Waits until Converse believes that it is not in the room. */
  async isOut(room: Room): Promise<void> {
    const [DISCONNECTED, BANNED] = [4, 7];
    await this.page.waitForFunction(
      ([jid, ...out]) =>
        out.includes(
          window.rig.chat(jid)?.session?.get("connection_status") as number,
        ),
      [room.jid, DISCONNECTED, BANNED] as const,
    );
  }

  /** The plugin's word for where the user stands with a room. */
  state(room: Room): Promise<string | undefined> {
    return this.view.pushState(room.jid);
  }

  /** All that the plugin's API says about a room. */
  report(room: Room): Promise<Report | null> {
    return this.page.evaluate((jid) => {
      const { api } = window.rig._converse as unknown as { api: PagedApi };
      return api.mucPush.state(jid);
    }, room.jid);
  }

  /** Has the plugin look after a room, as another plugin would. */
  async check(room: Room): Promise<void> {
    await this.page.evaluate((jid) => {
      const { api } = window.rig._converse as unknown as { api: PagedApi };
      api.mucPush.check(jid);
    }, room.jid);
  }

  hasState(room: Room, state: string): Promise<void> {
    return this.view.waitForPushState(room.jid, state);
  }

  messages(room: Room): Promise<string[]> {
    return this.view.modelMessages(room.jid);
  }

  hasMessage(room: Room, body: string): Promise<void> {
    return this.view.waitForMessage(room.jid, body);
  }

  /** Bodies of the messages that are shown as not sent. */
  bounced(room: Room): Promise<string[]> {
    return this.page.evaluate((jid) => {
      const models = window.rig.chat(jid)?.messages.models ?? [];
      const failed = models.filter((message) => message.get("error_condition"));
      return failed.map((message) => String(message.get("body")));
    }, room.jid);
  }

  async hasBounced(room: Room, body: string): Promise<void> {
    await this.page.waitForFunction(
      ([jid, body]) =>
        window.rig
          .chat(jid)
          ?.messages.models.some(
            (message) =>
              message.get("body") === body && message.get("error_condition"),
          ),
      [room.jid, body] as const,
    );
  }

  /** Opens a room and joins it. */
  async join(room: Room, nick = "me"): Promise<void> {
    await this.open(room, nick);
    await this.entered(room);
  }

  /** Opens a room without waiting for the join to succeed. */
  async open(room: Room, nick = "me"): Promise<void> {
    await this.page.evaluate(
      ([jid, nick]) => {
        const { api } = window.rig._converse as unknown as { api: PagedApi };
        api.rooms.open(jid, { nick }, true);
      },
      [room.jid, nick] as const,
    );
  }

  /** Brings a room to the front: it is the one that the user looks at. */
  async show(room: Room): Promise<void> {
    await this.open(room);
  }

  /** Leaves but keeps the chat open. */
  async leave(room: Room): Promise<void> {
    await this.inRoom(room, "leave");
  }

  /** What the button "leave this groupchat" does. */
  async closeRoom(room: Room): Promise<void> {
    await this.inRoom(room, "close");
  }

  /** Converse's own rejoin. */
  async rejoin(room: Room): Promise<void> {
    await this.inRoom(room, "rejoin");
  }

  /** Converse's own self-ping. */
  async isJoined(room: Room): Promise<boolean> {
    return (await this.inRoom(room, "isJoined")) as boolean;
  }

  /** What Converse does for every room when its tab becomes visible. */
  async rejoinIfNecessary(room: Room): Promise<unknown> {
    return this.inRoom(room, "rejoinIfNecessary");
  }

  /** Says something as the page's user; does not wait for the room. */
  async say(room: Room, body: string): Promise<void> {
    await this.page.evaluate(
      ([jid, body]) => {
        void window.rig.say(jid, body);
      },
      [room.jid, body] as const,
    );
  }

  /** The tab goes to the back, or comes to the front. */
  async setVisible(isVisible: boolean): Promise<void> {
    await this.page.evaluate((isVisible) => {
      const state = isVisible ? "visible" : "hidden";
      const define = (name: string, value: unknown) =>
        Object.defineProperty(document, name, { configurable: true, value });
      define("hidden", !isVisible);
      define("visibilityState", state);
      document.dispatchEvent(new Event("visibilitychange"));
    }, isVisible);
  }

  /** The user was away and looks at the tab again. */
  async comeBack(): Promise<void> {
    await this.setVisible(false);
    await this.setVisible(true);
  }

  /** The browser finds that it has a network again. */
  async comeOnline(): Promise<void> {
    await this.page.evaluate(() => window.dispatchEvent(new Event("online")));
  }

  /** Everything that was sent to the client, and done in the page, before has had its effect by now. */
  async fence(): Promise<void> {
    await this.server.roundTrip();
    await this.page.evaluate(() => undefined);
    await this.server.roundTrip();
  }

  /** Asks for another nick, as the command /nick does; does not wait for the answer. */
  async askForNick(room: Room, nick: string): Promise<void> {
    await this.page.evaluate(
      ([jid, nick]) => {
        const model = window.rig.chat(jid) as unknown as PagedRoom;
        void model.setNickname(nick);
      },
      [room.jid, nick] as const,
    );
  }

  /** Waits until Converse goes by this nick. */
  async hasNick(room: Room, nick: string): Promise<void> {
    await this.page.waitForFunction(
      ([jid, wanted]) =>
        (window.rig.chat(jid) as unknown as PagedRoom).get("nick") === wanted,
      [room.jid, nick] as const,
    );
  }

  async logout(): Promise<void> {
    await this.page.evaluate(() => {
      const { api } = window.rig._converse as unknown as { api: PagedApi };
      return api.user.logout();
    });
  }

  private inRoom(room: Room, act: RoomAct): Promise<unknown> {
    const inPage = async ([jid, act]: readonly [
      string,
      RoomAct,
    ]): Promise<unknown> => {
      const model = window.rig.chat(jid) as unknown as PagedRoom;
      return model[act]();
    };
    return this.page.evaluate(inPage, [room.jid, act] as const);
  }
}

function isAbout(name: string, room: Room) {
  return (event: PluginEvent): boolean =>
    event.name === name && event.payload?.["room"] === room.jid;
}
