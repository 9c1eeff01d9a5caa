/** Prosody with mod_muc_push, as the rig runs it. */
import { readFileSync } from "node:fs";
import { startServers } from "../../scripts/rig/servers";
import type {
  PushSettings,
  RunningServers,
  ServerUnderTest,
} from "./server-under-test";

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
};

const ROOM_CONFIG = [
  // Without tombstones, the name of a destroyed room can be taken again at once.
  "muc_tombstones = false",
  // Since Prosody 13, users of other servers may not make rooms persistent by default.
  'public_user_role = "prosody:registered"',
];

export interface ProsodyExtras {
  /** More lines of Lua for the room component. */
  config?: string;
  /** More modules for the room component: paths of `mod_NAME.lua` files. */
  modules?: readonly string[];
}

export interface RunningProsody extends RunningServers {
  readonly rooms: RunningServers["rooms"] & { readonly folder: string };
}

/** Starts the rig's two servers. The extras are for what only concerns Prosody. */
export async function startProsody(
  settings: PushSettings,
  { config = "", modules = [] }: ProsodyExtras = {},
): Promise<RunningProsody> {
  const options = Object.entries(settings).map(
    ([name, value]) => `${OPTIONS[name as keyof PushSettings]} = ${value}`,
  );
  const { users, rooms, close } = await startServers({
    roomConfig: [...ROOM_CONFIG, ...options, config].join("\n"),
    roomModules: modules,
    roomPersistent: false,
  });
  return {
    users,
    rooms: Object.assign(rooms, {
      readLog: () => readFileSync(rooms.logFile, "utf8"),
    }),
    close,
  };
}

export const prosody: ServerUnderTest = {
  name: "Prosody",
  keepsSeatsOverCleanRestart: true,
  sharesNicks: true,
  bansDomains: true,
  failureInLog: /traceback/i,
  start: (settings) => startProsody(settings),
};
