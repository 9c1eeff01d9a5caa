/** A person's Converse in a browser tab: logged in, joined, and asked what it knows and shows. */
import type { Browser, BrowserContext, Frame, Page } from "playwright-core";
import type { PageConfig, PageServer } from "./page-server";
import type { UserServer } from "./servers";

/** Only ends a wait that hangs. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** Converse's ROOMSTATUS, in the order of its numbers. */
const ROOM_STATUS = [
  "CONNECTED",
  "CONNECTING",
  "NICKNAME_REQUIRED",
  "PASSWORD_REQUIRED",
  "DISCONNECTED",
  "ENTERED",
  "DESTROYED",
  "BANNED",
  "CLOSING",
] as const;
export type RoomStatus = (typeof ROOM_STATUS)[number];

export interface WireEntry {
  readonly dir: "in" | "out";
  readonly xml: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface PageEvent {
  readonly name: string;
  readonly payload: Record<string, unknown> | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A message as Converse's model has it. */
export interface ModelMessage {
  readonly nick: string;
  readonly body: string;
  /** What its sender calls it; empty when there is nothing. */
  readonly id: string;
  /** What the room's archive calls it; empty when there is nothing. */
  readonly stanzaId: string;
}

/** What of `window.rig` (see page/rig-plugin.js) the helpers below touch, in the page. */
interface PageRig {
  _converse: {
    VERSION_NAME: string;
    api: {
      disco: { info(jid: string, node: null): Promise<unknown> };
      listen: { once(event: string, listener: () => unknown): void };
      mucPush?: {
        state(room: string): { state: string; reason?: string } | null;
        check(room: string): void;
      };
      rooms: { open(jid: string, attributes: object, force: boolean): void };
      user: {
        login(jid: string, password: string): Promise<void>;
        logout(): Promise<void>;
      };
    };
  } | null;
  /** Converse's model of its connection. */
  connfeedback(): { set(key: string, value: unknown): void } | undefined;
  chat(jid: string): Chat | undefined;
  close(jid: string): Promise<void>;
  say(jid: string, body: string): Promise<void>;
  wire: WireEntry[];
  events: PageEvent[];
  errors: string[];
}
interface Chat {
  get(key: string): unknown;
  session?: { get(key: string): unknown };
  messages: { models: { get(key: string): unknown }[] };
  setNickname(nick: string): Promise<void>;
}
declare global {
  interface Window {
    rig: PageRig;
  }
}

export interface LoginSettings {
  users: UserServer;
  username: string;
  password: string;
  /** Rooms to join at start. */
  rooms: readonly { jid: string; nick: string }[];
  /** More settings for `converse.initialize`. */
  settings?: Record<string, unknown>;
}

export interface ChatPageOptions
  extends Omit<PageConfig, "settings">, LoginSettings {
  browser: Browser;
  pageServer: PageServer;
}

/** What can be asked of a chat that is open in a page, and done there. */
export interface ChatHelpers {
  /** The release that runs in the page, as it says itself: "14.0.0". */
  converseVersion(): Promise<string | undefined>;
  roomStatus(room: string): Promise<RoomStatus | undefined>;
  /** Resolves when Converse believes that it is in the room. */
  waitUntilEntered(room: string): Promise<void>;
  /** Bodies of the room's messages as Converse's model has them, in its order. */
  modelMessages(room: string): Promise<string[]>;
  /** The room's messages as Converse's model has them, in its order. */
  modelRecords(room: string): Promise<ModelMessage[]>;
  /** Bodies of the open chat's messages as the page shows them, from top to bottom. */
  shownMessages(): Promise<string[]>;
  /** Resolves when the model of that chat has the message. @param chat a room's or a contact's bare JID */
  waitForMessage(chat: string, body: string): Promise<void>;
  /** The plugin's state for a room; undefined without the plugin. */
  pushState(room: string): Promise<string | undefined>;
  waitForPushState(room: string, state: string): Promise<void>;
  /** Resolves with the first event of that name, noted already or later, at or after a time; waits 30 s unless told otherwise. */
  waitForEvent(
    name: string,
    options?: { since?: number; room?: string; timeoutMs?: number },
  ): Promise<PageEvent>;
  events(): Promise<PageEvent[]>;
  /** What went over the WebSocket since the page was loaded, oldest first. */
  wire(): Promise<WireEntry[]>;
  /** Resolves with the first wire entry that has the text and direction at or after a time. */
  waitForWire(
    dir: "in" | "out",
    text: string,
    options?: { since?: number },
  ): Promise<WireEntry>;
  /** Uncaught errors and unhandled rejections since the page was loaded. */
  errors(): Promise<string[]>;
  /** Brings a room to the front; joins it if need be. */
  openRoom(room: string, nick: string): Promise<void>;
  /** Closes the room as its user does. */
  closeRoom(room: string): Promise<void>;
  /** Says something as the page's user. */
  say(room: string, body: string): Promise<void>;
}

export interface ChatPage extends ChatHelpers {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly url: string;
  /** Closes the tab and forgets its storage. */
  close(): Promise<void>;
}

/** What `converse.initialize` gets for somebody who is logged in and joined at once. */
export function settingsFor(options: LoginSettings): Record<string, unknown> {
  const { users, username, password, rooms, settings } = options;
  return {
    authentication: "login",
    auto_login: true,
    auto_join_rooms: rooms,
    discover_connection_methods: false,
    websocket_url: users.websocketUrl,
    jid: `${username}@${users.host}`,
    password,
    i18n: "en",
    loglevel: "error",
    // bob is in nobody's roster; from 12.0.0 on this is the default.
    allow_non_roster_messaging: true,
    play_sounds: false,
    view_mode: "fullscreen",
    ...settings,
  };
}

/** Opens a tab with a profile of its own; does not wait for anything but the page itself. */
export async function openChatPage(
  options: ChatPageOptions,
): Promise<ChatPage> {
  const { browser, pageServer, plugin, pluginFirst, head, body } = options;
  const url = pageServer.addPage({
    settings: settingsFor(options),
    ...(plugin && { plugin }),
    ...(pluginFirst !== undefined && { pluginFirst }),
    ...(head !== undefined && { head }),
    ...(body !== undefined && { body }),
  });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
  });
  return loadPage(context, url);
}

