import { Chat, type PluginEvent, type ScriptedPage } from "../plugin/chat";
import { FORWARD_EVENTS, Harness, type ChatOptions } from "../plugin/harness";
import type { ScriptedServer } from "../plugin/scripted-server";
import { HeadlessPage } from "./page";
import type { Realm } from "./realm";
import { converse, plugin, rigPlugin } from "./scripts";

/** Converse's newest headless build with the built plugin, in a window of jsdom for each page. */
export class HeadlessHarness extends Harness {
  private readonly pages = new Map<ScriptedPage, HeadlessPage>();

  stop(): Promise<void> {
    return this.closeChats();
  }

  protected load(
    server: ScriptedServer,
    settings: Record<string, unknown>,
    options: ChatOptions,
  ): Promise<Chat> {
    const chats: Chat[] = [];
    const start = (realm: Realm) =>
      startConverse(realm, settings, options, (event) =>
        chats[0]?.events.record(event),
      );
    const listener = {
      onConsole: (kind: string, text: string, file: string) =>
        chats[0]?.noteConsole(kind, text, file),
      onUncaught: (error: unknown) => chats[0]?.noteUncaught(error),
    };
    const { isTimeScripted = false } = options;
    const page = new HeadlessPage(start, listener, isTimeScripted);
    const chat = new Chat(HeadlessPage.asScripted(page), server);
    this.pages.set(chat.page, page);
    this.chats.push(chat);
    chats.push(chat);
    return Promise.resolve(chat);
  }

  protected async close(page: ScriptedPage): Promise<void> {
    await this.pages.get(page)?.close();
    this.pages.delete(page);
  }
}

/** Loads the scripts of a page in their order, and logs in. */
function startConverse(
  realm: Realm,
  settings: Record<string, unknown>,
  { plugin: format, otherPlugin }: ChatOptions,
  tell: (event: PluginEvent) => void,
): void {
  const isOff = format === "off";
  Object.assign(realm.window, {
    tell: (event: PluginEvent) => tell(structuredClone(event)),
  });
  realm.run(rigPlugin);
  realm.run(FORWARD_EVENTS);
  realm.run(converse);
  realm.run("rig.register(converse);");
  const { source, order } = otherPlugin ?? {};
  if (source !== undefined && order === "before") realm.run(source);
  if (!isOff) realm.run(plugin);
  if (source !== undefined && order === "after") realm.run(source);
  const initial = {
    assets_path: "/converse/",
    // A window of jsdom has no IndexedDB.
    persistent_store: "localStorage",
    whitelisted_plugins: ["rig", ...(isOff ? [] : ["converse-muc-push"])],
    ...settings,
  };
  realm.run(`void converse.initialize(${JSON.stringify(initial)});`);
}
