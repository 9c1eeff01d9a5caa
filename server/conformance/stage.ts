/** Two servers, the people on them, and rooms, for the tests of one `describe`. */
import { randomUUID } from "node:crypto";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  type TestContext,
} from "vitest";
import type { HibernatingSession } from "../../rig/login";
import { connectRawClient, type RawClient } from "../../rig/raw-client";
import type {
  PushSettings,
  RunningServers,
  ServerUnderTest,
} from "./server-under-test";

const PASSWORD = "secret";

export interface Stage {
  readonly servers: RunningServers;
  /** Logs in; the account is made when it is not there. The client goes with the test. */
  connect(name: string, resource?: string): Promise<RawClient>;
  /** Goes on with a session that hibernates. */
  resume(session: HibernatingSession): Promise<RawClient>;
  /** A room of the client's own, configured, with the client in it under its account's name. */
  createRoom(
    owner: RawClient,
    options?: { persistent?: boolean },
  ): Promise<string>;
  newRoomJid(): string;
}

/** The account's name of a JID. */
export function localpart(jid: string): string {
  return jid.split("@", 1)[0] ?? jid;
}

/** Starts the servers before the tests of this `describe` and ends them after the last one. */
export function useStage(
  server: ServerUnderTest,
  settings: PushSettings,
): Stage {
  let servers: RunningServers | undefined;
  let clients: RawClient[] = [];
  let test: TestContext | undefined;
  const accounts = new Set<string>();
  const isPossible = server.canHave?.(settings) ?? true;

  /** Ends the test that runs, as one that was left out. */
  function leaveOut(why: string): never {
    if (!test) throw new Error(`outside of a test: ${why}`);
    test.skip(why);
    throw new Error(why); // not reached: skip throws by itself
  }

  beforeEach((context) => {
    test = context;
    if (!isPossible) leaveOut(`the server has not ${JSON.stringify(settings)}`);
  });
  beforeAll(async () => {
    if (!isPossible) return;
    servers = await server.start(settings);
    expect(servers.rooms.readLog()).toMatch(server.greeting);
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    clients = [];
  });
  afterAll(async () => {
    if (!servers) return;
    await servers.close();
    // Whatever was sent to it, nothing was thrown in the room server.
    expect(servers.rooms.readLog()).not.toMatch(server.failureInLog);
  });

  function running(): RunningServers {
    if (!servers) throw new Error("the servers run inside of tests only");
    if (!server.isGiven) return servers;
    const stop = () => leaveOut("the server can't be stopped");
    const host = { kill: stop, terminate: stop, start: stop };
    return {
      ...servers,
      users: { ...servers.users, ...host },
      rooms: { ...servers.rooms, ...host },
    };
  }

  async function connect(name: string, resource: string = randomUUID()) {
    const users = running().users;
    const { host, websocketUrl, password = PASSWORD } = users;
    if (!accounts.has(name)) users.addUser(name, password);
    accounts.add(name);
    const client = await connectRawClient({
      websocketUrl,
      host,
      username: name,
      password,
      resource,
    });
    clients.push(client);
    return client;
  }

  async function resume(session: HibernatingSession) {
    const { host, websocketUrl } = running().users;
    const client = await connectRawClient({
      websocketUrl,
      host,
      username: localpart(session.jid),
      password: PASSWORD,
      resume: session,
    });
    clients.push(client);
    return client;
  }

  const newRoomJid = () => `${randomUUID()}@${running().rooms.host}`;

  async function createRoom(owner: RawClient, { persistent = true } = {}) {
    const room = newRoomJid();
    await owner.joinRoom(room, localpart(owner.jid));
    await owner.configureRoom(room, { persistent });
    return room;
  }

  return {
    get servers() {
      return running();
    },
    connect,
    resume,
    createRoom,
    newRoomJid,
  };
}
