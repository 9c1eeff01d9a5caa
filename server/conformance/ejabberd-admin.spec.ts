/** What administrators do with mod_muc_push for ejabberd: options, commands, installation. */
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createEjabberdNode, type EjabberdNode } from "../../rig/ejabberd-node";
import { PUSH_MODULE } from "../../rig/ejabberd-push";
import { takeLoopbackAddresses } from "../../rig/loopback";
import {
  enable,
  featuresOf,
  fence,
  NS,
  outcomeOf,
  pushesOf,
  register,
  registerAndLeave,
  waitForPush,
  wasRegistered,
} from "./acts";
import {
  EJABBERDS,
  type EjabberdNodeExtras,
  FAILURE_OF_NODE,
  startAlone,
  startEjabberdNode,
} from "./ejabberd";
import type { PushSettings, ServerUnderTest } from "./server-under-test";
import { type Stage, useStage } from "./stage";

/** A stage whose room server can be administrated. */
function useNode(
  server: ServerUnderTest,
  settings: PushSettings,
  extras: EjabberdNodeExtras,
): { stage: Stage; node: () => EjabberdNode } {
  let node: EjabberdNode | undefined;
  const stage = useStage(
    {
      ...server,
      failureInLog: FAILURE_OF_NODE,
      start: async (given) => {
        const started = await startEjabberdNode(given, extras);
        node = started.node;
        return started.servers;
      },
    },
    settings,
  );
  return {
    stage,
    node: () => {
      if (!node) throw new Error("the node runs inside of tests only");
      return node;
    },
  };
}

describe.each(EJABBERDS)("$server.name: options", ({ release, server }) => {
  /** ejabberd says which option it is, and does not start. */
  it.each([
    ["interval", "soon"],
    ["timeout", 0],
    ["retry_limit", 0],
    ["max_node_length", 31],
    ["max_per_room", "many"],
    ["startup_rate", -1],
    ["announce_ready", "everybody"],
    ["intervall", 10],
  ])("%s can't be %j", async (name, value) => {
    await expect(startAlone(release, { [name]: value })).rejects.toThrow(
      new RegExp(`critical.*mod_muc_push.*${name}`),
    );
  });

  const stage = useStage(server, {});

  it("those of the example are the defaults", async () => {
    const example = readFileSync(
      path.join(PUSH_MODULE, "ejabberd.yml.example"),
      "utf8",
    );
    const source = readFileSync(
      path.join(PUSH_MODULE, "src/mod_muc_push.erl"),
      "utf8",
    );
    const [, defaults = ""] = /^mod_options\(.*->([^.]+)\./m.exec(source) ?? [];
    const UNITS: Record<string, number> = { seconds: 1, hours: 3600 };
    const stated = [...defaults.matchAll(/\{(\w+), ([^}]+)\}/g)].map(
      ([, name, value = ""]) => {
        const time = /^timer:(\w+)\((\d+)\)$/.exec(value);
        const plain = time
          ? Number(time[2]) * (UNITS[String(time[1])] ?? NaN)
          : value;
        return `    ${name}: ${plain}`;
      },
    );
    const shown = example.split("\n").filter((line) => /^ {4}\w/.test(line));
    expect(shown).toEqual(stated);
    const readme = readFileSync(path.join(PUSH_MODULE, "README.md"), "utf8");
    expect(readme).toContain(example.slice(example.indexOf("modules:")));
    const table = [...readme.matchAll(/^\| `(\w+)` +\|[^|]*\| (\w+) /gm)];
    expect(table.map(([, name, value]) => `    ${name}: ${value}`)).toEqual(
      stated,
    );
    expect(stated.length).toBeGreaterThan(10);

    const alice = await stage.connect("alice");
    const room = await stage.createRoom(alice);
    const node = "n".repeat(257);
    expect(await enable(alice, room, { jid: alice.jid, node })).toBe(
      "modify/policy-violation",
    );
  });
});

