/** The blocks that administrators copy, as they stand, in the configuration that Debian's ejabberd comes with. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Daemon } from "../../rig/daemon";
import { createEjabberd } from "../../rig/ejabberd";
import { compilePushModule, PUSH_MODULE } from "../../rig/ejabberd-push";
import { takeLoopbackAddresses } from "../../rig/loopback";
import { connectRawClient, type RawClient } from "../../rig/raw-client";
import {
  EJABBERD_RELEASES,
  type EjabberdName,
} from "../../rig/server-releases";
import { featuresOf, NS, register, waitForPush } from "./acts";
import { EJABBERDS } from "./ejabberd";

const read = (name: string) =>
  readFileSync(path.join(PUSH_MODULE, "..", name), "utf8");
const ROOMS_BLOCK = read("rooms.example.yml");
const MODULES_BLOCK = read("modules.example.yml");
/** Below the `mod_muc:` of Debian's file. */
const DEBIANS_ROOM_OPTIONS = "    default_room_options:\n      mam: true\n";
const HTTP_PORT = 5280;
/** Debian's listeners and certificates; this machine has its own. */
const PLACES = [/^listen:\n(?:(?: .*|#.*)?\n)+/m, /^certfiles:\n(?: .*\n)+/m];
/** For a client that speaks WebSocket, has no account, and knows the server by an address. */
const ownPlaces = (address: string) => `
auth_method: [anonymous]
anonymous_protocol: login_anon
allow_multiple_connections: true
listen:
  - port: ${HTTP_PORT}
    ip: "${address}"
    module: ejabberd_http
    request_handlers:
      /xmpp-websocket: ejabberd_http_ws
  # The last one, for which the rig waits.
  - port: 5269
    ip: "${address}"
    module: ejabberd_s2s_in
`;

/** Replaces what has to be there. */
function change(config: string, old: RegExp | string, by: string): string {
  const changed = config.replace(old, () => by);
  if (changed === config) throw new Error(`no ${String(old)} in the file`);
  return changed;
}

/** Debian's file with the administrator's own domain and this machine's places. */
function debiansFile(release: EjabberdName, address: string): string {
  let config = readFileSync(EJABBERD_RELEASES[release].packagedConfig, "utf8");
  for (const place of PLACES) config = change(config, place, "");
  config = change(config, "  - localhost\n", "  - example.org\n");
  return `${ownPlaces(address)}${config}`;
}

/** As the blocks say: one below the line of mod_muc, the other at the end. */
function paste(config: string, hasRoomOptions: boolean): string {
  const pasted = hasRoomOptions
    ? change(config, DEBIANS_ROOM_OPTIONS, ROOMS_BLOCK)
    : change(
        change(config, DEBIANS_ROOM_OPTIONS, ""),
        "  mod_muc:\n",
        `  mod_muc:\n${ROOMS_BLOCK}`,
      );
  return `${pasted}\n${MODULES_BLOCK}`;
}

describe.each(EJABBERDS)("$server.name: the blocks to copy", ({ release }) => {
  let daemon: Daemon | undefined;
  const clients: RawClient[] = [];
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await daemon?.kill();
  });

  /** @throws Error with what it says when it does not start */
  async function start(address: string, config: string): Promise<Daemon> {
    daemon = createEjabberd({
      name: "pasted",
      release,
      address,
      persistent: false,
      archive: false,
      history: undefined,
      push: undefined,
      args: ["-pa", compilePushModule(release)],
    });
    writeFileSync(path.join(daemon.folder, "ejabberd.yml"), config);
    await daemon.start();
    return daemon;
  }

  it("say what happens with a module that is there twice", async () => {
    const [address] = (await takeLoopbackAddresses(1)) as [string];
    const config = paste(debiansFile(release, address), true);
    await expect(start(address, `${config}\n${MODULES_BLOCK}`)).rejects.toThrow(
      "Duplicated option: mod_mam",
    );
  });

  it.each([
    { file: "Debian's file", hasRoomOptions: true },
    { file: "a file without default_room_options", hasRoomOptions: false },
  ])(
    "make new rooms persistent, and these push, pasted into $file",
    async ({ hasRoomOptions }) => {
      const [address] = (await takeLoopbackAddresses(1)) as [string];
      const { logFile } = await start(
        address,
        paste(debiansFile(release, address), hasRoomOptions),
      );
      const connect = async (username: string) => {
        const client = await connectRawClient({
          websocketUrl: `ws://${address}:${HTTP_PORT}/xmpp-websocket`,
          host: "example.org",
          username,
          password: "secret",
          resource: "home",
        });
        clients.push(client);
        return client;
      };
      const alice = await connect("alice");
      const bob = await connect("bob");
      const room = "garden@conference.example.org";
      await alice.joinRoom(room, "alice");
      await alice.configureRoom(room, {});
      const features = await featuresOf(alice, room);
      expect(features).toContain(NS.push);
      expect(features).toContain("muc_persistent");
      expect(features).toContain("urn:xmpp:mam:2");
      // As a room that was there before: its owner makes it persistent.
      await alice.configureRoom(room, { persistent: false });
      expect(await featuresOf(alice, room)).not.toContain(NS.push);
      await alice.configureRoom(room, { persistent: true });
      expect(await featuresOf(alice, room)).toContain(NS.push);
      await register(bob, room);
      await bob.leaveRoom(room, "bob");
      await alice.say(room, "hello");
      await waitForPush(bob, room);
      expect(readFileSync(logFile, "utf8")).not.toMatch(/\[(error|critical)\]/);
    },
  );
});
