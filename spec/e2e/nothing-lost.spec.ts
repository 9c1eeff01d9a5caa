/** However much was said while alice was silently out: afterwards she has it all, once, and in the room's order. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { layLine } from "../../rig/line";
import { chosenRelease, majorOf } from "../../rig/releases";
import {
  beginScene,
  expectNothingLost,
  KINDS_OF_ROOM,
  nameOf,
  numbered,
  type Scene,
  type SceneOptions,
} from "./scene";
import { lookAtTab, type Stage } from "./stage";

/** None, one, a page of Converse's archive query but one and plus one, ten pages. */
const AMOUNTS = [0, 1, 49, 51, 500];
/** How long bob rests between two messages in a busy room. */
const PACE_MS = 40;
/** The same while a return takes its time. */
const LEISURELY_MS = 500;
/** Only ends a wait that hangs. */
const LONG_RETURN_MS = 100_000;
/** In each direction between alice's page and her server. */
const DELAY_MS = 150;

/** Says so much while alice is out, and more while she is on her way back; compares when she is there. */
async function missAndReturn(
  scene: Scene,
  amount: number,
  paceMs = PACE_MS,
): Promise<void> {
  const { alice, bob, room } = scene;
  const round = `${amount}:`;
  const since = await scene.crash();
  await scene.burst(numbered(`${round} missed`, amount));
  await scene.returnNow();
  // The talk goes on until alice hears it live.
  let isBack = false;
  const back = alice
    .waitForEvent("mucPushBack", { room, since })
    .finally(() => (isBack = true));
  for (let n = 1; !isBack; n++) {
    await bob.say(room, `${round} meanwhile ${n}`);
    await delay(paceMs);
  }
  await back;
  // While it is not looked at nothing is drawn.
  await alice.openRoom(room, "alice");
  await expectNothingLost(scene, round);
}

for (const kind of KINDS_OF_ROOM) {
  describe(nameOf(kind), () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await beginScene({ ...kind, roomPush: false });
    });
    afterAll(() => scene.close());

    for (const amount of AMOUNTS)
      test(`${amount} missed messages and those said during the return are there, once and in order`, () =>
        missAndReturn(scene, amount, amount < 500 ? PACE_MS : LEISURELY_MS));
  });
}

let scene: Scene;
const begin = async (options: SceneOptions): Promise<Scene> =>
  (scene = await beginScene(options));

describe("a room of its own for each", () => {
  afterEach(() => scene.close());

  test("five thousand missed messages are there, once and in order", async () => {
    const { alice, room } = await begin({ roomPush: false });
    // Drawing that much takes Converse minutes: the user looks at another room.
    const [, host] = room.split("@");
    await alice.openRoom(`other@${host}`, "alice");
    alice.page.setDefaultTimeout(LONG_RETURN_MS);
    await missAndReturn(scene, 5_000, LEISURELY_MS);
  });

  /** alice's page is far from her server, as usual, and the rooms are near to it. */
  const farAway = async ({ servers }: Stage) => {
    const line = await layLine(servers.users.websocketUrl, {
      delayMs: DELAY_MS,
    });
    return { websocket_url: line.over(servers.users.websocketUrl) };
  };

  /** bob says sixty messages or more, and alice comes back in the middle of them. @returns what she lacks */
  async function sixtyDuringTheReturn(
    options: SceneOptions,
  ): Promise<readonly string[]> {
    const { alice, bob, room, ...rest } = await begin({
      affiliation: "member",
      // So that there is something to miss before she comes back.
      roomPush: false,
      settings: farAway,
      ...options,
    });
    const since = await rest.crash();
    for (const body of numbered("before the return:", 20))
      await bob.say(room, body);
    await rest.returnNow();
    let isLive = false;
    const live = alice
      .waitForWire("in", "during the return:", { since })
      .finally(() => (isLive = true));
    // On a slow machine a return takes longer than forty messages.
    for (let n = 1; n <= 40 || !isLive; n++) {
      await bob.say(room, `during the return: ${n}`);
      await delay(PACE_MS);
    }
    await live;
    return rest.whatDiffers();
  }

  test("a member who is far away has all sixty messages that were said while she came back", async () => {
    expect(await sixtyDuringTheReturn({})).toEqual([]);
  });

  test("without the plugin a member who comes back to the tab lacks some of them", async () => {
    const differs = await sixtyDuringTheReturn({ plugin: "off" });
    expect(differs.join("\n")).toMatch(/alice's Converse: \d+ missing/);
  });

  const NO_ARCHIVE = { roomArchive: false } as const;

  test("a room without archive: the very message that caused the push is there", async () => {
    const { crash, bob, alice, room } = await begin(NO_ARCHIVE);
    const since = await crash();
    await bob.say(room, "the very message");
    await alice.waitForEvent("mucPushBack", { room, since });
    await expectNothingLost(scene);
  });

  // Older releases take what history a room gives.
  test.skipIf(majorOf(chosenRelease()) < 14)(
    "without the plugin what was said in a room without archive before the return is lost",
    async () => {
      const { crash, bob, alice, room } = await begin({
        ...NO_ARCHIVE,
        plugin: "off",
      });
      await crash();
      await bob.say(room, "the very message");
      const since = Date.now();
      await lookAtTab(alice);
      await alice.waitForWire("in", "110", { since });
      const differs = await scene.whatDiffers();
      expect(differs.join("\n")).toContain(
        "alice's Converse: 1 missing: bob: the very message",
      );
    },
  );
});
