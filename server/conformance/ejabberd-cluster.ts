/** Two ejabberd nodes with one domain of rooms. The users' server gets to one of them, through a door. */
import { readFileSync } from "node:fs";
import type { Daemon } from "../../rig/daemon";
import { type Door, openDoor } from "../../rig/door";
import { createEjabberdNode, type EjabberdNode } from "../../rig/ejabberd-node";
import { takeLoopbackAddresses } from "../../rig/loopback";
import type { EjabberdName } from "../../rig/server-releases";
import { startServers } from "../../rig/servers";
import { pushOptions } from "./ejabberd";
import type { PushSettings, RunningServers } from "./server-under-test";

const S2S_PORT = 5269;

export interface ClusterNode extends EjabberdNode {
  readonly address: string;
}

export interface Cluster {
  readonly nodes: readonly [ClusterNode, ClusterNode];
  /** What the users' server says gets to this node from now on. */
  use(node: ClusterNode): Promise<void>;
}

function createNode(
  release: EjabberdName,
  domain: string,
  address: string,
  settings: PushSettings,
): ClusterNode {
  const node = createEjabberdNode({
    name: "node",
    release,
    address: domain,
    nodeAddress: address,
    persistent: true,
    archive: false,
    history: undefined,
    push: pushOptions(settings),
    more: {
      listen: [{ port: S2S_PORT, ip: address, module: "ejabberd_s2s_in" }],
      outgoing_s2s_ipv4_address: address,
      // SQLite is for one process. Mnesia has every room on both nodes.
      modules: { mod_muc: { db_type: "mnesia" } },
    },
  });
  return Object.assign(node, { address });
}

/** Starts the users' server and both nodes, joined; the first one is in use. */
export async function startCluster(
  release: EjabberdName,
  settings: PushSettings,
): Promise<{ servers: RunningServers; cluster: Cluster }> {
  const [first, second] = (await takeLoopbackAddresses(2)) as [string, string];
  let nodes: [ClusterNode, ClusterNode] | undefined;
  let door: Door | undefined;

  function createRooms(domain: string): Daemon {
    const made: [ClusterNode, ClusterNode] = [
      createNode(release, domain, first, settings),
      createNode(release, domain, second, settings),
    ];
    nodes = made;
    const all = (act: (node: ClusterNode) => Promise<void>) =>
      Promise.all(made.map(act)).then(() => undefined);
    return {
      folder: made[0].folder,
      logFile: made[0].logFile,
      get running() {
        return made.some(({ running }) => running);
      },
      async start() {
        door ??= await openDoor(domain, S2S_PORT);
        await all((node) => node.start());
        await door.leadTo(first);
      },
      terminate: () => all((node) => node.terminate()),
      kill: () => all((node) => node.kill()),
      freeze: () => made.forEach((node) => node.freeze()),
      thaw: () => made.forEach((node) => node.thaw()),
    };
  }

  const { users, rooms, close } = await startServers({ createRooms });
  if (!nodes || !door) throw new Error("the rig made no room server");
  const [master, other] = nodes;
  const opened = door;
  await other.ctl("join_cluster", master.nodeName);
  await waitUntilJoined(other, master);

  const readLog = () =>
    [master, other]
      .map(({ logFile }) => readFileSync(logFile, "utf8"))
      .join("\n");
  return {
    servers: {
      users,
      rooms: Object.assign(rooms, { readLog }),
      close: () => close().then(() => opened.close()),
    },
    cluster: {
      nodes: [master, other],
      use: ({ address }) => opened.leadTo(address),
    },
  };
}

/** A node restarts its ejabberd to join, in newer releases behind the back of the command. */
async function waitUntilJoined(
  node: ClusterNode,
  master: ClusterNode,
): Promise<void> {
  const limit = Date.now() + 60_000;
  for (;;) {
    const members = await node.ctl("list_cluster").catch(() => "");
    const status = await node.ctl("status").catch(() => "");
    if (members.includes(master.nodeName) && status.includes("is running"))
      return;
    if (Date.now() > limit)
      throw new Error(`${node.nodeName} is not in the cluster: ${members}`);
  }
}
