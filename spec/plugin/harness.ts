/** Opens pages for the tests of a file, each with a scripted server of its own; what a page is, a subclass knows. */
import type { PluginFormat } from "../../rig/releases";
import { Chat, type ScriptedPage } from "./chat";
import {
  ScriptedServer,
  type Room,
  type ServerOptions,
} from "./scripted-server";

export interface ChatOptions {
  /** Local names of the rooms to join at start, and to wait for. */
  rooms?: string[];
  server?: ServerOptions;
  /** More settings for `converse.initialize`. */
  settings?: Record<string, unknown>;
  /** How the plugin is loaded, or that it is not. */
  plugin?: PluginFormat | "off";
  /** Another plugin: its script, and whether it registers before ours or after. */
  otherPlugin?: { readonly source: string; readonly order: "before" | "after" };
  /** Time in the page can be stopped, and moved by the spec. */
  isTimeScripted?: boolean;
  /** Called before the page opens: the place to script what happens while it starts. */
  prepare?: (server: ScriptedServer) => void;
}

/** A harness with its kind of pages, and with the options that it takes for one. */
export interface Opener<P extends ScriptedPage, O extends ChatOptions> {
  open(options?: O): Promise<Chat<P>>;
}

const DAY_S = 86_400;

/** Passes the plugin's events on as they come. */
export const FORWARD_EVENTS =
  'rig.on((kind, entry) => kind === "event" && tell(entry));';

/** @template P the kind of its pages */
export abstract class Harness<P extends ScriptedPage = ScriptedPage> {
  protected readonly chats: Chat<P>[] = [];

  abstract stop(): Promise<void>;

  /** Opens Converse.js, logged in to a scripted server of its own and joined. */
  async open(options: ChatOptions = {}): Promise<Chat<P>> {
    const { server, rooms } = await startServer(options);
    const settings = settingsFor(options, server, rooms);
    const chat = await this.load(server, settings, options);
    for (const room of rooms) await chat.entered(room);
    return chat;
  }

  async closeChats(): Promise<void> {
    for (const chat of this.chats.splice(0)) {
      await this.close(chat.page);
      await chat.server.stop();
    }
  }

  /** Closes what a test opened; fails if the plugin, or anything in a page, complained. */
  async endTest(): Promise<void> {
    const complaints = this.chats.flatMap((chat) => chat.complaints);
    await this.closeChats();
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
  }

  /** Opens a page; does not wait for Converse. */
  protected abstract load(
    server: ScriptedServer,
    settings: Record<string, unknown>,
    options: ChatOptions,
  ): Promise<Chat<P>>;

  protected abstract close(page: P): Promise<void>;
}

/** @returns a server, and the rooms that its user joins at start */
export async function startServer(options: ChatOptions) {
  const { rooms: names = ["garden"] } = options;
  const server = await ScriptedServer.start(options.server);
  const rooms = names.map((name) => server.room(name));
  options.prepare?.(server);
  return { server, rooms };
}

/** What `converse.initialize` gets. */
export function settingsFor(
  { settings }: ChatOptions,
  server: ScriptedServer,
  rooms: Room[],
): Record<string, unknown> {
  return {
    authentication: "login",
    auto_login: true,
    auto_join_rooms: rooms.map(({ jid }) => ({ jid, nick: "me" })),
    // Generating its keys takes longer than all the rest.
    blacklisted_plugins: ["converse-omemo"],
    discover_connection_methods: false,
    enable_smacks: server.offersStreamManagement,
    i18n: "en",
    jid: `romeo@${server.domain}`,
    loglevel: "info",
    // Not while a spec moves the time on: Converse would give its own server up. Not off either: its
    // handler for pings is what keeps Strophe from answering every IQ that nobody else does.
    ping_interval: DAY_S,
    password: "secret",
    play_sounds: false,
    view_mode: "fullscreen",
    websocket_url: server.url,
    ...settings,
  };
}
