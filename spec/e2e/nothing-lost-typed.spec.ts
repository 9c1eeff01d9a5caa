/** What alice says while she has no seat, or is about to lose it: everybody gets it after the return, exactly once. */
import { afterEach, describe, expect, test } from "vitest";
import type { RoomMessage } from "../../rig/archive-reader";
import {
  beginScene,
  KINDS_OF_ROOM,
  nameOf,
  type Scene,
  type SceneOptions,
} from "./scene";
import { comeBack, complaintsOf, drawnMessages } from "./stage";

/** Ends a wait for what will not come. */
const ARRIVAL_MS = 15_000;

let scene: Scene;
afterEach(() => scene.close());
const begin = async (options: SceneOptions): Promise<Scene> =>
  (scene = await beginScene(options));

const ofAlice = (): readonly RoomMessage[] =>
  scene.heardByBob().filter(({ nick }) => nick === "alice");

/** Resolves when bob has heard alice say it. */
async function heard(body: string): Promise<void> {
  await scene.bob.waitFor(
    (stanza) =>
      stanza.attrs.type === "groupchat" && stanza.getChildText("body") === body,
    { timeoutMs: ARRIVAL_MS },
  );
}

/** alice's messages, as bob heard them and as her page shows them; nothing more is under way. */
async function expectExactlyOnce(bodies: readonly string[]): Promise<void> {
  const { alice, bob, room } = scene;
  for (const body of bodies) await heard(body);
  // What alice says last comes after whatever her page may say twice.
  await alice.say(room, "alice's last word");
  await heard("alice's last word");
  await bob.say(room, "bob's last word");
  await alice.waitForMessage(room, "bob's last word");
  const all = [...bodies, "alice's last word"];
  expect(ofAlice().map(({ body }) => body)).toEqual(all);
  const shown = await drawnMessages(alice, room);
  expect(shown.filter((body) => all.includes(body))).toEqual(all);
  expect(await complaintsOf(alice)).toEqual([]);
}

for (const kind of KINDS_OF_ROOM) {
  describe(nameOf(kind), () => {
    test("what alice says while silently out is said after the return, once and in order", async () => {
      const { alice, room } = await begin({ ...kind, roomPush: false });
      await scene.crash();
      for (const body of ["is anybody here?", "hello?"])
        await alice.say(room, body);
      await expectExactlyOnce(["is anybody here?", "hello?"]);
    });

    test("what alice says while the server is down is said when it is back", async () => {
      const { alice, bob, room, stage } = await begin(kind);
      const since = Date.now();
      await stage.servers.rooms.kill();
      await alice.say(room, "into the void");
      await alice.waitForWire("in", "remote-server-not-found", { since });
      await stage.servers.rooms.start();
      await comeBack(bob, room, "bob");
      await expectExactlyOnce(["into the void"]);
    });

    test("what alice says at the moment of the crash is said once, whether or not the room had it already", async () => {
      const { alice, bob, room, stage } = await begin(kind);
      const crash = stage.servers.rooms.kill();
      await Promise.all(
        ["now", "or never"].map((body) => alice.say(room, body)),
      );
      await crash;
      await stage.servers.rooms.start();
      await comeBack(bob, room, "bob");
      if (kind.roomServer === "ejabberd") await scene.returnNow();
      await expectExactlyOnce(["now", "or never"]);
    });
  });
}

test("what alice said while silently out is said once, though she reloads the page meanwhile", async () => {
  const { alice, bob, room, stage } = await begin({});
  const since = Date.now();
  await stage.servers.rooms.kill();
  await alice.say(room, "before the reload");
  await alice.waitForWire("in", "remote-server-not-found", { since });
  await alice.page.reload();
  await stage.servers.rooms.start();
  await comeBack(bob, room, "bob");
  await alice.waitUntilEntered(room);
  await expectExactlyOnce(["before the reload"]);
});

for (const roomServer of ["prosody", "ejabberd"] as const) {
  test(`${roomServer}: without the plugin what alice says while silently out is never said`, async () => {
    const { alice, bob, room } = await begin({ roomServer, plugin: "off" });
    const since = await scene.crash();
    await alice.say(room, "is anybody here?");
    await alice.waitForWire("in", "not-acceptable", { since });
    // Stock Converse takes the refusal for a reason to join again, and goes on as if nothing was.
    await bob.waitFor(
      (stanza) =>
        stanza.is("presence") && stanza.attrs.from === `${room}/alice`,
      { timeoutMs: ARRIVAL_MS },
    );
    await bob.say(room, "welcome back");
    await alice.waitForMessage(room, "welcome back");
    await alice.say(room, "did you get it?");
    await heard("did you get it?");
    expect(ofAlice().map(({ body }) => body)).toEqual(["did you get it?"]);
  });
}
