/** Serves pages with a given Converse release, and the built plugin beside it. */
import { readFileSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { takeLoopbackAddresses } from "./loopback";
import {
  chosenFormat,
  chosenRelease,
  majorOf,
  packageOf,
  type PluginFormat,
  type Release,
} from "./releases";
import { sendFile } from "./static-files";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, "..");

export interface PageConfig {
  /** What `converse.initialize` gets. */
  settings: Record<string, unknown>;
  /** Whether the page loads Converse by a tag of its own; true by default. */
  hasConverseTag?: boolean;
  /**
   * How the plugin is loaded: as a classic script, as an ES module, or not at all. By default what the
   * environment variable PLUGIN_FORMAT asks for, a script when it asks for nothing.
   */
  plugin?: PluginFormat | "off";
  /** Loads the plugin before Converse; false by default. */
  pluginFirst?: boolean;
  /** More HTML for the head, and for the body. */
  head?: string;
  body?: string;
}

export interface PageServerOptions {
  /** What the environment variable CONVERSE asks for by default, the newest one when it asks for nothing. */
  release?: Release;
  /** Folder with the plugin's built files: /dist by default. */
  plugin?: string;
}

export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
) => void | Promise<void>;

export interface PageServer {
  /** "http://127.a.b.c:port" */
  readonly origin: string;
  /** The release that is served, for example "14.0.0". */
  readonly converseVersion: Release;
  /** Adds a page and returns its address. */
  addPage(config: PageConfig, at?: string): string;
  /** Answers requests for exactly this path. */
  addRoute(at: string, handler: Handler): void;
  /** Serves the files of a folder. @param prefix for example "/demo/" */
  addFolder(prefix: string, folder: string): void;
  close(): Promise<void>;
}

/** From 14 on Converse's bundle is an ES module, before it is a classic script. */
export function converseTag(version: Release): string {
  const isModule = majorOf(version) >= 14;
  return `<script ${isModule ? 'type="module"' : "defer"} src="/converse/converse.min.js"></script>`;
}

/** Deferred scripts and modules run in document order, so the order of tags is the order of loading. */
function pluginTag(how: PluginFormat | "off"): string {
  if (how === "off") return "";
  if (how === "script")
    return '<script defer src="/plugin/converse-muc-push.js"></script>';
  return '<script type="module" src="/plugin/converse-muc-push.esm.js"></script>';
}

function page(config: PageConfig, version: Release): string {
  const {
    settings,
    hasConverseTag = true,
    plugin = chosenFormat(),
    pluginFirst = false,
    head = "",
    body = "",
  } = config;
  const scripts = [
    hasConverseTag ? converseTag(version) : "",
    pluginTag(plugin),
  ];
  if (pluginFirst) scripts.reverse();
  const whitelist = ["rig", ...(plugin === "off" ? [] : ["converse-muc-push"])];
  const initial = JSON.stringify({
    // Converse puts the names of its files right behind it.
    assets_path: "/converse/",
    whitelisted_plugins: whitelist,
    ...settings,
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Converse ${version}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/converse/converse.min.css">
<script src="/rig/rig-plugin.js"></script>
${head}
${scripts.join("\n")}
<script type="module">converse.initialize(${initial.replaceAll("<", "\\u003c")});</script>
</head>
<body class="converse-fullscreen">
${body}
</body>
</html>
`;
}

/** Serves on a loopback address of its own, so that pages of different runs share no storage. */
export async function startPageServer({
  release = chosenRelease(),
  plugin = path.join(root, "dist"),
}: PageServerOptions = {}): Promise<PageServer> {
  const converseFolder = path.join(root, "node_modules", packageOf(release));
  const { version } = JSON.parse(
    readFileSync(path.join(converseFolder, "package.json"), "utf8"),
  ) as { version: string };
  if (version !== release)
    throw new Error(`${converseFolder} has ${version}, not ${release}`);
  const folders = new Map([
    ["/converse/", path.join(converseFolder, "dist")],
    ["/headless/", path.join(converseFolder, "src/headless/dist")],
    ["/plugin/", plugin],
    ["/rig/", path.join(here, "page")],
  ]);
  const routes = new Map<string, Handler>();

  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const at = decodeURIComponent(
      new URL(request.url ?? "/", "http://localhost").pathname,
    );
    const route = routes.get(at);
    if (route) return route(request, response);
    const [prefix, folder] =
      [...folders].find(([start]) => at.startsWith(start)) ?? [];
    if (prefix !== undefined && folder !== undefined)
      return sendFile(response, folder, at.slice(prefix.length));
    response.writeHead(404).end("not found\n");
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(`${String(error)}\n`);
    });
  });
  const [address] = await takeLoopbackAddresses(1);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://${address}:${port}`;
  let pages = 0;

  return {
    origin,
    converseVersion: release,
    addPage(config, at = `/pages/${++pages}`) {
      routes.set(at, (_request, response) => {
        response.writeHead(200, {
          "content-type": "text/html; charset=utf-8",
          "cache-control": "no-store",
        });
        response.end(page(config, release));
      });
      return origin + at;
    },
    addRoute: (at, handler) => void routes.set(at, handler),
    addFolder: (prefix, folder) => void folders.set(prefix, folder),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
