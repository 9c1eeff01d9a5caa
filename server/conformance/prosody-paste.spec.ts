/** The blocks that administrators copy, as they stand, in the configuration that Debian's Prosody comes with. */
import { cpSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { writeAccount } from "../../rig/accounts";
import type { Daemon } from "../../rig/daemon";
import { takeFolder } from "../../rig/leftovers";
import { takeLoopbackAddresses } from "../../rig/loopback";
import { createProsody } from "../../rig/prosody";
import { HTTP_PORT, ROOM_MODULES } from "../../rig/prosody-config";
import { connectRawClient, type RawClient } from "../../rig/raw-client";
import { PROSODY_RELEASES } from "../../rig/server-releases";
import { featuresOf, NS, register } from "./acts";
import { PROSODIES } from "./prosody";

const read = (name: string) =>
  readFileSync(path.join(ROOM_MODULES, name), "utf8");
const GLOBAL_BLOCK = read("global.example.cfg.lua");
const COMPONENT_BLOCK = read("component.example.cfg.lua");
/** Where both blocks and Debian's file want modules to be. */
const MODULE_PATH = "/usr/local/lib/prosody/modules";
const DEBIANS_PATH_LINE = `plugin_paths = { "${MODULE_PATH}" }\n`;

/** Replaces what has to be there. */
function change(config: string, old: RegExp | string, by: string): string {
  const changed = config.replace(old, () => by);
  if (changed === config) throw new Error(`no ${String(old)} in the file`);
  return changed;
}

describe.each(PROSODIES)("$name: the blocks to copy", ({ release }) => {
  let daemon: Daemon | undefined;
  let client: RawClient | undefined;
  afterEach(async () => {
    await client?.close();
    await daemon?.kill();
  });

  it.each([
    { file: "Debian's file", keepsPathLine: true },
    { file: "a file without plugin_paths", keepsPathLine: false },
  ])("make rooms push, pasted into $file", async ({ keepsPathLine }) => {
    const [address] = (await takeLoopbackAddresses(1)) as [string];
    const modules = takeFolder("modules");
    cpSync(
      path.join(ROOM_MODULES, "mod_muc_push"),
      path.join(modules, "mod_muc_push"),
      { recursive: true },
    );
    let config = readFileSync(PROSODY_RELEASES[release].packagedConfig, "utf8");
    if (!keepsPathLine) config = change(config, DEBIANS_PATH_LINE, "");
    // As the blocks say: one above the first host, the other at the end.
    config = change(
      config,
      /^(?=(VirtualHost|Component)\b)/m,
      `${GLOBAL_BLOCK}\n`,
    );
    config = `${config}\n${COMPONENT_BLOCK}`;
    // An administrator's own domain, of which the rooms' one is a part; and this machine's paths.
    config = change(
      config,
      'VirtualHost "localhost"',
      'VirtualHost "example.org"',
    );
    config = config.replaceAll(MODULE_PATH, modules);
    const moreFiles = path.join(takeFolder("conf.d"), "*.cfg.lua");
    config = change(config, "conf.d/*.cfg.lua", moreFiles);
    config = change(config, /^pidfile = .*$/m, "");
    config = change(config, /^log = \{[^]*?^\}$/m, "");
    // For a client that speaks WebSocket, on an address of its own.
    config = change(config, /^\s*"posix";/m, '"posix"; "websocket";');
    config = `
      interfaces = { "${address}" }
      http_interfaces = { "${address}" }
      http_ports = { ${HTTP_PORT} }
      https_ports = {}
      http_default_host = "example.org"
      consider_websocket_secure = true
      ${config}`;
    daemon = createProsody({
      name: "pasted",
      release,
      config,
      services: ["http"],
    });
    writeAccount(daemon.folder, "example.org", "alice", "secret");
    await daemon.start();
    const log = () => readFileSync(daemon?.logFile ?? "", "utf8");
    expect(log()).not.toContain("Unable to load module");
    client = await connectRawClient({
      websocketUrl: `ws://${address}:${HTTP_PORT}/xmpp-websocket`,
      host: "example.org",
      username: "alice",
      password: "secret",
      resource: "home",
    });
    const room = "garden@rooms.example.org";
    await client.joinRoom(room, "alice");
    await client.configureRoom(room, {});
    const features = await featuresOf(client, room);
    expect(features).toContain(NS.push);
    expect(features).toContain("muc_persistent");
    expect(await register(client, room)).not.toBe("");
    // As a room that was there before: its owner makes it persistent.
    await client.configureRoom(room, { persistent: false });
    expect(await featuresOf(client, room)).not.toContain(NS.push);
    await client.configureRoom(room, { persistent: true });
    expect(await featuresOf(client, room)).toContain(NS.push);
    expect(await register(client, room)).not.toBe("");
    expect(log()).not.toMatch(/traceback/i);
  });
});
