/** Prosody with mod_muc_push, as the rig runs it. */
import { readFileSync } from "node:fs";
import { startServers } from "../../scripts/rig/servers";
import type { PushSettings, ServerUnderTest } from "./server-under-test";

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

/** Starts the rig's two servers; what other files need of Prosody only goes through `extraConfig` (Lua). */
export async function startProsody(settings: PushSettings, extraConfig = "") {
  const lines = Object.entries(settings).map(
    ([name, value]) => `${OPTIONS[name as keyof PushSettings]} = ${value}`,
  );
  // Without tombstones, the name of a destroyed room can be taken again at once.
  const roomConfig = ["muc_tombstones = false", ...lines, extraConfig].join(
    "\n",
  );
  const { users, rooms, close } = await startServers({
    roomConfig,
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
  start: (settings) => startProsody(settings),
};
