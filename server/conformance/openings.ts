/** How most tests begin: Alice in a room of hers, and Bob, of whom the test tells. */
import { registerAndLeave } from "./acts";
import type { Stage } from "./stage";

interface RoomOptions {
  persistent?: boolean;
}

/** Bob has not been in the room yet. */
export async function ownerAndGuest(stage: Stage, options: RoomOptions = {}) {
  const [alice, bob] = await Promise.all([
    stage.connect("alice"),
    stage.connect("bob"),
  ]);
  const room = await stage.createRoom(alice, options);
  return { alice, bob, room };
}

/** Bob is registered, with this node, and has left. */
export async function ownerAndAbsentee(
  stage: Stage,
  options: RoomOptions = {},
) {
  const { alice, bob, room } = await ownerAndGuest(stage, options);
  const node = await registerAndLeave(bob, room);
  return { alice, bob, room, node };
}
