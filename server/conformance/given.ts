/**
 * A server that runs already, with rooms and users, named by the environment:
 *
 * CONFORMANCE_SERVER='{ "websocketUrl": "wss://chat.example/ws", "users": "chat.example",
 *   "rooms": "rooms.chat.example", "password": "…", "settings": { "intervalSeconds": 0 } }'
 *
 * All accounts that the tests use have that password; a test whose account is missing fails and names it. Of the
 * tests, those run whose settings are among the server's; a test that has to kill a server is left out.
 */
import { isDeepStrictEqual } from "node:util";
import type {
  PushSettings,
  RunningServers,
  ServerUnderTest,
} from "./server-under-test";

interface GivenServer {
  websocketUrl: string;
  /** The users' domain. */
  users: string;
  /** The rooms' domain. */
  rooms: string;
  password: string;
  /** What the module's options are set to on that server. */
  settings: PushSettings;
}

const KEYS = ["websocketUrl", "users", "rooms", "password", "settings"];

/** @throws Error when it is no description of a server */
function parseServer(text: string): GivenServer {
  const given = JSON.parse(text) as Record<string, unknown>;
  const missing = KEYS.filter((key) => given[key] === undefined);
  if (missing.length > 0)
    throw new Error(`CONFORMANCE_SERVER lacks ${missing.join(", ")}`);
  return given as unknown as GivenServer;
}

function run(given: GivenServer): RunningServers {
  const notOurs = () => Promise.reject(new Error("not ours to stop"));
  const host = { kill: notOurs, terminate: notOurs, start: notOurs };
  return {
    users: {
      ...host,
      host: given.users,
      websocketUrl: given.websocketUrl,
      password: given.password,
      addUser: () => undefined,
      freeze: () => undefined,
      thaw: () => undefined,
    },
    rooms: { ...host, host: given.rooms, readLog: () => "" },
    close: () => Promise.resolve(),
  };
}

/** The server that CONFORMANCE_SERVER describes; undefined without it. */
export function givenServer(): ServerUnderTest | undefined {
  const text = process.env["CONFORMANCE_SERVER"];
  if (text === undefined) return undefined;
  const given = parseServer(text);
  return {
    name: given.rooms,
    isGiven: true,
    keepsSeatsOverCleanRestart: false,
    sharesNicks: true,
    bansDomains: true,
    greeting: /^/,
    failureInLog: /^(?!)/,
    canHave: (settings) =>
      Object.entries(settings).every(([name, value]) =>
        isDeepStrictEqual(given.settings[name as keyof PushSettings], value),
      ),
    start: () => Promise.resolve(run(given)),
  };
}
