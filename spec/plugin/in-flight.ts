/** In the middle of a check or of a return: the room keeps its answer back until the test gives it. */
import type { Chat } from "./chat";
import type { ChatOptions, Harness } from "./harness";
import { Hold, type HeldRequest, type Room } from "./scripted-server";

/** Opens a page that asks its room for pushes. @returns also what hands out each such request */
export async function openEnabling(
  harness: Harness,
  settings: ChatOptions["settings"] = {},
) {
  const enables = new Hold();
  const chat = await harness.open({
    settings,
    prepare: (server) => server.room("garden").onEnable(enables.responder),
  });
  return { chat, room: chat.room(), enables };
}

/** The room pushes, and is pinged. */
export function pingInFlight(chat: Chat, room: Room): Promise<HeldRequest> {
  const pings = new Hold();
  room.onPing(pings.responder);
  chat.server.push({ from: room.jid });
  return pings.next();
}

/**
 * All rooms have forgotten their occupants, and this one is joined again.
 *
 * @param cause what makes the page find out; a push by default
 */
export async function rejoinInFlight(
  { server }: Chat,
  room: Room,
  cause: () => unknown = () => server.push({ from: room.jid }),
): Promise<HeldRequest> {
  const joins = new Hold();
  room.onJoin(joins.responder);
  server.rebootRooms();
  await cause();
  return joins.next();
}
