/** What only concerns the pushes after a start of mod_muc_push for Prosody. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bare } from "../../rig/raw-client";
import {
  destroyRoom,
  enable,
  fence,
  isPush,
  pushesOf,
  register,
  registerAndLeave,
  waitForPush,
  wasRegistered,
} from "./acts";
import { ownerAndAbsentee } from "./openings";
import {
  PROSODIES,
  type RunningProsody,
  startProsody,
  startSingleProsody,
} from "./prosody";
import { roomFile, roomListFile } from "./prosody-files";
import type { PushSettings } from "./server-under-test";
import { useStage } from "./stage";

const here = path.dirname(fileURLToPath(import.meta.url));

describe.each(PROSODIES)("mod_muc_push on $name", (prosody) => {
  function useProsodyStage(settings: PushSettings) {
    let running: RunningProsody | undefined;
    const stage = useStage(
      {
        ...prosody,
        start: async (given) =>
          (running = await startProsody(given, {
            release: prosody.release,
            modules: [path.join(here, "prosody-modules/mod_reload_test.lua")],
          })),
      },
      { intervalSeconds: 0, startupDelaySeconds: 0, ...settings },
    );
    const prosodyServers = () => {
      if (!running) throw new Error("the servers run inside of tests only");
      return running;
    };

    async function crash(whileDown: () => void = () => undefined) {
      await stage.servers.rooms.kill();
      whileDown();
      await stage.servers.rooms.start();
    }

    return {
      stage,
      crash,
      prosodyServers,
      folder: () => prosodyServers().rooms.folder,
    };
  }

  describe("one room with thousands of registrations", () => {
    const COUNT = 2000;
    const RATE = 1000;
    const { stage, crash, prosodyServers, folder } = useProsodyStage({
      startupRate: RATE,
      maxPending: 300,
    });

    /** Of one account: its server says that all these resources are gone. */
    function addRegistrations(room: string, owner: string): void {
      const file = roomFile(folder(), room);
      const more = Array.from(
        { length: COUNT - 1 },
        (_, i) =>
          `["${owner}/${i}"] = { ["node"] = "n${i}"; ["order"] = ${i + 2} };`,
      );
      const text = readFileSync(file, "utf8");
      const changed = text.replace(
        '["by_jid"] = {',
        (start) => start + more.join("\n"),
      );
      expect(changed).not.toBe(text);
      writeFileSync(file, changed);
    }

    it(`pushes ${COUNT} of them once each, no faster than allowed, and forgets those who are gone`, async () => {
      const { alice, bob, room } = await ownerAndAbsentee(stage);
      await crash(() => addRegistrations(room, bare(bob.jid)));

      const pushes = () =>
        prosodyServers()
          .trace()
          .filter(
            ({ direction, stanza }) =>
              direction === "out" && isPush(stanza, room),
          );
      await prosodyServers().waitForTrace(() => pushes().length > 0);
      const firstAt = performance.now();
      bob.answer(await waitForPush(bob, room), "result");
      await prosodyServers().waitForTrace(() => pushes().length >= COUNT, {
        timeoutMs: 60_000,
      });
      const durationMs = performance.now() - firstAt;
      // The room can be used, and all answers are there.
      await alice.joinRoom(room, "alice");
      await fence(bob, room);
      const sent = pushes();
      expect(new Set(sent.map(({ stanza }) => stanza.attrs.to)).size).toBe(
        COUNT,
      );
      expect(sent).toHaveLength(COUNT);
      // What comes first may have been read late, on a busy machine.
      expect(durationMs).toBeGreaterThan((COUNT / RATE) * 1000 - 1000);
      await alice.say(room, "hello");
      bob.answer(await waitForPush(bob, room, 2), "result");
      await fence(bob, room);
      expect(pushes()).toHaveLength(COUNT + 1);
      expect(await wasRegistered(bob, room)).toBe(true);
    });
  });

  describe("the list of rooms with registrations", () => {
    const { stage, crash, folder } = useProsodyStage({ startupRate: 100 });

    const listedRooms = () =>
      existsSync(roomListFile(folder()))
        ? readFileSync(roomListFile(folder()), "utf8")
        : "";

    it("has a room before its first result, and until its last registration ends", async () => {
      const { bob, room } = await ownerAndAbsentee(stage);
      expect(listedRooms()).toContain(room);
      expect(await wasRegistered(bob, room)).toBe(true);
      expect(listedRooms()).not.toContain(room);
    });

    it("lets go a room that is destroyed", async () => {
      const { alice, room } = await ownerAndAbsentee(stage);
      await destroyRoom(alice, room);
      expect(listedRooms()).not.toContain(room);
    });

    it("keeps rooms without registrations from being loaded", async () => {
      const { alice, bob, room } = await ownerAndAbsentee(stage);
      const quiet = await stage.createRoom(alice);
      const before = stage.servers.rooms.readLog().length;
      await crash();
      await waitForPush(bob, room);
      const log = stage.servers.rooms.readLog().slice(before);
      expect(log).toContain(`Restoring room ${room}`);
      expect(log).not.toContain(`Restoring room ${quiet}`);
    });

    it("is completed by a room that is missing, as soon as it is used", async () => {
      const { alice, bob, room } = await ownerAndAbsentee(stage);
      await crash(() => rmSync(roomListFile(folder())));
      await alice.joinRoom(room, "alice");
      expect(pushesOf(bob, room)).toEqual([]);
      expect(listedRooms()).toContain(room);
      await crash();
      await waitForPush(bob, room);
    });

    it("lets go a room that is not there any more", async () => {
      const { room } = await ownerAndAbsentee(stage);
      const { bob, room: other } = await ownerAndAbsentee(stage);
      await crash(() => rmSync(roomFile(folder(), room)));
      await waitForPush(bob, other);
      await fence(bob, other);
      await crash();
      await waitForPush(bob, other, 2);
      expect(listedRooms()).not.toContain(room);
      expect(listedRooms()).toContain(other);
    });

    it("keeps a room that cannot be read now", async () => {
      const { bob, room } = await ownerAndAbsentee(stage);
      const file = roomFile(folder(), room);
      const text = readFileSync(file, "utf8");
      const { bob: carol, room: other } = await ownerAndAbsentee(stage);
      await crash(() => writeFileSync(file, "return {"));
      await waitForPush(carol, other);
      await fence(carol, other);
      expect(await enable(bob, room, { jid: bob.jid, node: "another" })).toBe(
        "wait/resource-constraint",
      );
      await crash(() => writeFileSync(file, text));
      await waitForPush(bob, room);
    });

    it("a registration is refused when its room cannot be put on it", async () => {
      const alice = await stage.connect("alice");
      const room = await stage.createRoom(alice);
      // Where Prosody writes the new file before it takes the old one's place.
      const inTheWay = `${roomListFile(folder())}~`;
      mkdirSync(inTheWay);
      const own = { jid: alice.jid, node: "n" };
      expect(await enable(alice, room, own)).toBe("wait/internal-server-error");
      rmdirSync(inTheWay);
      expect(await wasRegistered(alice, room)).toBe(false);
      expect(await enable(alice, room, own)).toBe("result");
    });
  });

  describe("reloaded at run time", () => {
    const { stage } = useProsodyStage({ startupRate: 100 });

    it("pushes those without a seat, once, and nobody else", async () => {
      const alice = await stage.connect("alice");
      const bob = await stage.connect("bob");
      const carol = await stage.connect("carol");
      const room = await stage.createRoom(alice);
      await register(carol, room);
      await alice.say(room, "before");
      await registerAndLeave(bob, room);
      const said = alice.say(room, "reload muc_push");
      // One for what was said; one by the module that does not know of the other.
      await said;
      await waitForPush(bob, room, 2);
      await Promise.all([fence(bob, room), fence(carol, room)]);
      expect(pushesOf(bob, room)).toHaveLength(2);
      expect(pushesOf(carol, room)).toEqual([]);
      bob.answer(await waitForPush(bob, room, 2), "result");
      await fence(bob, room);
      await alice.say(room, "after");
      await waitForPush(bob, room, 3);
      expect(await wasRegistered(carol, room)).toBe(true);
    });
  });

  describe("a start of the server that has the users, too", () => {
    const stage = useStage(
      {
        ...prosody,
        start: (settings) => startSingleProsody(settings, prosody.release),
      },
      // All within one tick.
      { intervalSeconds: 0, startupRate: 1000, startupDelaySeconds: 6 },
    );

    it("pushes those who are online again, and forgets those who are not", async () => {
      const alice = await stage.connect("alice");
      const bob = await stage.connect("bob", "home");
      const carol = await stage.connect("carol", "home");
      const room = await stage.createRoom(alice);
      await register(bob, room);
      await register(carol, room);
      await stage.servers.rooms.kill();
      await stage.servers.rooms.start();
      const again = await stage.connect("bob", "home");
      again.answer(await waitForPush(again, room), "result");
      await fence(again, room);
      expect(await wasRegistered(again, room)).toBe(true);
      const late = await stage.connect("carol", "home");
      expect(await wasRegistered(late, room)).toBe(false);
      expect(pushesOf(late, room)).toEqual([]);
    });
  });
});
