/** ejabberd with mod_muc_push, as the rig runs it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { createEjabberd, type EjabberdConfig } from "../../rig/ejabberd";
import { createEjabberdNode, type EjabberdNode } from "../../rig/ejabberd-node";
import { compileModules, type PushOptions } from "../../rig/ejabberd-push";
import { takeLoopbackAddresses } from "../../rig/loopback";
import {
  EJABBERD_RELEASES,
  type EjabberdName,
} from "../../rig/server-releases";
import { startServers } from "../../rig/servers";
import { withLog } from "./room-log";
import type {
  PushSettings,
  RunningServers,
  ServerUnderTest,
} from "./server-under-test";

/** Settings in seconds; in ejabberd's configuration they may have a unit. */
const TIMES = {
  intervalSeconds: "interval",
  timeoutSeconds: "timeout",
  graceSeconds: "grace",
  retryMinSeconds: "retry_min",
  retryMaxSeconds: "retry_max",
  startupDelaySeconds: "startup_delay",
} as const satisfies Partial<Record<keyof PushSettings, string>>;

const NUMBERS = {
  retryLimit: "retry_limit",
  maxNodeLengthBytes: "max_node_length",
  maxPerUser: "max_per_user",
  maxPerRoom: "max_per_room",
  maxPending: "max_pending",
  startupRate: "startup_rate",
} as const satisfies Partial<Record<keyof PushSettings, string>>;

/** Without `maxLiveRooms`: ejabberd puts no room aside that has occupants. */
export function pushOptions(settings: PushSettings): PushOptions {
  const options: Record<string, string | number> = { startup_rate: 0 };
  for (const [name, value] of Object.entries(settings)) {
    if (name in TIMES)
      options[TIMES[name as keyof typeof TIMES]] =
        value === 0 ? 0 : `${Math.round(value * 1000)} ms`;
    else if (name === "announceReady") options.announce_ready = value;
    else if (name in NUMBERS)
      options[NUMBERS[name as keyof typeof NUMBERS]] = value;
  }
  return options;
}

export interface EjabberdExtras {
  release?: EjabberdName;
  /** More for the configuration. */
  config?: EjabberdConfig;
}

export async function startEjabberd(
  settings: PushSettings,
  { release = "ejabberd", config = {} }: EjabberdExtras = {},
): Promise<RunningServers> {
  const { users, rooms, close } = await startServers({
    roomServer: release,
    roomPush: true,
    roomPersistent: false,
    ejabberdPush: pushOptions(settings),
    ejabberdConfig: config,
  });
  return { users, rooms: withLog(rooms), close };
}

const TEST_MODULES = path.join(import.meta.dirname, "ejabberd-modules");

/** Beside modules of our own. */
export async function startEjabberdBeside(
  settings: PushSettings,
  release: EjabberdName,
  modules: readonly string[],
): Promise<RunningServers> {
  const { users, rooms, close } = await startServers({
    createRooms: (address) =>
      createEjabberd({
        name: "rooms",
        release,
        address,
        persistent: false,
        archive: false,
        history: undefined,
        push: pushOptions(settings),
        args: ["-pa", compileModules(release, TEST_MODULES)],
        more: {
          modules: Object.fromEntries(modules.map((name) => [name, {}])),
        },
      }),
  });
  return { users, rooms: withLog(rooms), close };
}

const HTTP_PORT = 5280;

