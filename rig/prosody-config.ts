/** The configuration of both servers, in Prosody's language. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { lua } from "./prosody";

const here = path.dirname(fileURLToPath(import.meta.url));
const RIG_MODULES = path.join(here, "prosody-modules");
export const ROOM_MODULES = path.join(here, "../server/prosody");
/** The address is ours alone, so the usual port is free. */
export const HTTP_PORT = 5280;

function list(items: readonly string[]): string {
  return `{ ${items.map(lua).join("; ")} }`;
}

/** What both servers have in common. */
function networkConfig(address: string): string {
  return `
    interfaces = { ${lua(address)} }
    c2s_ports = {}
    c2s_direct_tls_ports = {}
    https_ports = {}
    http_ports = { ${HTTP_PORT} }
    http_interfaces = { ${lua(address)} }
    c2s_require_encryption = false
    s2s_require_encryption = false
    s2s_secure_auth = false
    s2s_timeout = 10
    statistics = "none"
    modules_disabled = { "tls"; "s2s_auth_certs"; "offline" }
  `;
}

/** The server with the users; `more` is Lua for its host. */
export function usersConfig(address: string, more: string): string {
  const modules =
    "posix saslauth dialback disco roster pep bookmarks carbons mam ping smacks csi_simple vcard4 vcard_legacy blocklist private websocket bosh";
  return `
    ${networkConfig(address)}
    modules_enabled = ${list(modules.split(" "))}
    consider_websocket_secure = true
    consider_bosh_secure = true
    cross_domain_websocket = true
    cross_domain_bosh = true
    http_default_host = ${lua(address)}
    authentication = "internal_plain"
    VirtualHost ${lua(address)}
    ${more}
  `;
}

export interface RoomsConfig {
  address: string;
  /** Where mod_rig_trace writes to. */
  traceFile: string;
  /** Whether mod_muc_push is loaded. */
  push: boolean;
  /** Whether mod_muc_mam is loaded. */
  archive: boolean;
  /** Whether rooms are persistent from the start. */
  persistent: boolean;
  /** How many messages a room keeps for those who join; Prosody's default when undefined. */
  history: number | undefined;
  /** Paths of `mod_NAME.lua` files to be loaded as well. */
  extraModules: readonly string[];
  /** More Lua for the component. */
  more: string;
}

/** What the documentation shows below its room component. */
function exampleComponent(): string {
  const file = path.join(ROOM_MODULES, "component.example.cfg.lua");
  const body = readFileSync(file, "utf8").split(/^Component .*$/m)[1];
  if (!body) throw new Error(`no component in ${file}`);
  return body;
}

/** The same component with other modules. */
function withModules(component: string, modules: readonly string[]): string {
  const line = /modules_enabled = \{.*\}/;
  if (!line.test(component)) throw new Error("no modules in the example");
  return component.replace(line, `modules_enabled = ${list(modules)}`);
}

/** The server with the rooms. */
export function roomsConfig({
  address,
  traceFile,
  push,
  archive,
  persistent,
  history,
  extraModules,
  more,
}: RoomsConfig): string {
  const modules = [
    "rig_trace",
    ...extraModules.map((file) => path.basename(file, ".lua").slice(4)),
    ...(archive ? ["muc_mam"] : []),
    ...(push ? ["muc_push"] : []),
  ];
  return `
    ${networkConfig(address)}
    plugin_paths = ${list([RIG_MODULES, ROOM_MODULES, ...extraModules.map((file) => path.dirname(file))])}
    modules_enabled = ${list(["posix", "dialback", "disco", "ping"])}
    VirtualHost "nobody.invalid"
    Component ${lua(address)} "muc"
      ${withModules(exampleComponent(), modules)}
      rig_trace_file = ${lua(traceFile)}
      restrict_room_creation = false
      muc_room_locking = false
      ${persistent ? "" : "muc_room_default_persistent = false"}
      muc_room_default_public = true
      muc_log_presences = false
      storage_archive_item_limit = 1000000
      ${history === undefined ? "" : `muc_room_default_history_length = ${history} max_history_messages = ${history}`}
      ${more}
  `;
}