/** Opens a second tab beside a first one, with the same profile and the same page. */
export const openTab = ({ context, url }: ChatPage): Promise<ChatPage> =>
  loadPage(context, url);

/** The same as its page opens it, or its user by "duplicate": with a copy of what the tab keeps for itself. */
export async function openCopy(tab: ChatPage): Promise<ChatPage> {
  const { page, context, url } = tab;
  const opened = context.waitForEvent("page");
  await page.evaluate((address) => void window.open(address), url);
  const copy = await opened;
  await copy.waitForLoadState();
  return asChatPage(copy, context, url);
}

async function loadPage(
  context: BrowserContext,
  url: string,
): Promise<ChatPage> {
  const page = await context.newPage();
  const chat = asChatPage(page, context, url);
  await page.goto(url);
  return chat;
}

function asChatPage(
  page: Page,
  context: BrowserContext,
  url: string,
): ChatPage {
  page.setDefaultTimeout(DEFAULT_TIMEOUT_MS);
  return {
    ...chatPageOf(page),
    page,
    url,
    context,
    close: () => context.close(),
  };
}

/** The same helpers for a page that is open already, or for a frame in one. */
export function chatPageOf(
  page: Pick<Page | Frame, "evaluate" | "waitForFunction">,
): ChatHelpers {
  // The functions handed to Playwright run in the page: they may use nothing from here but their argument.
  return {
    converseVersion: () =>
      page.evaluate(() => window.rig._converse?.VERSION_NAME.replace("v", "")),
    async roomStatus(room) {
      const status = await page.evaluate(
        (jid) => window.rig.chat(jid)?.session?.get("connection_status"),
        room,
      );
      return typeof status === "number" ? ROOM_STATUS[status] : undefined;
    },
    async waitUntilEntered(room) {
      await page.waitForFunction(
        ([jid, entered]) =>
          window.rig.chat(jid)?.session?.get("connection_status") === entered,
        [room, ROOM_STATUS.indexOf("ENTERED")] as const,
      );
    },
    modelMessages: (room) =>
      page.evaluate((jid) => {
        const bodies =
          window.rig
            .chat(jid)
            ?.messages.models.map((message) => message.get("body")) ?? [];
        return bodies.filter((body) => typeof body === "string");
      }, room),
    modelRecords: (room) =>
      page.evaluate((jid) => {
        const models = window.rig.chat(jid)?.messages.models ?? [];
        return models
          .filter((message) => typeof message.get("body") === "string")
          .map((message) => ({
            nick: String(message.get("nick") ?? ""),
            body: String(message.get("body")),
            id: String(message.get("msgid") ?? ""),
            stanzaId: String(message.get(`stanza_id ${jid}`) ?? ""),
          }));
      }, room),
    shownMessages: () =>
      page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>(".chat-msg__text")].map(
          (shown) => shown.innerText,
        ),
      ),
    async waitForMessage(chat, body) {
      await page.waitForFunction(
        ([jid, text]) =>
          window.rig
            .chat(jid)
            ?.messages.models.some((message) => message.get("body") === text),
        [chat, body] as const,
      );
    },
    pushState: (room) =>
      page.evaluate(
        (jid) => window.rig._converse?.api.mucPush?.state(jid)?.state,
        room,
      ),
    async waitForPushState(room, state) {
      await page.waitForFunction(
        ([jid, wanted]) =>
          window.rig._converse?.api.mucPush?.state(jid)?.state === wanted,
        [room, state] as const,
      );
    },
    async waitForEvent(name, { since = 0, room, timeoutMs } = {}) {
      const found = await page.waitForFunction(
        (wanted) =>
          window.rig.events.find(
            ({ name, payload, at }) =>
              name === wanted.name &&
              at >= wanted.since &&
              (wanted.room === undefined || payload?.room === wanted.room),
          ),
        { name, since, room },
        timeoutMs === undefined ? {} : { timeout: timeoutMs },
      );
      return (await found.jsonValue()) as PageEvent;
    },
    events: () => page.evaluate(() => window.rig.events),
    wire: () => page.evaluate(() => window.rig.wire),
    async waitForWire(dir, text, { since = 0 } = {}) {
      const found = await page.waitForFunction(
        (wanted) =>
          window.rig.wire.find(
            ({ dir, xml, at }) =>
              dir === wanted.dir &&
              at >= wanted.since &&
              xml.includes(wanted.text),
          ),
        { dir, text, since },
      );
      return (await found.jsonValue()) as WireEntry;
    },
    errors: () => page.evaluate(() => window.rig.errors),
    openRoom: (room, nick) =>
      page.evaluate(
        ([jid, nick]) =>
          window.rig._converse?.api.rooms.open(jid, { nick }, true),
        [room, nick] as const,
      ),
    closeRoom: (room) => page.evaluate((jid) => window.rig.close(jid), room),
    say: (room, body) =>
      page.evaluate(([jid, text]) => window.rig.say(jid, text), [
        room,
        body,
      ] as const),
  };
}
