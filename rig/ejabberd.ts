/**
 * One ejabberd with group chats only, in the foreground, with its folder.
 *
 * Rooms and archive are kept in SQLite: what is committed there survives a SIGKILL, and a message is committed
 * before anybody gets it. Mnesia, ejabberd's default, loses what it has learnt in the last seconds.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createDaemon, type Daemon } from "./daemon";
import {
  compilePushModule,
  pushConfig,
  type PushOptions,
} from "./ejabberd-push";
import { takeFolder } from "./leftovers";
import { EJABBERD_RELEASES, type EjabberdName } from "./server-releases";

export interface EjabberdOptions {
  /** A word for the folder's name. */
  name: string;
  release: EjabberdName;
  /** The domain of all rooms: an IP address, to which the server binds. */
  address: string;
  /** Rooms are persistent from the start. */
  persistent: boolean;
  /** Rooms keep an archive (MAM). */
  archive: boolean;
  /** How many messages a room without archive keeps for those who join; ejabberd's default when undefined. */
  history: number | undefined;
  /** Loads mod_muc_push, with these options; not at all when undefined. */
  push: PushOptions | undefined;
  /** More for the configuration, merged into it as deep as it goes. */
  more?: EjabberdConfig;
  /** More arguments for the Erlang machine. */
  args?: readonly string[];
}

/** What can be said in YAML. */
export interface EjabberdConfig {
  [name: string]: EjabberdConfig | string | number | boolean | unknown[];
}

/** ejabberd makes its tables there by itself. */
const DATABASE = "ejabberd.sqlite";

function merge(config: EjabberdConfig, more: EjabberdConfig): EjabberdConfig {
  const merged = { ...config };
  for (const [name, value] of Object.entries(more)) {
    const old = merged[name];
    merged[name] =
      isMapping(old) && isMapping(value) ? merge(old, value) : value;
  }
  return merged;
}

function isMapping(value: unknown): value is EjabberdConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function configOf(options: EjabberdOptions, folder: string): EjabberdConfig {
  const { address, persistent, archive, history, more = {} } = options;
  const config = {
    // It wants a host for users, too.
    hosts: ["nobody.invalid"],
    loglevel: "info",
    sql_type: "sqlite",
    sql_database: path.join(folder, DATABASE),
    // One connection is all that SQLite can use.
    sql_pool_size: 1,
    listen: [{ port: 5269, ip: address, module: "ejabberd_s2s_in" }],
    s2s_use_starttls: false,
    outgoing_s2s_ipv4_address: address,
    // Up to five minutes otherwise, in which everything to a server that was away is refused.
    s2s_max_retry_delay: 1,
    modules: {
      mod_disco: {},
      mod_ping: {},
      mod_s2s_dialback: {},
      ...(archive && { mod_mam: { default: "always", db_type: "sql" } }),
      mod_muc: {
        host: address,
        db_type: "sql",
        ...(history !== undefined && { history_size: history }),
        access: "all",
        access_create: "all",
        access_persistent: "all",
        access_mam: "all",
        default_room_options: {
          persistent,
          mam: archive,
          public: true,
          anonymous: false,
        },
      },
    },
  };
  return merge(config, more);
}

export interface Ejabberd extends Daemon {
  /** Its Mnesia is there, and stays when it is killed. */
  readonly data: string;
}

/**
 * It runs straight from `erl`, as a node without a name: so it opens no port but its own, and no port mapper
 * (epmd) is started, which would outlive it.
 */
export function createEjabberd(options: EjabberdOptions): Ejabberd {
  const { name, release, push, args = [] } = options;
  const { erl, libraries } = EJABBERD_RELEASES[release];
  const folder = takeFolder(name);
  const logFile = path.join(folder, "ejabberd.log");
  const configFile = path.join(folder, "ejabberd.yml");
  const data = path.join(folder, "data");
  mkdirSync(data);
  const config = configOf(options, folder);
  if (push) {
    const pushFile = path.join(folder, "push.yml");
    writeFileSync(pushFile, pushConfig(push));
    config.include_config_file = [pushFile];
  }
  // JSON is YAML. Only IP addresses and paths go in.
  writeFileSync(configFile, JSON.stringify(config));
  const daemon = createDaemon({
    name,
    folder,
    logFile,
    // It writes its own log with a delay.
    printsLog: true,
    command: erl,
    args: [
      "-noinput",
      ...(push ? ["-pa", compilePushModule(release)] : []),
      ...args,
      "-mnesia",
      "dir",
      JSON.stringify(data),
      "-s",
      "ejabberd",
    ],
    env: {
      HOME: folder,
      ERL_LIBS: libraries(),
      ERL_CRASH_DUMP: path.join(folder, "crash.dump"),
      EJABBERD_CONFIG_PATH: configFile,
      EJABBERD_LOG_PATH: path.join(folder, "own.log"),
    },
    // What its memory supervisor says about every stop; ejabberd itself has a log.
    makeReadiness: () => (line) =>
      /Start accepting TCP connections at .* for ejabberd_s2s_in/.test(line),
  });
  return Object.assign(daemon, { data });
}
