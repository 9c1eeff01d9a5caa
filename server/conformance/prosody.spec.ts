/** What only concerns mod_muc_push for Prosody. */
import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bare } from "../../rig/raw-client";
import {
  disable,
  enable,
  featuresOf,
  fence,
  NS,
  outcomeOf,
  pushesOf,
  register,
  registerAndLeave,
  destroyRoom,
  stanzaError,
  waitForPush,
  wasRegistered,
} from "./acts";
import { ownerAndAbsentee, ownerAndGuest } from "./openings";
import {
  PROSODIES,
  type ProsodyExtras,
  type RunningProsody,
  startProsody,
  startSingleProsody,
} from "./prosody";
import { roomFolder } from "./prosody-files";
import type { ServerUnderTest } from "./server-under-test";
import { itPushesOnlyThoseOnline } from "./single-server";
import { useStage } from "./stage";
import { itPushesNobodyAfterVeto } from "./veto";

describe.each(PROSODIES)("mod_muc_push on $name", (prosody) => {
  function prosodyWith(extras: ProsodyExtras): ServerUnderTest {
    return {
      ...prosody,
      start: (settings) =>
        startProsody(settings, { release: prosody.release, ...extras }),
    };
  }

  function complaints(log: string, option: string): string[] {
    return log
      .split("\n")
      .filter((line) => line.includes("error") && line.includes(`'${option}'`));
  }

  describe("options", () => {
    const stage = useStage(
      prosodyWith({
        config: `
        muc_push_interval = "soon"
        muc_push_timeout = -1
        muc_push_retry_limit = 0
        muc_push_max_node_length = {}
        muc_push_grace = 1
        muc_push_announce_ready = "everybody"
        muc_push_retry_max = "2 hours"
      `,
      }),
      {},
    );

    it("an impossible value is named in the log, and the default is used", async () => {
      const { alice, bob, room } = await ownerAndGuest(stage);

      const log = stage.servers.rooms.readLog();
      expect(complaints(log, "muc_push_interval")).toHaveLength(1);
      expect(complaints(log, "muc_push_timeout")).toHaveLength(1);
      expect(complaints(log, "muc_push_retry_limit")).toHaveLength(1);
      expect(complaints(log, "muc_push_grace")).toEqual([]);
      // Prosody 13 reads units of time.
      const version = Number(/Prosody version (\d+)/.exec(log)?.[1]);
      expect(complaints(log, "muc_push_retry_max")).toHaveLength(
        version < 13 ? 1 : 0,
      );
      expect(complaints(log, "muc_push_announce_ready")).toEqual([
        expect.stringContaining('"none", "registered", "affiliated"'),
      ]);
      expect(await featuresOf(alice, room)).not.toContain(NS.ready);

      await bob.joinRoom(room, "bob");
      const node = "n".repeat(257);
      expect(await enable(bob, room, { jid: bob.jid, node })).toBe(
        "modify/policy-violation",
      );
      await registerAndLeave(bob, room);
      await alice.say(room, "hello");
      bob.answer(
        await waitForPush(bob, room),
        stanzaError("wait", "resource-constraint"),
      );
      await fence(bob, room);
      expect(await wasRegistered(bob, room)).toBe(true);
    });
  });

  describe("beside other modules", () => {
    const here = path.dirname(fileURLToPath(import.meta.url));
    const stage = useStage(
      prosodyWith({
        modules: ["mod_ban_test.lua", "mod_veto_test.lua"].map((name) =>
          path.join(here, "prosody-modules", name),
        ),
        config: "muc_tombstones = true",
      }),
      { intervalSeconds: 0, retryMinSeconds: 0.6 },
    );

    itPushesNobodyAfterVeto(stage);

    it("a ban by another module ends the registration for good", async () => {
      const { alice, bob, room } = await ownerAndAbsentee(stage);
      await alice.say(room, `ban ${bare(bob.jid)}`);
      await stage.servers.rooms.kill();
      await stage.servers.rooms.start();
      expect(await wasRegistered(bob, room)).toBe(false);
      expect(pushesOf(bob, room)).toEqual([]);
    });

    it("the tombstone of a destroyed room counts as no room", async () => {
      const { alice, bob, room, node } = await ownerAndAbsentee(stage);
      await destroyRoom(alice, room);
      const ping = await bob.request(
        `<iq type="get" to="${room}"><query xmlns="${NS.disco}"/></iq>`,
      );
      expect(outcomeOf(ping)).toBe("cancel/gone");
      const own = { jid: bob.jid, node };
      expect(await enable(bob, room, own)).toBe("cancel/item-not-found");
      expect(await disable(bob, room, own)).toBe("cancel/item-not-found");
    });

    it("what was forgotten is stored soon after", async () => {
      const { alice, bob, room } = await ownerAndAbsentee(stage);
      const carol = await stage.connect("carol");
      await registerAndLeave(carol, room);
      await alice.say(room, "hello");
      bob.answer(
        await waitForPush(bob, room),
        stanzaError("cancel", "item-not-found"),
      );
      await fence(bob, room);
      // Carol's fourth push comes more than two seconds later, Bob's change is stored after one.
      const busy = stanzaError("wait", "resource-constraint");
      for (const count of [1, 2, 3])
        carol.answer(await waitForPush(carol, room, count), busy);
      await waitForPush(carol, room, 4);
      await stage.servers.rooms.kill();
      await stage.servers.rooms.start();
      expect(await wasRegistered(bob, room)).toBe(false);
      expect(await wasRegistered(carol, room)).toBe(true);
    });
  });

  describe("users and rooms on one server", () => {
    const stage = useStage(
      {
        ...prosody,
        start: (settings) => startSingleProsody(settings, prosody.release),
      },
      { intervalSeconds: 0 },
    );

    itPushesOnlyThoseOnline(stage);
  });

  describe("storage that fails", () => {
    let running: RunningProsody | undefined;
    const stage = useStage(
      {
        ...prosody,
        start: async (settings) =>
          (running = await startProsody(settings, {
            release: prosody.release,
          })),
      },
      { intervalSeconds: 0 },
    );

    it("no result is sent for what could not be stored", async () => {
      const { alice, bob, room } = await ownerAndGuest(stage);
      await bob.joinRoom(room, "bob");
      const stored = { jid: bob.jid, node: randomUUID() };
      const folder = roomFolder(running?.rooms.folder ?? "");
      const aside = `${folder}-aside`;

      async function withBrokenStorage(act: () => Promise<string>) {
        renameSync(folder, aside);
        writeFileSync(folder, "in the way");
        const outcome = await act();
        rmSync(folder);
        renameSync(aside, folder);
        return outcome;
      }

      expect(await withBrokenStorage(() => enable(bob, room, stored))).toBe(
        "wait/internal-server-error",
      );
      expect(await wasRegistered(bob, room)).toBe(false);

      expect(await enable(bob, room, stored)).toBe("result");
      const changed = { jid: bob.jid, node: randomUUID() };
      expect(await withBrokenStorage(() => enable(bob, room, changed))).toBe(
        "wait/internal-server-error",
      );
      await bob.leaveRoom(room, "bob");
      await alice.say(room, "hello");
      expect((await waitForPush(bob, room)).toString()).toContain(stored.node);

      expect(await withBrokenStorage(() => disable(bob, room, stored))).toBe(
        "wait/internal-server-error",
      );
      await register(bob, room);
    });
  });
});
