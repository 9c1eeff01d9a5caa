/** Prosody with mod_muc_push, as the rig runs it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { PROSODY_RELEASES, type ProsodyName } from "../../rig/server-releases";
import { startServers, type Servers } from "../../rig/servers";
import { withLog } from "./room-log";
import type {
  PushSettings,
  RunningServers,
  ServerUnderTest,
} from "./server-under-test";

const here = path.dirname(fileURLToPath(import.meta.url));

const OPTIONS: Record<keyof PushSettings, string> = {
  intervalSeconds: "muc_push_interval",
  timeoutSeconds: "muc_push_timeout",
  graceSeconds: "muc_push_grace",
  retryMinSeconds: "muc_push_retry_min",
  retryMaxSeconds: "muc_push_retry_max",
  retryLimit: "muc_push_retry_limit",
  maxNodeLengthBytes: "muc_push_max_node_length",
  maxPerUser: "muc_push_max_per_user",
  maxPerRoom: "muc_push_max_per_room",
  maxPending: "muc_push_max_pending",
  maxLiveRooms: "muc_room_cache_size",
  startupRate: "muc_push_startup_rate",
  startupDelaySeconds: "muc_push_startup_delay",
  announceReady: "muc_push_announce_ready",
};

const ROOM_CONFIG = [
  // Without tombstones, the name of a destroyed room can be taken again at once.
  "muc_tombstones = false",
  // Since Prosody 13, users of other servers and of unrelated hosts may not make rooms persistent by default.
  'public_user_role = "prosody:registered"',
  'server_user_role = "prosody:registered"',
];

function roomOptions(settings: PushSettings): string {
  const options = Object.entries({ startupRate: 0, ...settings }).map(
    ([name, value]) =>
      `${OPTIONS[name as keyof PushSettings]} = ${JSON.stringify(value)}`,
  );
  return [...ROOM_CONFIG, ...options].join("\n");
}

export interface ProsodyExtras {
  release?: ProsodyName;
  /** More lines of Lua for the room component. */
  config?: string;
  /** More modules for the room component: paths of `mod_NAME.lua` files. */
  modules?: readonly string[];
}

export interface RunningProsody extends RunningServers {
  readonly rooms: RunningServers["rooms"] & { readonly folder: string };
  /** What the room server received and sent until now. */
  readonly trace: Servers["trace"];
  readonly waitForTrace: Servers["waitForTrace"];
}

/** Starts the rig's two servers. The extras are for what only concerns Prosody. */
export async function startProsody(
  settings: PushSettings,
  { release = "prosody", config = "", modules = [] }: ProsodyExtras = {},
): Promise<RunningProsody> {
  const { users, rooms, trace, waitForTrace, close } = await startServers({
    roomServer: release,
    roomConfig: `${roomOptions(settings)}\n${config}`,
    roomModules: modules,
    roomPersistent: false,
  });
  return {
    users,
    rooms: withLog(rooms),
    trace,
    waitForTrace,
    close,
  };
}

/** Users and rooms on one server: between them, stanzas and answers go by function call. */
export async function startSingleProsody(
  settings: PushSettings,
  release: ProsodyName = "prosody",
): Promise<RunningServers> {
  const roomHost = "rooms.invalid";
  const { users, close } = await startServers({
    userServer: release,
    userConfig: `
      VirtualHost "nobody.invalid" {}
      plugin_paths = { ${JSON.stringify(path.resolve(here, "../prosody"))} }
      Component "${roomHost}" "muc"
        modules_enabled = { "muc_push" }
        restrict_room_creation = false
        muc_room_locking = false
        ${roomOptions(settings)}
    `,
  });
  return {
    users,
    rooms: {
      host: roomHost,
      kill: () => users.kill(),
      terminate: () => users.terminate(),
      start: () => users.start(),
      readLog: () => readFileSync(users.logFile, "utf8"),
    },
    close,
  };
}

export interface ProsodyUnderTest extends ServerUnderTest {
  readonly release: ProsodyName;
}

function prosodyUnderTest(release: ProsodyName): ProsodyUnderTest {
  return {
    release,
    name: PROSODY_RELEASES[release].title,
    keepsSeatsOverCleanRestart: true,
    sharesNicks: true,
    bansDomains: true,
    failureInLog: /traceback/i,
    greeting: PROSODY_RELEASES[release].greeting,
    start: (settings) => startProsody(settings, { release }),
  };
}

export const PROSODIES = [
  prosodyUnderTest("prosody"),
  prosodyUnderTest("prosody-13"),
] as const;
