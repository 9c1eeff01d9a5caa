import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchBrowser } from "../../rig/browser";
import {
  startPageServer,
  type PageConfig,
  type PageServer,
} from "../../rig/page-server";
import type { Release } from "../../rig/releases";
import { Chat, type PluginEvent } from "./chat";
import {
  FORWARD_EVENTS,
  Harness,
  settingsFor,
  startServer,
  type ChatOptions,
} from "./harness";
import type { ScriptedServer } from "./scripted-server";

export interface BrowserOptions
  extends ChatOptions, Partial<Omit<PageConfig, "plugin" | "settings">> {}

export type BrowserChat = Chat<Page>;

const RIG_PLUGIN = fileURLToPath(
  new URL("../../rig/page/rig-plugin.js", import.meta.url),
);

/** One browser and one page server for a spec file; a scripted server and a page for each test. */
export class BrowserHarness extends Harness<Page> {
  private constructor(
    private readonly browser: Browser,
    private readonly pages: PageServer,
  ) {
    super();
  }

  /**
   * The built plugin that is tested is the one in dist/, or in the folder that PLUGIN_DIST names.
   *
   * @param release of Converse; by default the one that CONVERSE asks for
   */
  static async start(release?: Release): Promise<BrowserHarness> {
    const plugin = process.env["PLUGIN_DIST"];
    const [browser, pages] = await Promise.all([
      launchBrowser(),
      startPageServer({
        ...(plugin && { plugin }),
        ...(release && { release }),
      }),
    ]);
    return new BrowserHarness(browser, pages);
  }

  async stop(): Promise<void> {
    await this.closeChats();
    await this.browser.close();
    await this.pages.close();
  }

  override open(options: BrowserOptions = {}): Promise<BrowserChat> {
    return super.open(options);
  }

  /**
   * Opens a site of its own, in a folder with an index.html: one that loads Converse and the plugin in its
   * own way, and takes its settings from settings.json.
   */
  async openSite(
    folder: string,
    options: ChatOptions = {},
  ): Promise<BrowserChat> {
    const { server, rooms } = await startServer(options);
    const settings = settingsFor(options, server, rooms);
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
    const chat = await this.visit(context, server, url);
    for (const room of rooms) await chat.entered(room);
    return chat;
  }

  /** Opens the same page in another tab of the same browser profile. */
  async openTab({ server, page }: BrowserChat): Promise<BrowserChat> {
    return this.visit(page.context(), server, page.url());
  }

  protected async load(
    server: ScriptedServer,
    settings: Record<string, unknown>,
    options: BrowserOptions,
  ): Promise<BrowserChat> {
    const url = this.pages.addPage(pageOf(settings, options));
    const context = await this.browser.newContext();
    return this.visit(context, server, url, options.isTimeScripted);
  }

  protected close(page: Page): Promise<void> {
    return page.context().close();
  }

  private async visit(
    context: BrowserContext,
    server: ScriptedServer,
    url: string,
    isTimeScripted = false,
  ): Promise<BrowserChat> {
    const page = await context.newPage();
    const chat = new Chat(page, server);
    this.chats.push(chat);
    page.on("pageerror", (error) => chat.noteUncaught(error));
    page.on("console", (message) =>
      chat.noteConsole(message.type(), message.text(), message.location().url),
    );
    await page.exposeFunction("tell", (event: PluginEvent) =>
      chat.events.record(event),
    );
    if (isTimeScripted) await page.clock.install();
    await page.goto(url);
    return chat;
  }
}

/** The tags of another plugin's script, and of ours after or before it. */
function besideOurs({
  source,
  order,
}: NonNullable<ChatOptions["otherPlugin"]>): string {
  const ours = '<script src="/plugin/converse-muc-push.js"></script>';
  const other = `<script>${source}</script>`;
  return order === "before" ? other + ours : ours + other;
}

function pageOf(
  settings: Record<string, unknown>,
  options: BrowserOptions,
): PageConfig {
  const { hasConverseTag, pluginFirst, body, otherPlugin } = options;
  const { head = "", plugin = otherPlugin && "off" } = options;
  const beside = otherPlugin ? besideOurs(otherPlugin) : "";
  return {
    ...(hasConverseTag !== undefined && { hasConverseTag }),
    ...(plugin && { plugin }),
    ...(pluginFirst !== undefined && { pluginFirst }),
    ...(body !== undefined && { body }),
    head: `<script>${FORWARD_EVENTS}</script>${beside}${head}`,
    settings,
  };
}
