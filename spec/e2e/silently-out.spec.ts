/** The user speaks in a room that has lost them: the room's refusal is what brings them back, on real servers. */
import { afterEach, expect, test } from "vitest";
import { comeBack, setStage, storyOf, type Stage } from "./stage";

let stage: Stage;
afterEach(() => stage.close());

const REFUSALS = [
  { roomServer: "prosody", type: "cancel", story: ["ping", "join", "enable"] },
  { roomServer: "ejabberd", type: "modify", story: ["ping", "join"] },
] as const;

for (const { roomServer, type, story } of REFUSALS) {
  test(`${roomServer} refuses the message (${type}, not-acceptable): one ping, one join, and the page is back`, async () => {
    stage = await setStage({ roomServer });
    const { room, servers } = stage;
    const bob = await stage.logIn("bob");
    await bob.joinRoom(room, "bob");
    // A clean restart, so that the room is on disk before it is killed.
    await servers.rooms.terminate();
    await servers.rooms.start();
    await comeBack(bob, room, "bob");
    const alice = await stage.openAlice();
    if (roomServer === "prosody")
      await alice.waitForEvent("mucPushEnabled", { room });
    await bob.say(room, "all is well");
    await alice.waitForMessage(room, "all is well");

    const since = Date.now();
    await servers.rooms.kill();
    await servers.rooms.start();
    await alice.say(room, "is anybody here?");
    const refusal = await alice.waitForWire("in", "not-acceptable", { since });
    expect(refusal.xml).toMatch(new RegExp(`<error [^>]*type=['"]${type}['"]`));
    const back = await alice.waitForEvent("mucPushBack", { room, since });
    if (roomServer === "prosody")
      await alice.waitForEvent("mucPushEnabled", { room, since });
    expect(back.payload?.["missed"]).toBe(0);

    await comeBack(bob, room, "bob");
    await bob.say(room, "live again");
    await alice.waitForMessage(room, "live again");
    expect(storyOf(await alice.wire(), room, since)).toEqual(story);
    expect(await alice.errors()).toEqual([]);
  });
}
