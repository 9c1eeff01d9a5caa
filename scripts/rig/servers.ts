/**
 * Two servers that talk to each other over loopback: a Prosody has the users, a Prosody or an ejabberd the rooms.
 *
 * Their domains are IP addresses, which need no DNS: each server finds the other at that address, port 5269.
 * Dialback proves who is who, so no certificates either.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Daemon } from "./daemon";
import { createEjabberd } from "./ejabberd";
import { waitUntilUnlinked } from "./links";
import { takeLoopbackAddresses } from "./loopback";
import { createProsody, lua } from "./prosody";
import { followTrace, type TraceEntry, type TraceWait } from "./trace";

const here = path.dirname(fileURLToPath(import.meta.url));
const RIG_MODULES = path.join(here, "prosody-modules");
const ROOM_MODULES = path.join(here, "../../server/prosody");
/** The address is ours alone, so the usual port is free. */
const HTTP_PORT = 5280;

export interface ServersOptions {
  /**
   * What has the rooms; "prosody" by default. With "ejabberd" there is no push, no trace, and nothing of what
   * is said below in Lua. A SIGKILL costs it what it has learnt in the last seconds.
   */
  roomServer?: "prosody" | "ejabberd";
  /** Loads mod_muc_push on the room server; true by default, where that is a Prosody. */
  roomPush?: boolean;
  /** Rooms keep an archive (MAM); true by default. */
  roomArchive?: boolean;
  /**
   * Rooms are persistent from the start; true by default. Prosody writes such a room to disk with its first
   * change, so a room that has to survive SIGKILL wants one: `configureRoom(room, { persistent: true })`.
   */
  roomPersistent?: boolean;
  /** More lines of Lua for the room component's configuration, for example settings of mod_muc_push. */
  roomConfig?: string;
  /** More modules for the room component: paths of `mod_NAME.lua` files. */
  roomModules?: readonly string[];
  /** More lines of Lua for the user host's configuration. */
  userConfig?: string;
}

export interface UserServer extends Daemon {
  /** The domain of all users: an IP address. */
  readonly host: string;
  readonly websocketUrl: string;
  readonly boshUrl: string;
  /** Adds an account, before or after the start. @param name a localpart of letters, digits, "-" and "_" */
  addUser(name: string, password: string): void;
}

export interface RoomServer extends Daemon {
  /** The domain of all rooms: an IP address. */
  readonly host: string;
}

export interface Servers {
  readonly users: UserServer;
  readonly rooms: RoomServer;
  /** What the room server received and sent until now. */
  trace(): readonly TraceEntry[];
  /** Resolves with the first stanza of the room server's trace that fits. */
  waitForTrace(
    fits: (entry: TraceEntry) => boolean,
    options?: TraceWait,
  ): Promise<TraceEntry>;
  /** Calls back for each stanza that the room server receives or sends from now on; returns the undo. */
  onTrace(listener: (entry: TraceEntry) => void): () => void;
  /** Ends both servers. Idempotent. */
  close(): Promise<void>;
}

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

function usersConfig(address: string, more: string): string {
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

interface RoomsConfig {
  address: string;
  traceFile: string;
  push: boolean;
  archive: boolean;
  persistent: boolean;
  extraModules: readonly string[];
  more: string;
}

function roomsConfig({
  address,
  traceFile,
  push,
  archive,
  persistent,
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
      modules_enabled = ${list(modules)}
      rig_trace_file = ${lua(traceFile)}
      restrict_room_creation = false
      muc_room_locking = false
      muc_room_default_persistent = ${persistent}
      muc_room_default_public = true
      muc_log_by_default = true
      muc_log_presences = false
      ${more}
  `;
}

/** Prosody's own way to name files: every byte but letters and digits as %xx. */
function storageName(text: string): string {
  return text.replace(
    /[^A-Za-z0-9]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

function writeAccount(
  folder: string,
  host: string,
  name: string,
  password: string,
): void {
  const accounts = path.join(folder, "data", storageName(host), "accounts");
  mkdirSync(accounts, { recursive: true });
  writeFileSync(
    path.join(accounts, `${storageName(name)}.dat`),
    `return { password = ${lua(password)} };\n`,
  );
}

function createUserServer(host: string, more: string): UserServer {
  const prosody = createProsody({
    name: "users",
    config: usersConfig(host, more),
    services: ["s2s", "http"],
  });
  return Object.assign(prosody, {
    host,
    websocketUrl: `ws://${host}:${HTTP_PORT}/xmpp-websocket`,
    boshUrl: `http://${host}:${HTTP_PORT}/http-bind`,
    addUser: (name: string, password: string) =>
      writeAccount(prosody.folder, host, name, password),
  });
}

/** Its ends count as complete only when the users' server has noticed. */
function asRoomServer(daemon: Daemon, host: string): RoomServer {
  const { kill, terminate } = daemon;
  return Object.assign(daemon, {
    host,
    kill: () => kill().then(() => waitUntilUnlinked(host)),
    terminate: () => terminate().then(() => waitUntilUnlinked(host)),
  });
}

/**
 * Starts both servers on addresses of their own.
 * @throws Error with the end of the log when one of them does not start
 */
export async function startServers({
  roomServer = "prosody",
  roomPush = roomServer === "prosody",
  roomArchive = true,
  roomPersistent = true,
  roomConfig = "",
  roomModules = [],
  userConfig = "",
}: ServersOptions = {}): Promise<Servers> {
  if (
    roomPush &&
    !existsSync(path.join(ROOM_MODULES, "mod_muc_push/mod_muc_push.lua"))
  ) {
    throw new Error("server/prosody/mod_muc_push is not there");
  }
  const [userHost, roomHost] = (await takeLoopbackAddresses(2)) as [
    string,
    string,
  ];
  const users = createUserServer(userHost, userConfig);
  const traceFile = path.join(users.folder, "rooms-trace.jsonl");
  const trace = followTrace(traceFile);
  const createRooms = {
    prosody: () =>
      createProsody({
        name: "rooms",
        config: roomsConfig({
          address: roomHost,
          traceFile,
          push: roomPush,
          archive: roomArchive,
          persistent: roomPersistent,
          extraModules: roomModules,
          more: roomConfig,
        }),
        services: ["s2s"],
      }),
    ejabberd: () =>
      createEjabberd({
        name: "rooms",
        address: roomHost,
        persistent: roomPersistent,
        archive: roomArchive,
      }),
  };
  const rooms = asRoomServer(createRooms[roomServer](), roomHost);

  async function close(): Promise<void> {
    await Promise.all([users.kill(), rooms.kill()]);
    trace.close();
  }

  try {
    await Promise.all([users.start(), rooms.start()]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    users,
    rooms,
    trace: trace.entries,
    waitForTrace: trace.waitFor,
    onTrace: trace.onEntry,
    close,
  };
}
