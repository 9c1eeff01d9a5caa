import { createApi, eventOf, type MucPushEvent } from "./api.js";
import { systemClock } from "./converse/clock.js";
import { CatchUp } from "./converse/catch-up.js";
import type { Compat, MucHooks } from "./converse/compat.js";
import { Inbound } from "./converse/inbound.js";
import { Leadership } from "./converse/leadership.js";
import { Lifecycle } from "./converse/lifecycle.js";
import { NodeStore, storageOrNull } from "./converse/node-store.js";
import { OwnJid } from "./converse/own-jid.js";
import { Push, type AnsweredPush } from "./converse/push.js";
import { Rooms } from "./converse/rooms.js";
import { Wire } from "./converse/wire.js";
import { Keeper } from "./keeper.js";
import type { Settings } from "./settings.js";
import type { RoomEvent, RoomJid } from "./types.js";

/** The running plugin. */
export interface Assembly extends MucHooks {
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
  const catchUp = new CatchUp(rooms, systemClock);
  const keeper: Keeper = new Keeper(
    { clock: systemClock, rooms, pings: wire, push },
    limits,
    {
      onNotice: (room, notice) => {
        const tell = (missed = 0) => trigger(...eventOf(room, notice, missed));
        if (notice.name === "out") catchUp.begin(room);
        if (notice.name !== "back") return tell();
        if (notice.isRejoined) return catchUp.end(room, tell);
        catchUp.drop(room);
        tell();
      },
      onEnabled: (room, outcome) =>
        outcome === "enabled" && trigger("mucPushEnabled", { room }),
      onDisabled: (room) => trigger("mucPushDisabled", { room }),
    },
  );
  const target = {
    handle: (room: RoomJid, event: RoomEvent) => keeper.handle(room, event),
    handleAll: (event: RoomEvent) => keeper.handleAll(event),
    hear: (room: RoomJid) => keeper.hear(room),
    isKept: (room: RoomJid) => keeper.isKept(room),
    nickOf: (room: RoomJid) => keeper.stateOf(room).nick,
    onCaughtUp: (room: RoomJid) => catchUp.done(room),
    onPush: ({ room, reply }: AnsweredPush) => {
      trigger("mucPushReceived", { room, accepted: reply === "result" });
      if (reply === "result") keeper.handle(room, { type: "room-spoke" });
    },
    reset: () => {
      keeper.stop();
      catchUp.clear();
    },
  };
  const inbound = new Inbound(compat, rooms, push, ownJid, target);
  const lifecycle = new Lifecycle(compat, rooms, inbound, target, systemClock);

  compat.api.mucPush = createApi(keeper);
  lifecycle.start();
  return {
    onLeave: (muc) =>
      keeper.handle(rooms.jidOf(muc), { type: "user-left", reason: "left" }),
    onRejoinIfNecessary: (muc) => {
      const room = rooms.jidOf(muc);
      if (keeper.find(room) === null) return null;
      keeper.handle(room, { type: "glance" });
      return keeper
        .whenChecked(room)
        .then(
          () => keeper.isKept(room) && keeper.stateOf(room).tag !== "joined",
        );
    },
    stop: () => {
      lifecycle.stop();
      leadership.stop();
      target.reset();
    },
  };
}
