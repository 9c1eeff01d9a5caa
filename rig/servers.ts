/**
 * Two Prosody servers that talk to each other over loopback: one has the users, one has the rooms.
 *
 * Their domains are IP addresses, which need no DNS: each server finds the other at that address, port 5269.
 * Dialback proves who is who, so no certificates either.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { writeAccount } from "./accounts";
import type { Daemon } from "./daemon";
import { createEjabberd, type EjabberdConfig } from "./ejabberd";
import type { PushOptions } from "./ejabberd-push";
import { waitUntilUnlinked } from "./links";
import { takeLoopbackAddresses } from "./loopback";
import { createProsody } from "./prosody";
import {
  HTTP_PORT,
  ROOM_MODULES,
  roomsConfig,
  usersConfig,
} from "./prosody-config";
import {
  type EjabberdName,
  isEjabberd,
  type ProsodyName,
} from "./server-releases";
import { followTrace, type TraceEntry, type TraceWait } from "./trace";

export interface ServersOptions {
  /**
   * What has the rooms; "prosody" by default. An ejabberd has no trace, and nothing of what is said below in Lua.
   */
  roomServer?: ProsodyName | EjabberdName;
  /** What has the users; "prosody" by default. */
  userServer?: ProsodyName;
  /** Loads mod_muc_push on the room server; true by default, where that is a Prosody. */
  roomPush?: boolean;
  /**
   * Those who lost their seat are pushed this many seconds after a start, without anybody speaking; only by
   * messages when undefined.
   */
  roomWave?: number;
  /** Rooms keep an archive (MAM); true by default. */
  roomArchive?: boolean;
  /** How many messages a room keeps for those who join; the server's default when there is none (20 for both). */
  roomHistory?: number;
  /**
   * Rooms are persistent from the start; true by default. Prosody writes such a room to disk with its first
   * change, so a room that has to survive SIGKILL wants one: `configureRoom(room, { persistent: true })`.
   */
  roomPersistent?: boolean;
  /** More lines of Lua for the room component's configuration, for example settings of mod_muc_push. */
  roomConfig?: string;
  /** More modules for the room component: paths of `mod_NAME.lua` files. */
  roomModules?: readonly string[];
  /** Makes the room server for this address; then nothing else that is said here about it counts. */
  createRooms?: (address: string) => Daemon;
  /** Options of mod_muc_push on an ejabberd. */
  ejabberdPush?: PushOptions;
  /** More for an ejabberd's configuration. */
  ejabberdConfig?: EjabberdConfig;
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

function createUserServer(
  release: ProsodyName,
  host: string,
  more: string,
): UserServer {
  const prosody = createProsody({
    name: "users",
    release,
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

/** Options of mod_muc_push, as Prosody's configuration has them. */
function settingsOf(options: Readonly<Record<string, number>>): string {
  return Object.entries(options)
    .map(([name, value]) => `muc_push_${name} = ${value}`)
    .join("\n");
}

/**
 * Starts both servers on addresses of their own.
 * @throws Error with the end of the log when one of them does not start
 */
export async function startServers({
  roomServer = "prosody",
  userServer = "prosody",
  roomPush = !isEjabberd(roomServer),
  roomWave,
  roomArchive = true,
  roomPersistent = true,
  roomHistory,
  roomConfig = "",
  roomModules = [],
  createRooms,
  ejabberdPush = {},
  ejabberdConfig = {},
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
  const users = createUserServer(userServer, userHost, userConfig);
  const traceFile = path.join(users.folder, "rooms-trace.jsonl");
  const trace = followTrace(traceFile);
  const wave =
    roomWave === undefined
      ? { startup_rate: 0 }
      : { startup_rate: 20, startup_delay: roomWave };
  const createUsualRooms = (): Daemon => {
    if (isEjabberd(roomServer))
      return createEjabberd({
        name: "rooms",
        release: roomServer,
        address: roomHost,
        persistent: roomPersistent,
        archive: roomArchive,
        history: roomHistory,
        push: roomPush ? { ...wave, ...ejabberdPush } : undefined,
        more: ejabberdConfig,
      });
    return createProsody({
      name: "rooms",
      release: roomServer,
      config: roomsConfig({
        address: roomHost,
        traceFile,
        push: roomPush,
        archive: roomArchive,
        persistent: roomPersistent,
        history: roomHistory,
        extraModules: roomModules,
        more: `${settingsOf(wave)}\n${roomConfig}`,
      }),
      services: ["s2s"],
    });
  };
  const rooms = asRoomServer(
    createRooms?.(roomHost) ?? createUsualRooms(),
    roomHost,
  );

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
