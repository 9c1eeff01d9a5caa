import { NS, x, type Element, type Room } from "./scripted-server";

/** A direct invitation to a room (XEP-0249); with `isReady` it says that the room can be joined again. */
export function directInvite(
  from: string,
  to: string,
  room: Room,
  { isReady = false }: { isReady?: boolean } = {},
): Element {
  return x(
    "message",
    { xmlns: NS.client, from, to },
    x("x", { xmlns: NS.conference, jid: room.jid }),
    isReady ? x("ready", { xmlns: NS.mucReady }) : undefined,
  );
}

/** An invitation that the room passes on (XEP-0045 §7.8.2). */
export function mediatedInvite(from: string, to: string, room: Room): Element {
  return x(
    "message",
    { xmlns: NS.client, from: room.jid, to },
    x("x", { xmlns: NS.mucUser }, x("invite", { from })),
  );
}
