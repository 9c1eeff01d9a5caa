/** What holds beside another module that stops messages: `mod_veto_test` stops those that say "veto". */
import { expect, it } from "vitest";
import { fence, pushesOf, sayAndFence } from "./acts";
import { ownerAndAbsentee } from "./openings";
import type { Stage } from "./stage";

export function itPushesNobodyAfterVeto(stage: Stage): void {
  it("a message that another module stops pushes nobody", async () => {
    const { alice, bob, room } = await ownerAndAbsentee(stage);
    alice.send(
      `<message type="groupchat" to="${room}"><body>veto</body></message>`,
    );
    await fence(alice, room);
    await fence(bob, room);
    expect(pushesOf(bob, room)).toEqual([]);
    await sayAndFence(alice, room, bob);
    expect(pushesOf(bob, room)).toHaveLength(1);
    expect(
      alice.received.some((stanza) => stanza.getChildText("body") === "veto"),
    ).toBe(false);
  });
}
