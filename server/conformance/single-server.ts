/** What holds on each server that has both users and rooms: between them, answers may come within the send. */
import { expect, it } from "vitest";
import type { RawClient } from "../../rig/raw-client";
import {
  fence,
  registerAndLeave,
  sayAndFence,
  waitForPush,
  wasRegistered,
} from "./acts";
import { localpart, type Stage } from "./stage";

export function itPushesOnlyThoseOnline(stage: Stage): void {
  it("pushes those who are online, and forgets those who are not, whose server answers within the send", async () => {
    const alice = await stage.connect("alice");
    const room = await stage.createRoom(alice);
    const online: RawClient[] = [];
    const gone: RawClient[] = [];
    for (let i = 0; i < 6; i++) {
      const absentee = await stage.connect(`user${i}`, "home");
      await registerAndLeave(absentee, room);
      (i % 2 === 0 ? online : gone).push(absentee);
    }
    for (const absentee of gone) await absentee.close();
    await alice.say(room, "hello");
    for (const absentee of online) {
      absentee.answer(await waitForPush(absentee, room), "result");
      await fence(absentee, room);
      expect(await wasRegistered(absentee, room)).toBe(true);
    }
    for (const { jid } of gone) {
      const again = await stage.connect(localpart(jid), "home");
      expect(again.jid).toBe(jid);
      expect(await wasRegistered(again, room)).toBe(false);
    }
    await sayAndFence(alice, room, alice);
  });
}
