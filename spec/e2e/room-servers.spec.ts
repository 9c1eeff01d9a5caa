/** Every room server that pushes, in every release: killed, and shut down in order. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "../../rig/browser";
import {
  EJABBERD_RELEASES,
  isEjabberd,
  PROSODY_RELEASES,
  type EjabberdName,
  type ProsodyName,
} from "../../rig/server-releases";
import { beginScene, expectNothingLost, numbered, type Scene } from "./scene";
import { comeBack, storyOf } from "./stage";

const RELEASES = { ...PROSODY_RELEASES, ...EJABBERD_RELEASES };
const NAMES = Object.keys(RELEASES) as (ProsodyName | EjabberdName)[];
const RETURN = ["push", "answer result", "ping", "join", "enable"];

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

describe.each(NAMES.map((name) => ({ name, ...RELEASES[name] })))(
  "rooms on $title",
  ({ name }) => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await beginScene({ roomServer: name, roomPush: true, browser });
    });
    afterAll(() => scene.close());

    test("after a SIGKILL the first message brings the page back, every time, and nothing is lost", async () => {
      const { alice, bob, room } = scene;
      for (const round of ["first", "second"]) {
        const since = await scene.crash();
        for (const body of numbered(`${round} crash:`, 3))
          await bob.say(room, body);
        await alice.waitForEvent("mucPushBack", { room, since });
        await alice.waitForEvent("mucPushEnabled", { room, since });
        expect(storyOf(await alice.wire(), room, since)).toEqual(RETURN);
        await alice.say(room, `alice after the ${round} crash`);
        await bob.waitFor(
          (stanza) =>
            stanza.getChildText("body") === `alice after the ${round} crash`,
        );
      }
      await expectNothingLost(scene);
    });

    test("after a SIGTERM nothing is lost, and nobody joins whose seat was kept", async () => {
      const { alice, bob, room, stage } = scene;
      const since = Date.now();
      await stage.servers.rooms.terminate();
      await alice.say(room, "alice while the service is down");
      await stage.servers.rooms.start();
      if (isEjabberd(name)) {
        await comeBack(bob, room, "bob");
        await bob.say(room, "after the restart");
        await alice.waitForEvent("mucPushBack", { room, since });
      } else {
        await bob.say(room, "after the restart");
      }
      await bob.waitFor(
        (stanza) =>
          stanza.getChildText("body") === "alice while the service is down",
      );
      const joins = storyOf(await alice.wire(), room, since).filter(
        (deed) => deed === "join",
      );
      expect(joins).toHaveLength(isEjabberd(name) ? 1 : 0);
      await expectNothingLost(scene);
    });
  },
);

test.each(NAMES)(
  "%s: after a SIGKILL the page is back before anybody has said a word",
  async (name) => {
    const scene = await beginScene({
      roomServer: name,
      roomPush: true,
      roomWave: 1,
      browser,
    });
    try {
      const { alice, room, stage } = scene;
      const since = Date.now();
      await stage.servers.rooms.kill();
      await stage.servers.rooms.start();
      await alice.waitForEvent("mucPushBack", { room, since });
      await alice.waitForEvent("mucPushEnabled", { room, since });
      expect(storyOf(await alice.wire(), room, since)).toEqual(RETURN);
      await comeBack(scene.bob, room, "bob");
      await expectNothingLost(scene);
    } finally {
      await scene.close();
    }
  },
);
