import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { chromium, type Browser } from "playwright-core";
import { Chat } from "./chat";
import type { Room, ScriptedServer } from "./scripted-server";

const root = path.resolve(import.meta.dirname, "../..");
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const pluginEvents = [
  "Enabled",
  "Disabled",
  "Received",
  "Checked",
  "Out",
  "Back",
  "GivenUp",
];

export interface ChatOptions {
  rooms?: Room[];
  settings?: Record<string, unknown>;
  withPlugin?: boolean;
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
}

/** Serves one page and the files beside it. */
async function serve(html: string): Promise<{ origin: string; close(): void }> {
  const types: Record<string, string> = {
    ".js": "text/javascript",
    ".css": "text/css",
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/")
      return void response.setHeader("content-type", "text/html").end(html);
    const folder = pathname.startsWith("/plugin/")
      ? "dist"
      : "node_modules/converse.js/dist";
    const file = path.join(
      root,
      folder,
      pathname.replace(/^\/(plugin|dist)\//, ""),
    );
    readFile(file)
      .then((body) =>
        response
          .setHeader("content-type", types[path.extname(file)] ?? "")
          .end(body),
      )
      .catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/** Registers a plugin of the specs' own, which hands Converse out and passes events on. */
function probe(events: string[]): void {
  const plugin = {
    initialize(this: { _converse: Window["probe"] }) {
      const { api } = (window.probe = this._converse);
      const listen = (
        api as unknown as { listen: { on(name: string, fn: object): void } }
      ).listen;
      for (const name of events) {
        listen.on(name, (data: Record<string, unknown>) =>
          window.tell(name, data),
        );
      }
      window.probedRoom = async (jid) => {
        const room = await api.rooms.get(jid);
        if (!room) throw new Error(`no such room: ${jid}`);
        return room;
      };
    },
  };
  window.addEventListener("converse-loaded", (event) => {
    const { converse } = (event as CustomEvent).detail;
    converse.plugins.add("spec-probe", plugin);
  });
}

export async function openChat(
  browser: Browser,
  server: ScriptedServer,
  options: ChatOptions = {},
): Promise<Chat> {
  const { rooms = [], settings = {}, withPlugin = true } = options;
  const context = await browser.newContext();
  const page = await context.newPage();
  const chat = new Chat(page, context, server);
  const all = {
    authentication: "login",
    auto_login: true,
    auto_join_rooms: rooms.map((room) => ({ jid: room.jid, nick: "me" })),
    // Generating its keys takes longer than all the rest.
    blacklisted_plugins: ["converse-omemo"],
    discover_connection_methods: false,
    enable_smacks: false,
    jid: `romeo@${server.domain}`,
    loglevel: "info",
    password: "secret",
    show_background: false,
    view_mode: "fullscreen",
    websocket_url: server.url,
    whitelisted_plugins: ["spec-probe", "converse-muc-push"],
    ...settings,
  };
  const html = `<!doctype html><meta charset="utf-8"><title>chat</title>
<link rel="stylesheet" href="/dist/converse.min.css"><body>
${withPlugin ? '<script src="/plugin/converse-muc-push.js"></script>' : ""}
<script type="module">
  import "/dist/converse.min.js";
  converse.initialize(${JSON.stringify(all)});
</script>`;
  const { origin } = await serve(html);
  await page.exposeFunction(
    "tell",
    (name: string, data: Record<string, unknown>) => {
      chat.events.record({ name, data });
    },
  );
  await page.addInitScript(
    probe,
    pluginEvents.map((name) => `mucPush${name}`),
  );
  await page.goto(origin);
  for (const room of rooms) await chat.entered(room);
  return chat;
}
