import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext } from "playwright-core";
import { launchBrowser } from "../../rig/browser";
import {
  startPageServer,
  type PageConfig,
  type PageServer,
} from "../../rig/page-server";
import type { Release } from "../../rig/releases";
import { Chat, type PluginEvent } from "./chat";
import {
  ScriptedServer,
  type Room,
  type ServerOptions,
} from "./scripted-server";

export interface ChatOptions extends Partial<PageConfig> {
  /** Local names of the rooms to join at start, and to wait for. */
  rooms?: string[];
  server?: ServerOptions;
  /** Time in the page can be stopped, and moved by the spec. */
  isTimeScripted?: boolean;
  /** Called before the page opens: the place to script what happens while it starts. */
  prepare?: (server: ScriptedServer) => void;
}

const DAY_S = 86_400;
/** Time may not be stopped in the page's past; shorter than any wait of Converse or of the plugin. */
const SKEW_MS = 5_000;

/** Passes the plugin's events on as they come. */
const FORWARD_EVENTS =
  'rig.on((kind, entry) => kind === "event" && tell(entry));';
const RIG_PLUGIN = fileURLToPath(
  new URL("../../rig/page/rig-plugin.js", import.meta.url),
);

/** One browser and one page server for a spec file; a scripted server and a page for each test. */
export class Harness {
  private readonly chats: Chat[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly pages: PageServer,
  ) {}

  /**
   * The built plugin that is tested is the one in dist/, or in the folder that PLUGIN_DIST names.
   *
   * @param release of Converse; by default the one that CONVERSE asks for
   */
  static async start(release?: Release): Promise<Harness> {
    const plugin = process.env["PLUGIN_DIST"];
    const [browser, pages] = await Promise.all([
      launchBrowser(),
      startPageServer({
        ...(plugin && { plugin }),
        ...(release && { release }),
      }),
    ]);
    return new Harness(browser, pages);
  }

  async stop(): Promise<void> {
    await this.closeChats();
    await this.browser.close();
    await this.pages.close();
  }

  /**
   * Stops a page's time, which has run with ours so far. No answer is under way then, nor afterwards: it
   * would come late where a spec lets hours pass in no time.
   */
  static async stopTime({ page, server }: Chat): Promise<void> {
    await server.settle();
    await page.clock.pauseAt(Date.now() + SKEW_MS);
    await server.settle();
  }

  async closeChats(): Promise<void> {
    for (const chat of this.chats.splice(0)) {
      await chat.context.close();
      await chat.server.stop();
    }
  }

  /** Closes what a test opened; fails if the plugin, or anything in a page, complained. */
  async endTest(): Promise<void> {
    const complaints = this.chats.flatMap((chat) => chat.complaints);
    await this.closeChats();
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
  }

  /** Opens Converse.js, logged in to a scripted server of its own and joined. */
  async open(options: ChatOptions = {}): Promise<Chat> {
    const { rooms: names = ["garden"], isTimeScripted = false } = options;
    const server = await ScriptedServer.start(options.server);
    const rooms = names.map((name) => server.room(name));
    options.prepare?.(server);

    const context = await this.browser.newContext();
    const url = this.pages.addPage(pageOf(options, server, rooms));
    const chat = await this.load(context, server, url, isTimeScripted);
    for (const room of rooms) await chat.entered(room);
    return chat;
  }

  /**
   * Opens a site of its own, in a folder with an index.html: one that loads Converse and the plugin in its
   * own way, and takes its settings from settings.json.
   */
  async openSite(folder: string, options: ChatOptions = {}): Promise<Chat> {
    const { rooms: names = ["garden"] } = options;
    const server = await ScriptedServer.start(options.server);
    const rooms = names.map((name) => server.room(name));
    options.prepare?.(server);
    const { settings } = pageOf(options, server, rooms);
    const at = `/sites${folder}/`;
    this.pages.addFolder(at, folder);
    this.pages.addRoute(`${at}settings.json`, (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(settings));
    });
    const context = await this.browser.newContext();
    await context.addInitScript({ path: RIG_PLUGIN });
    await context.addInitScript(FORWARD_EVENTS);
    const url = `${this.pages.origin}${at}index.html`;
    const chat = await this.load(context, server, url);
    for (const room of rooms) await chat.entered(room);
    return chat;
  }

  /** Opens the same page in another tab of the same browser profile. */
  async openTab({ context, server, page }: Chat): Promise<Chat> {
    return this.load(context, server, page.url());
  }

  private async load(
    context: BrowserContext,
    server: ScriptedServer,
    url: string,
    isTimeScripted = false,
  ): Promise<Chat> {
    const page = await context.newPage();
    const chat = new Chat(page, context, server);
    this.chats.push(chat);
    await page.exposeFunction("tell", (event: PluginEvent) =>
      chat.events.record(event),
    );
    if (isTimeScripted) await page.clock.install();
    await page.goto(url);
    return chat;
  }
}

function pageOf(
  options: ChatOptions,
  server: ScriptedServer,
  rooms: Room[],
): PageConfig {
  const { hasConverseTag, plugin, pluginFirst, body } = options;
  const { head = "", settings } = options;
  return {
    ...(hasConverseTag !== undefined && { hasConverseTag }),
    ...(plugin && { plugin }),
    ...(pluginFirst !== undefined && { pluginFirst }),
    ...(body !== undefined && { body }),
    head: `<script>${FORWARD_EVENTS}</script>${head}`,
    settings: {
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
    },
  };
}
