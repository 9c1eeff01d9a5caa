/** What an administrator can ask mod_muc_push for Prosody: commands and statistics. */
import {
  appendFileSync,
  existsSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { createElement, type Element, parse } from "ltx";
import { describe, expect, it } from "vitest";
import { HTTP_PORT } from "../../rig/prosody-config";
import { bare, type RawClient } from "../../rig/raw-client";
import {
  enable,
  featuresOf,
  fence,
  NS,
  outcomeOf,
  pushesOf,
  register,
  registerAndLeave,
  stanzaError,
  waitForPush,
  wasRegistered,
} from "./acts";
import { PROSODIES, type RunningProsody, startProsody } from "./prosody";
import { roomFile, roomListFile } from "./prosody-files";
import { useStage } from "./stage";

const COMMANDS = "http://jabber.org/protocol/commands";

/** Commands get into the shell where the component itself has mod_admin_shell; the rest is for the whole server. */
const CONFIG = `
  modules_enabled = { "rig_trace", "muc_push", "admin_shell" }
  VirtualHost "metrics.invalid" {}
  modules_enabled = { "posix", "dialback", "disco", "ping", "http_openmetrics", "admin_shell" }
  statistics = "internal"
  statistics_interval = "manual"
  openmetrics_allow_cidr = "127.0.0.0/8"
  http_default_host = "metrics.invalid"
`;

describe.each(PROSODIES)("mod_muc_push on $name", (prosody) => {
  let running: RunningProsody | undefined;
  const stage = useStage(
    {
      ...prosody,
      start: async (settings) =>
        (running = await startProsody(settings, {
          release: prosody.release,
          config: CONFIG,
        })),
    },
    { intervalSeconds: 0, retryMinSeconds: 60 },
  );

  function rooms() {
    if (!running) throw new Error("the servers run inside of tests only");
    return running.rooms;
  }

  /** Alice administers the room server; which users there are is known only after its first start. */
  async function connectAdmin(): Promise<RawClient> {
    const admin = await stage.connect("alice", "admin");
    const line = `\nadmins = { "${bare(admin.jid)}" }\n`;
    await rooms().terminate();
    appendFileSync(path.join(rooms().folder, "prosody.cfg.lua"), line);
    await rooms().start();
    return admin;
  }

  /** @param fields what is filled in; undefined asks for the form only */
  async function command(
    client: RawClient,
    name: string,
    fields?: Record<string, string>,
  ): Promise<Element> {
    const values = Object.entries({
      FORM_TYPE: `muc_push#${name}`,
      ...fields,
    });
    const form = createElement(
      "x",
      { xmlns: "jabber:x:data", type: "submit" },
      ...values.map(([key, value]) =>
        createElement("field", { var: key }, createElement("value", {}, value)),
      ),
    );
    const attrs = { xmlns: COMMANDS, node: `muc_push#${name}` };
    return client.request(
      createElement(
        "iq",
        { type: "set", to: rooms().host },
        createElement("command", attrs, ...(fields ? [form] : [])),
      ),
    );
  }

  /** What the command says; an error with "!" before it. */
  async function say(
    client: RawClient,
    name: string,
    fields: Record<string, string>,
  ): Promise<string> {
    const answer = await command(client, name, fields);
    const note = answer.getChild("command", COMMANDS)?.getChild("note");
    const mark = note?.attrs.type === "error" ? "!" : "";
    return mark + (note?.getText() ?? outcomeOf(answer));
  }

  describe("commands", () => {
    it("list, count and drop what is registered, and show no node", async () => {
      const admin = await connectAdmin();
      const bob = await stage.connect("bob");
      const carol = await stage.connect("carol");
      const room = await stage.createRoom(admin);
      const nodes = [
        await register(bob, room),
        await registerAndLeave(carol, room),
      ];
      const { host } = rooms();

      const listed = await say(admin, "list", { room });
      expect(listed.split("\n")).toEqual([
        `${bob.jid} (in the room)`,
        `${carol.jid} (absent)`,
        "2 registrations",
      ]);
      for (const node of nodes) expect(listed).not.toContain(node);
      expect(await say(admin, "count", { room })).toBe("2 registrations");
      expect(await say(admin, "count", {})).toBe("2 registrations in 1 rooms");
      expect(await say(admin, "count", { room: host })).toContain("in 1 rooms");

      await admin.say(room, "hello");
      await waitForPush(carol, room);
      expect(await say(admin, "list", { room })).toContain(
        `${carol.jid} (pushed)`,
      );
      expect(await say(admin, "drop", { room, jid: carol.jid })).toBe(
        "1 registrations dropped",
      );
      expect(await wasRegistered(carol, room)).toBe(false);
      expect(await say(admin, "drop", { room, jid: carol.jid })).toBe(
        "0 registrations dropped",
      );
      expect(await say(admin, "drop", { room, jid: "all" })).toBe(
        "1 registrations dropped",
      );
      await rooms().kill();
      await rooms().start();
      expect(await wasRegistered(bob, room)).toBe(false);
      expect(await say(admin, "count", {})).toBe("0 registrations in 0 rooms");
    });

    it("say what is wrong with a room or a JID", async () => {
      const admin = await connectAdmin();
      const room = await stage.createRoom(admin);
      await register(admin, room);
      const none = "!No registrations there";
      const empty = await stage.createRoom(admin);
      expect(await say(admin, "list", { room: empty })).toBe(none);
      expect(await say(admin, "count", { room: stage.newRoomJid() })).toBe(
        none,
      );
      expect(await say(admin, "list", { room: admin.jid })).toBe(
        `!Not a room of ${rooms().host}`,
      );
      expect(await say(admin, "drop", { room, jid: "b b@c" })).toContain(
        "!A full",
      );
      expect(await say(admin, "list", {})).toMatch(/^!./);
      expect((await command(admin, "drop")).toString()).toContain("executing");
      expect(await wasRegistered(admin, room)).toBe(true);
    });

    it("are for administrators only", async () => {
      const admin = await connectAdmin();
      const bob = await stage.connect("bob");
      const room = await stage.createRoom(bob);
      await register(admin, room);
      for (const name of ["list", "count", "drop"])
        expect(outcomeOf(await command(bob, name, { room, jid: "all" }))).toBe(
          "auth/forbidden",
        );
      expect(await wasRegistered(admin, room)).toBe(true);
    });
  });

  describe("uninstall", () => {
    const configFile = () => path.join(rooms().folder, "prosody.cfg.lua");

    /** Step 2 of the page, or its opposite. */
    async function restartWithModule(isWanted: boolean) {
      const config = readFileSync(configFile(), "utf8");
      const [from, to] = ['"muc_push", ', "--[[muc_push]] "];
      const changed = isWanted
        ? config.replace(to, from)
        : config.replace(from, to);
      expect(changed).not.toBe(config);
      writeFileSync(configFile(), changed);
      await rooms().terminate();
      await rooms().start();
    }

    /** What is on disk about the room's registrations: its file, and the list of such rooms. */
    function stored(room: string) {
      const { folder } = rooms();
      const list = roomListFile(folder);
      return {
        file: readFileSync(roomFile(folder, room), "utf8"),
        list: existsSync(list) ? readFileSync(list, "utf8") : "",
      };
    }

    it("in the page's order nothing stays, and Prosody starts again with rooms as they come", async () => {
      const admin = await connectAdmin();
      const bob = await stage.connect("bob");
      const room = await stage.createRoom(admin);
      const other = await stage.createRoom(admin);
      const nodes = [await register(admin, room), await register(bob, other)];
      nodes.push(await registerAndLeave(bob, room));
      for (const each of [room, other])
        await say(admin, "drop", { room: each, jid: "all" });
      await restartWithModule(false);
      for (const each of [room, other]) {
        const { file, list } = stored(each);
        for (const node of nodes) expect(file).not.toContain(node);
        expect(file).not.toContain("muc_push");
        expect(list).not.toContain(each);
      }

      await bob.joinRoom(room, "bob");
      const features = await featuresOf(bob, room);
      expect(features).toContain("muc_persistent");
      expect(features).not.toContain(NS.push);
      expect(await enable(bob, room, { jid: bob.jid, node: "n" })).toBe(
        "cancel/service-unavailable",
      );
      await bob.say(room, "hello");
      await restartWithModule(true);
    });

    it("what was not dropped stays with its room, is pushed if the module comes back, and can be dropped then", async () => {
      const admin = await connectAdmin();
      const bob = await stage.connect("bob");
      const room = await stage.createRoom(admin);
      const node = await registerAndLeave(bob, room);
      await restartWithModule(false);
      await admin.joinRoom(room, "alice");
      await admin.configureRoom(room, { persistent: true });
      await admin.say(room, "hello");
      await fence(bob, room);
      expect(pushesOf(bob, room)).toEqual([]);
      expect(stored(room).file).toContain(node);
      expect(stored(room).file).toContain(bob.jid);
      expect(stored(room).list).toContain(room);

      await restartWithModule(true);
      await admin.joinRoom(room, "alice");
      await admin.say(room, "hello");
      await waitForPush(bob, room);
      await say(admin, "drop", { room, jid: "all" });
      await restartWithModule(false);
      expect(stored(room).file).not.toContain(node);
      expect(stored(room).file).not.toContain(bob.jid);
      expect(stored(room).list).not.toContain(room);
      await restartWithModule(true);
    });
  });

  /** Asks Prosody's shell over its socket, as `prosodyctl shell` does. */
  function askShell(input: string): Promise<Element> {
    const socket = connect(path.join(rooms().folder, "data/prosody.sock"));
    socket.setEncoding("utf8");
    return new Promise((resolve, reject) => {
      let text = "";
      socket.once("error", reject);
      socket.on("data", (chunk: string) => {
        text += chunk;
        const result = /<repl-result.*?(\/>|<\/repl-result>)/s.exec(text);
        if (!result) return;
        socket.destroy();
        resolve(parse(result[0]));
      });
      socket.write(
        "<?xml version='1.0'?><stream:stream xmlns='xmpp:prosody.im/admin' xmlns:stream='http://etherx.jabber.org/streams'>" +
          createElement("repl-input", {}, input).toString(),
      );
    });
  }

  describe("in Prosody's shell", () => {
    it("the same commands, since Prosody 13", async ({ skip }) => {
      const alice = await stage.connect("alice");
      const bob = await stage.connect("bob");
      const room = await stage.createRoom(alice);
      const version = /Prosody version (\d+)/.exec(rooms().readLog())?.[1];
      if (Number(version) < 13) skip("an older Prosody");
      const node = await registerAndLeave(bob, room);
      const listed = (await askShell(`muc_push:list("${room}")`)).getText();
      expect(listed).toContain(`${bob.jid} (absent)`);
      expect(listed).not.toContain(node);
      expect(
        (await askShell(`muc_push:count("${rooms().host}")`)).getText(),
      ).toContain("registrations in");
      const wrong = await askShell(`muc_push:list("${bob.jid}")`);
      expect(wrong.attrs.type).toBe("error");
      expect(
        (await askShell(`muc_push:drop("${room}", "${bob.jid}")`)).getText(),
      ).toContain("1 registrations dropped");
      expect(await wasRegistered(bob, room)).toBe(false);
    });
  });

  describe("statistics", () => {
    async function metrics(): Promise<Record<string, number>> {
      const response = await fetch(
        `http://${rooms().host}:${HTTP_PORT}/metrics`,
      );
      const lines = (await response.text()).matchAll(
        /^prosody_mod_muc_push__(\w+?)(?:_total)?\{[^}]*\} ([\d.]+)$/gm,
      );
      return Object.fromEntries(
        [...lines].map(([, name, value]) => [name, Number(value)]),
      );
    }

    it("count registrations, pushes and what became of them", async () => {
      const alice = await stage.connect("alice");
      const absentees = await Promise.all(
        ["bob", "carol", "dave", "erin"].map((name) => stage.connect(name)),
      );
      const room = await stage.createRoom(alice);
      const before = await metrics();
      for (const client of absentees) await registerAndLeave(client, room);
      await register(alice, room);
      await alice.say(room, "hello");
      const answers = [
        "result",
        stanzaError("wait", "resource-constraint"),
        stanzaError("cancel", "item-not-found"),
      ];
      for (const [i, client] of absentees.entries()) {
        const push = await waitForPush(client, room);
        const answer = answers[i];
        if (answer) client.answer(push, answer);
        await fence(client, room);
        expect(pushesOf(client, room)).toHaveLength(1);
      }
      const after = await metrics();
      const grown = Object.fromEntries(
        Object.entries(after).map(([name, value]) => [
          name,
          value - (before[name] ?? 0),
        ]),
      );
      expect(grown).toMatchObject({
        registrations: 4,
        rooms: 1,
        pushes: 4,
        kept: 1,
        put_off: 1,
        refused: 1,
        unanswered: 0,
        ready_messages: 0,
        // One waits to be retried, one for its answer.
        pending: 2,
      });
    });
  });
});
