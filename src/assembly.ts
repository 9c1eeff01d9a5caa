import { createApi, eventOf, type MucPushEvent } from "./api.js";
import { systemClock } from "./converse/clock.js";
import type { Compat, MucModel } from "./converse/compat.js";
import { Inbound } from "./converse/inbound.js";
import { Leadership } from "./converse/leadership.js";
import { Lifecycle } from "./converse/lifecycle.js";
import { NodeStore, storageOrNull } from "./converse/node-store.js";
import { OwnJid } from "./converse/own-jid.js";
import { Push } from "./converse/push.js";
import { Rooms } from "./converse/rooms.js";
import { Wire } from "./converse/wire.js";
import { Keeper } from "./keeper.js";
import type { Settings } from "./settings.js";
import type { RoomEvent, RoomJid } from "./types.js";

/** The running plugin. */
export interface Assembly {
  /** The user, or Converse, is about to leave a room. */
  onLeave(muc: MucModel): void;
  /** Stops everything; a second call does nothing. */
  stop(): void;
}

/** Puts the parts together and starts them. */
export function assemble(compat: Compat, { limits }: Settings): Assembly {
  const trigger = (...[name, payload]: MucPushEvent) => {
    // Another plugin's listener may throw: that is its own affair.
    Promise.resolve(compat.api.trigger(name, payload)).catch((error: unknown) =>
      compat.log.error(
        `muc-push: a listener of ${name} failed: ${String(error)}`,
      ),
    );
  };
  const rooms = new Rooms(compat);
  const wire = new Wire(compat, systemClock, limits.answerTimeoutMs);
  const isShared = compat.isConnectionShared();
  const nodes = new NodeStore(storageOrNull(isShared));
  const ownJid = new OwnJid(compat);
  const leadership = new Leadership(isShared);
  const push = new Push(
    compat,
    wire,
    rooms,
    nodes,
    ownJid,
    leadership,
    (room) => keeper.isWanted(room),
  );
  const keeper: Keeper = new Keeper(
    { clock: systemClock, rooms, pings: wire, push },
    limits,
    {
      onNotice: (room, notice) => trigger(...eventOf(room, notice)),
      onEnabled: (room, outcome) =>
        outcome === "enabled" && trigger("mucPushEnabled", { room }),
      onDisabled: (room) => trigger("mucPushDisabled", { room }),
    },
  );
  const target = {
    handle: (room: RoomJid, event: RoomEvent) => keeper.handle(room, event),
    handleAll: (event: RoomEvent) => keeper.handleAll(event),
    nickOf: (room: RoomJid) => keeper.stateOf(room).nick,
    reset: () => keeper.stop(),
  };
  const inbound = new Inbound(compat, rooms, push, ownJid, {
    ...target,
    onPush: ({ room, reply }) => {
      trigger("mucPushReceived", { room, accepted: reply === "result" });
      if (reply === "result") keeper.handle(room, { type: "room-spoke" });
    },
  });
  const lifecycle = new Lifecycle(compat, rooms, inbound, target);

  compat.api.mucPush = createApi(keeper);
  lifecycle.start();
  return {
    onLeave: (muc) =>
      keeper.handle(rooms.jidOf(muc), { type: "user-left", reason: "left" }),
    stop: () => {
      lifecycle.stop();
      leadership.stop();
      keeper.stop();
    },
  };
}
