/** The older releases of Converse.js: the same plugin files do the same there, in Chromium, with real servers. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChatPage } from "../../rig/chat-page";
import { NEWEST, RELEASES, type Release } from "../../rig/releases";
import { lendBrowser } from "./lent-browser";
import { kick } from "./moderation";
import {
  beginScene,
  expectNothingLost,
  numbered,
  type Scene,
  type SceneOptions,
} from "./scene";
import { shutDownAloud } from "./shutdown";
import { comeBack, lookAtTab, reportOf, sayDirectly, storyOf } from "./stage";

/** The same for all, so that nothing here depends on what a release does by itself. */
const SETTINGS = { allow_bookmarks: false, auto_register_muc_nickname: false };

/** A ping that is lost together with its link is not waited for long. */
const ANSWER_TIMEOUT_MS = 2_000;

/** How long bob rests between two messages. */
const PACE_MS = 40;

const OLDER = RELEASES.filter((release) => release !== NEWEST);

const browser = lendBrowser();

const begin = (release: Release, options: SceneOptions): Promise<Scene> =>
  beginScene({
    browser: browser(),
    release,
    settings: () =>
      Promise.resolve({
        ...SETTINGS,
        muc_push_answer_timeout_ms: ANSWER_TIMEOUT_MS,
      }),
    ...options,
  });

/** Notes every change of what Converse believes about a room. @returns what tells them */
async function watchStatus(
  { page }: ChatPage,
  room: string,
): Promise<() => Promise<unknown[]>> {
  const changes = await page.evaluateHandle((jid) => {
    const seen: unknown[] = [];
    const { session } = window.rig.chat(jid) as unknown as {
      session: { on(event: string, listener: () => void): void } & Map<
        string,
        unknown
      >;
    };
    session.on("change:connection_status", () =>
      seen.push(session.get("connection_status")),
    );
    return seen;
  }, room);
  return () => changes.jsonValue();
}

describe.each(OLDER)("Converse.js %s", (release) => {
  describe("in a room on Prosody", () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await begin(release, { plugin: "script" });
    });
    afterAll(() => scene.close());

    test("after a SIGKILL the page is back after one ping and one join, and Converse sees nothing of it", async () => {
      const { alice, bob, room } = scene;
      expect(await alice.converseVersion()).toBe(release);
      const changes = await watchStatus(alice, room);
      for (const round of ["first", "second"]) {
        const since = await scene.crash();
        for (const body of numbered(`${round} crash:`, 5))
          await bob.say(room, body);
        await alice.waitForEvent("mucPushBack", { room, since });
        await alice.waitForEvent("mucPushEnabled", { room, since });
        expect(storyOf(await alice.wire(), room, since)).toEqual([
          "push",
          "answer result",
          "ping",
          "join",
          "enable",
        ]);
      }
      await expectNothingLost(scene);
      expect(await changes()).toEqual([]);
    });

    test("what is said before, during and after the return is there, once and in order", async () => {
      const { alice, bob, room } = scene;
      const since = await scene.crash();
      await scene.burst(numbered("talk: missed", 60));
      let isBack = false;
      const back = alice
        .waitForEvent("mucPushBack", { room, since })
        .finally(() => (isBack = true));
      for (let n = 1; !isBack; n++) {
        await bob.say(room, `talk: meanwhile ${n}`);
        await delay(PACE_MS);
      }
      await back;
      await expectNothingLost(scene, "talk:");
    });

    test("what alice says while silently out is said once, after the return", async () => {
      const { alice, bob, room } = scene;
      await scene.crash();
      await alice.say(room, "is anybody here?");
      const isHers = (body: string) => (stanza: { toString(): string }) =>
        stanza.toString().includes(body);
      await bob.waitFor(isHers("is anybody here?"));
      await alice.say(room, "and now?");
      await bob.waitFor(isHers("and now?"));
      await expectNothingLost(scene);
      const said = scene.heardByBob().filter(({ nick }) => nick === "alice");
      expect(said.map(({ body }) => body)).toEqual([
        "is anybody here?",
        "and now?",
      ]);
    });

    test("who is kicked unregisters and stays out", async () => {
      const { alice, bob, stage } = scene;
      const room = `cellar@${stage.servers.rooms.host}`;
      await bob.joinRoom(room, "bob");
      await alice.openRoom(room, "alice");
      await alice.waitForEvent("mucPushEnabled", { room });
      const since = Date.now();
      await kick(bob, room, "alice");
      await alice.waitForEvent("mucPushGivenUp", { room, since });
      await alice.waitForEvent("mucPushDisabled", { room, since });
      await lookAtTab(alice);
      await sayDirectly(bob, alice, stage, "did you look?");
      await scene.crash();
      await comeBack(bob, room, "bob");
      await bob.say(room, "where is alice?");
      await sayDirectly(bob, alice, stage, "goodbye");
      expect(storyOf(await alice.wire(), room, since)).toEqual(["disable"]);
      const left = { state: "left", reason: "kicked" };
      expect(await reportOf(alice, room)).toEqual(left);
    });

    test("who closes the room is unregistered before the room learns that they are gone", async () => {
      const { alice, bob, room, stage } = scene;
      await alice.openRoom(room, "alice");
      await alice.waitForPushState(room, "joined");
      await sayDirectly(bob, alice, stage, "are you back?");
      const since = Date.now();
      await alice.closeRoom(room);
      await alice.waitForEvent("mucPushDisabled", { room, since });
      await sayDirectly(bob, alice, stage, "good night");
      expect(storyOf(await alice.wire(), room, since)).toEqual([
        "disable",
        "unavailable",
      ]);
    });
  });

  test("loaded as a module, in a room without archive: the very message that caused the push is there", async () => {
    const scene = await begin(release, {
      plugin: "module",
      roomArchive: false,
    });
    try {
      const { alice, bob, room } = scene;
      const since = await scene.crash();
      await bob.say(room, "the very message");
      await alice.waitForEvent("mucPushBack", { room, since });
      await expectNothingLost(scene);
    } finally {
      await scene.close();
    }
  });

  test("after ejabberd has announced its shutdown (332) the page comes back by itself, with what was said meanwhile", async () => {
    const scene = await begin(release, { roomServer: "ejabberd" });
    try {
      const { alice, bob, room, stage } = scene;
      const changes = await watchStatus(alice, room);
      const { since } = await shutDownAloud(stage, alice);
      await stage.servers.rooms.start();
      await comeBack(bob, room, "bob");
      await bob.say(room, "she is not here yet");
      await alice.waitForEvent("mucPushBack", { room, since });
      await expectNothingLost(scene);
      expect(await changes()).toEqual([]);
    } finally {
      await scene.close();
    }
  });
});
