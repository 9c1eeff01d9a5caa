/** mod_muc_push for ejabberd beside a module that stops messages. */
import { describe, expect, it } from "vitest";
import { fence, pushesOf, registerAndLeave, sayAndFence } from "./acts";
import { EJABBERDS, startEjabberdBeside } from "./ejabberd";
import { useStage } from "./stage";

describe.each(EJABBERDS)(
  "$server.name: beside other modules",
  ({ release, server }) => {
    const stage = useStage(
      {
        ...server,
        start: (settings) =>
          startEjabberdBeside(settings, release, ["mod_veto_test"]),
      },
      { intervalSeconds: 0 },
    );

    it("a message that another module stops pushes nobody", async () => {
      const alice = await stage.connect("alice");
      const bob = await stage.connect("bob");
      const room = await stage.createRoom(alice);
      await registerAndLeave(bob, room);
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
  },
);