describe.each(EJABBERDS)("$server.name: commands", ({ release, server }) => {
  const { stage, node } = useNode(
    server,
    { intervalSeconds: 0 },
    { release, config: { modules: { mod_muc_admin: {} } } },
  );

  /** What a command prints, one array of its columns for each line. */
  async function table(...command: string[]): Promise<string[][]> {
    const output = await node().ctl(...command);
    return output
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t"));
  }

  async function twoRooms() {
    const [alice, bob] = await Promise.all([
      stage.connect("alice"),
      stage.connect("bob"),
    ]);
    const room = await stage.createRoom(alice);
    const other = await stage.createRoom(alice);
    const nodes = [
      await register(alice, room),
      await registerAndLeave(bob, room),
      await registerAndLeave(bob, other),
    ];
    return { alice, bob, room, other, nodes };
  }

  it("list and count registrations, of one room or all, and show no node", async () => {
    const { alice, bob, room, other, nodes } = await twoRooms();
    const ofRoom = await table("muc_push_list", room);
    expect(ofRoom.map((row) => row.slice(0, 2)).sort()).toEqual(
      [
        [room, alice.jid],
        [room, bob.jid],
      ].sort(),
    );
    for (const [, , since] of ofRoom)
      expect(Math.abs(Date.now() - Date.parse(since ?? ""))).toBeLessThan(
        60_000,
      );
    expect(await table("muc_push_count", room)).toEqual([["2"]]);
    expect(await table("muc_push_count", other)).toEqual([["1"]]);

    const all = await node().ctl("muc_push_list", "all");
    expect(all).toContain(room);
    expect(all).toContain(other);
    for (const secret of nodes) expect(all).not.toContain(secret);
    const [[count = ""] = []] = await table("muc_push_count", "all");
    expect(Number(count)).toBe(all.trim().split("\n").length);
  });

  it("drop one registration, for good, and leave the others", async () => {
    const { alice, bob, room, other } = await twoRooms();
    await node().ctl("muc_push_drop", room, bob.jid);
    await expect(node().ctl("muc_push_drop", room, bob.jid)).rejects.toThrow();
    await alice.say(room, "hello");
    await alice.say(other, "hello");
    await waitForPush(bob, other);
    await fence(bob, room);
    expect(pushesOf(bob, room)).toEqual([]);
    expect(await wasRegistered(bob, room)).toBe(false);
    expect(await wasRegistered(alice, room)).toBe(true);
    expect(await register(bob, room)).not.toBe("");
  });

  it("drop all of a room, also a push under way", async () => {
    const { alice, bob, room, other } = await twoRooms();
    await alice.say(room, "hello");
    await waitForPush(bob, room);
    expect(await node().ctl("muc_push_drop_room", room)).toContain("2");
    expect(await table("muc_push_list", room)).toEqual([]);
    await alice.say(room, "hello");
    await fence(bob, room);
    expect(pushesOf(bob, room)).toHaveLength(1);
    expect(await wasRegistered(bob, other)).toBe(true);
  });

  it("change_room_option makes a room persistent, which then pushes, and temporary, which then forgets", async () => {
    const [alice, bob] = await Promise.all([
      stage.connect("alice"),
      stage.connect("bob"),
    ]);
    const room = await stage.createRoom(alice, { persistent: false });
    const [name = "", host = ""] = room.split("@");
    const makePersistent = (value: string) =>
      node().ctl("change_room_option", name, host, "persistent", value);
    await bob.joinRoom(room, "bob");
    expect(await featuresOf(bob, room)).not.toContain(NS.push);
    await makePersistent("true");
    expect(await featuresOf(bob, room)).toContain(NS.push);
    await register(bob, room);
    await bob.leaveRoom(room, "bob");
    await makePersistent("false");
    expect(await featuresOf(alice, room)).not.toContain(NS.push);
    await alice.say(room, "hello");
    await fence(bob, room);
    expect(pushesOf(bob, room)).toEqual([]);
    expect(await wasRegistered(bob, room)).toBe(false);
  });

  it("show figures", async () => {
    const { alice, bob, room } = await twoRooms();
    const figures = async () =>
      new Map(
        (await table("muc_push_figures", "nobody.invalid")).map(
          ([name = "", value]) => [name, Number(value)],
        ),
      );
    const before = await figures();
    await alice.say(room, "hello");
    const push = await waitForPush(bob, room);
    const during = await figures();
    bob.answer(push, "result");
    await fence(bob, room);
    const after = await figures();
    const grown = (name: string, now: Map<string, number>) =>
      (now.get(name) ?? NaN) - (before.get(name) ?? NaN);
    expect(grown("pushes_sent", during)).toBe(1);
    expect(grown("pushes_under_way", during)).toBe(1);
    expect(grown("pushes_answered", during)).toBe(0);
    expect(grown("pushes_answered", after)).toBe(1);
    expect(after.get("registrations")).toBe(
      Number((await node().ctl("muc_push_count", "all")).trim()),
    );
    expect(after.get("rooms_with_registrations")).toBeGreaterThan(1);
  });

  it("say what is wrong with what they are given", async () => {
    for (const command of [
      ["muc_push_list", "example.org"],
      ["muc_push_count", "room@example.org/nick"],
      ["muc_push_drop", "room@example.org", "bob@example.org/home"],
      ["muc_push_drop_room", "@"],
      ["muc_push_figures", "example.org"],
    ])
      await expect(node().ctl(...command), command.join(" ")).rejects.toThrow();
  });
});