/** Users and rooms on one server. Whoever comes with whatever password is let in. */
export async function startSingleEjabberd(
  settings: PushSettings,
  release: EjabberdName,
): Promise<RunningServers> {
  const [host] = (await takeLoopbackAddresses(1)) as [string];
  const roomHost = "rooms.invalid";
  const daemon = createEjabberd({
    name: "single",
    release,
    address: host,
    persistent: false,
    archive: false,
    history: undefined,
    push: pushOptions(settings),
    more: {
      hosts: [host],
      auth_method: ["anonymous"],
      anonymous_protocol: "login_anon",
      allow_multiple_connections: true,
      listen: [
        {
          port: HTTP_PORT,
          ip: host,
          module: "ejabberd_http",
          request_handlers: { "/xmpp-websocket": "ejabberd_http_ws" },
        },
        // The last one, for which the rig waits.
        { port: 5269, ip: host, module: "ejabberd_s2s_in" },
      ],
      modules: { mod_muc: { host: roomHost }, mod_stream_mgmt: {} },
    },
  });
  await daemon.start();
  const { kill, terminate, start, freeze, thaw } = daemon;
  return {
    users: {
      host,
      kill,
      terminate,
      start,
      freeze,
      thaw,
      websocketUrl: `ws://${host}:${HTTP_PORT}/xmpp-websocket`,
      addUser: () => undefined,
    },
    rooms: {
      host: roomHost,
      kill,
      terminate,
      start,
      readLog: () => readFileSync(daemon.logFile, "utf8"),
    },
    close: kill,
  };
}

/**
 * Starts a room server with nobody to talk to, and with these options and nothing else for mod_muc_push.
 * @throws Error with what it says when it does not start
 */
export async function startAlone(
  release: EjabberdName,
  options: PushOptions,
): Promise<void> {
  const [address] = (await takeLoopbackAddresses(1)) as [string];
  const ejabberd = createEjabberd({
    name: "alone",
    release,
    address,
    persistent: false,
    archive: false,
    history: undefined,
    push: {},
    more: { modules: { mod_muc_push: options } },
  });
  try {
    await ejabberd.start();
  } finally {
    await ejabberd.kill();
  }
}

export interface EjabberdNodeExtras extends EjabberdExtras {
  /** Whether mod_muc_push is loaded; true by default. */
  push?: boolean;
}

/** Starts the rig's servers, with a room server that `ejabberdctl` can talk to. */
export async function startEjabberdNode(
  settings: PushSettings,
  { release = "ejabberd", push = true, config = {} }: EjabberdNodeExtras,
): Promise<{ servers: RunningServers; node: EjabberdNode }> {
  let node: EjabberdNode | undefined;
  const { users, rooms, close } = await startServers({
    createRooms: (address) =>
      (node = createEjabberdNode({
        name: "rooms",
        release,
        address,
        nodeAddress: address,
        persistent: false,
        archive: false,
        history: undefined,
        push: push ? pushOptions(settings) : undefined,
        more: config,
      })),
  });
  if (!node) throw new Error("the rig made no room server");
  return { servers: { users, rooms: withLog(rooms), close }, node };
}

/**
 * The same as `failureInLog`, for nodes with a name: without what ejabberd and Erlang say of themselves, mod_muc_push or
 * not, when another node comes or goes.
 */
export const FAILURE_OF_NODE =
  /\[(error|critical)\](?!\s+(Supervisor received unexpected message: \{mnesia_system_event|\*\* Cannot get connection id for node))/;

function ejabberdUnderTest(release: EjabberdName): ServerUnderTest {
  return {
    name: EJABBERD_RELEASES[release].title,
    keepsSeatsOverCleanRestart: false,
    sharesNicks: true,
    bansDomains: true,
    failureInLog: /\[(error|critical)\]/,
    greeting: EJABBERD_RELEASES[release].greeting,
    start: (settings) => startEjabberd(settings, { release }),
  };
}

/** ejabberd with more in its configuration. */
export function ejabberdWith(
  release: EjabberdName,
  config: EjabberdConfig,
): ServerUnderTest {
  return {
    ...ejabberdUnderTest(release),
    start: (settings) => startEjabberd(settings, { release, config }),
  };
}

/** For tests of what only concerns ejabberd. */
export const EJABBERDS = Object.keys(EJABBERD_RELEASES).map((name) => {
  const release = name as EjabberdName;
  return { release, server: ejabberdUnderTest(release) };
});

export const ejabberd = ejabberdUnderTest("ejabberd");
export const ejabberd24 = ejabberdUnderTest("ejabberd-24");
