import { isKept } from "../../core/membership.js";
import type { Desk, Undo } from "../../ports.js";
import type { Reading } from "../act/reading.js";
import type { Rooms } from "../act/rooms.js";
import type { Leadership } from "./tabs.js";

/** Follows the joins of the tab that acts, and takes over from it. */
export function followTabs(
  tabs: Leadership,
  { rooms, reading }: { readonly rooms: Rooms; readonly reading: Reading },
  desk: Desk,
): Undo {
  tabs.listen((room, sentAt) => {
    const is = desk.ask(room);
    if (!rooms.modelOf(room) || !isKept(is)) return;
    const { catchUp } = is;
    const confirmedAt =
      catchUp.tag === "absent" ? null : catchUp.confirmation?.at;
    // The room's answer was there first: its words in between may be missing here.
    if (confirmedAt != null && confirmedAt >= sentAt) {
      const hasArchive = rooms.hasArchive(room);
      return desk.tell(room, { type: "late-news", hasArchive });
    }
    const facts = reading.factsOf(room, desk.oldestPending(room));
    desk.tell(room, { type: "join-sent", facts });
  });
  // Nobody knows how far the last one got.
  void tabs.acquired.then(() => desk.tellAll({ type: "check-wanted" }));
  return () => tabs.stop();
}