describe.each(EJABBERDS)(
  "$server.name: installation",
  ({ release, server }) => {
    const { stage, node } = useNode(server, {}, { release, push: false });

    it("module_install compiles it; once it is configured, rooms that run already push; and it can go again", async () => {
      const alice = await stage.connect("alice");
      const bob = await stage.connect("bob");
      const room = await stage.createRoom(alice);
      await bob.joinRoom(room, "bob");
      const own = { jid: bob.jid, node: "a-node" };
      expect(await enable(bob, room, own)).toBe("cancel/service-unavailable");

      const { folder, contribFolder, ctl } = node();
      cpSync(PUSH_MODULE, path.join(contribFolder, "sources/mod_muc_push"), {
        recursive: true,
      });
      expect(await ctl("modules_available")).toContain("mod_muc_push");
      await ctl("module_install", "mod_muc_push");
      expect(await ctl("modules_installed")).toContain("mod_muc_push");
      expect(existsSync(path.join(contribFolder, "mod_muc_push/ebin"))).toBe(
        true,
      );

      const file = path.join(folder, "ejabberd.yml");
      const config = JSON.parse(readFileSync(file, "utf8")) as {
        modules: Record<string, unknown>;
      };
      config.modules.mod_muc_push = { startup_rate: 0, interval: 0 };
      writeFileSync(file, JSON.stringify(config));
      await ctl("reload_config");

      expect(await enable(bob, room, own)).toBe("result");
      await bob.leaveRoom(room, "bob");
      await alice.say(room, "hello");
      const push = await waitForPush(bob, room);
      bob.answer(push, "result");
      await fence(bob, room);

      delete config.modules.mod_muc_push;
      writeFileSync(file, JSON.stringify(config));
      await ctl("reload_config");
      await ctl("module_uninstall", "mod_muc_push");
      const info = await bob.request(
        `<iq type="get" to="${room}"><query xmlns="${NS.disco}"/></iq>`,
      );
      expect(outcomeOf(info)).toBe("result");
      expect(info.toString()).not.toContain(NS.push);
      expect(await ctl("help")).not.toContain("muc_push_list");
      await alice.say(room, "hello");
    });

    it("uninstalled in the page's order it starts again, without registrations", async () => {
      const alice = await stage.connect("alice");
      const { folder, contribFolder, ctl, data } = node();
      const sources = path.join(contribFolder, "sources/mod_muc_push");
      if (!existsSync(sources))
        cpSync(PUSH_MODULE, sources, { recursive: true });
      await ctl("module_install", "mod_muc_push");
      const file = path.join(folder, "ejabberd.yml");
      const config = JSON.parse(readFileSync(file, "utf8")) as {
        modules: Record<string, unknown>;
      };
      config.modules.mod_muc_push = { startup_rate: 0 };
      writeFileSync(file, JSON.stringify(config));
      await ctl("reload_config");
      const room = await stage.createRoom(alice);
      await register(alice, room);
      expect(await ctl("muc_push_list", "all")).toContain(room);

      // An earlier installation may have left registrations: they go with their rooms.
      const listed = await ctl("muc_push_list", "all");
      const rooms = listed
        .split("\n")
        .map((line) => /^\S+@\S+/.exec(line)?.[0]);
      for (const each of new Set(rooms))
        if (each) await ctl("muc_push_drop_room", each);
      expect((await ctl("muc_push_count", "all")).trim()).toBe("0");
      delete config.modules.mod_muc_push;
      writeFileSync(file, JSON.stringify(config));
      await ctl("reload_config");
      await ctl("module_uninstall", "mod_muc_push");
      await stage.servers.rooms.terminate();
      await stage.servers.rooms.start();
      await alice.joinRoom(room, "alice");
      await alice.say(room, "hello");
      expect(
        readdirSync(data).filter((name) => name.startsWith("muc_push")),
      ).not.toEqual([]);
    });
  },
);

describe.each(EJABBERDS)("$server.name: the wrong order", ({ release }) => {
  let node: EjabberdNode | undefined;
  afterEach(() => node?.kill());

  it("uninstalled while it is still in the configuration, it keeps ejabberd from starting until it is out of there", async () => {
    const [address] = (await takeLoopbackAddresses(1)) as [string];
    node = createEjabberdNode({
      name: "rooms",
      release,
      address,
      nodeAddress: address,
      persistent: true,
      archive: false,
      history: undefined,
      push: undefined,
    });
    const file = path.join(node.folder, "ejabberd.yml");
    const without = readFileSync(file, "utf8");
    const config = JSON.parse(without) as { modules: Record<string, unknown> };
    config.modules.mod_muc_push = {};
    await node.start();
    cpSync(PUSH_MODULE, path.join(node.contribFolder, "sources/mod_muc_push"), {
      recursive: true,
    });
    await node.ctl("module_install", "mod_muc_push");
    writeFileSync(file, JSON.stringify(config));
    await node.ctl("reload_config");

    await expect(node.ctl("module_uninstall", "mod_muc_push")).rejects.toThrow(
      "bad_module,mod_muc_push",
    );
    await node.terminate();
    await expect(node.start()).rejects.toThrow(
      "unknown ejabberd module: mod_muc_push",
    );
    writeFileSync(file, without);
    await node.start();
  });
});
