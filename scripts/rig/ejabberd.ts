/**
 * One ejabberd with group chats only, in the foreground, with its folder.
 *
 * Rooms and archive are kept in SQLite: what is committed there survives a SIGKILL, and a message is committed
 * before anybody gets it. Mnesia, ejabberd's default, loses what it has learnt in the last seconds.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createDaemon, type Daemon } from "./daemon";
import { takeFolder } from "./leftovers";

/** Where Debian keeps ejabberd's code and that of the libraries that it uses, one folder for each architecture. */
const LIBRARIES = "/usr/lib";

export interface EjabberdOptions {
  /** A word for the folder's name. */
  name: string;
  /** The domain of all rooms: an IP address, to which the server binds. */
  address: string;
  /** Rooms are persistent from the start. */
  persistent: boolean;
  /** Rooms keep an archive (MAM). */
  archive: boolean;
  /** How many messages a room without archive keeps for those who join; ejabberd's default when undefined. */
  history: number | undefined;
}

/** ejabberd makes its tables there by itself. */
const DATABASE = "ejabberd.sqlite";

/** JSON is YAML. Only IP addresses and paths go in. */
function configOf(options: EjabberdOptions, folder: string): string {
  const { address, persistent, archive, history } = options;
  return JSON.stringify({
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
  });
}

function findLibraries(): string {
  const found = existsSync(LIBRARIES)
    ? readdirSync(LIBRARIES)
        .map((name) => path.join(LIBRARIES, name))
        .find(
          (folder) =>
            folder.endsWith("-linux-gnu") &&
            readdirSync(folder).some((name) => name.startsWith("ejabberd-")),
        )
    : undefined;
  if (found === undefined)
    throw new Error("no ejabberd; `npm run setup` installs it");
  return found;
}

/**
 * It runs straight from `erl`, as a node without a name: so it opens no port but its own, and no port mapper
 * (epmd) is started, which would outlive it.
 */
export function createEjabberd(options: EjabberdOptions): Daemon {
  const { name } = options;
  const folder = takeFolder(name);
  const logFile = path.join(folder, "ejabberd.log");
  const configFile = path.join(folder, "ejabberd.yml");
  const data = path.join(folder, "data");
  mkdirSync(data);
  writeFileSync(configFile, configOf(options, folder));
  return createDaemon({
    name,
    folder,
    logFile,
    command: "erl",
    args: [
      "-noinput",
      "-mnesia",
      "dir",
      JSON.stringify(data),
      "-s",
      "ejabberd",
    ],
    env: {
      HOME: folder,
      ERL_LIBS: findLibraries(),
      ERL_CRASH_DUMP: path.join(folder, "crash.dump"),
      EJABBERD_CONFIG_PATH: configFile,
      EJABBERD_LOG_PATH: logFile,
    },
    // What its memory supervisor says about every stop; ejabberd itself has a log.
    makeReadiness: () => (line) =>
      /Start accepting TCP connections at .* for ejabberd_s2s_in/.test(line),
  });
}
