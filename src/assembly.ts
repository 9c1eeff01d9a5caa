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
import { Outgoing } from "./outgoing.js";
import type { Settings } from "./settings.js";
import type { RoomEvent, RoomJid } from "./types.js";

/** The running plugin. */
export interface Assembly extends MucHooks {
  /** Stops everything; a second call does nothing. */
  stop(): void;
}

/** Puts the parts together and starts them. */
export function assemble(
  compat: Compat,
  { limits, messageWaitMs }: Settings,
): Assembly {
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
  /** Rooms that Converse has caught up with since the last join. */
  const current = new Set<RoomJid>();
  const outgoing: Outgoing = new Outgoing(
    compat,
    rooms,
    {
      isKept: (room) => keeper.isKept(room),
      isOpen: (room) =>
        ["joined", "checking", "renaming"].includes(keeper.stateOf(room).tag) &&
        (current.has(room) || outgoing.isEmpty(room)),
      nickOf: (room) => keeper.stateOf(room).nick,
      isLeader: () => leadership.isLeader,
    },
    messageWaitMs,
  );
  const follow = (room: RoomJid) => {
    const state = keeper.find(room);
    // Nothing is known of it yet: what was left over from before a reload waits.
    if (state === null) return;
    if (state.tag === "joined") return;
    if (state.tag === "left") {
      current.delete(room);
      outgoing.departed(room, state.reason);
    } else if (state.tag !== "checking" && state.tag !== "renaming") {
      if (state.tag !== "waiting") current.delete(room);
      outgoing.closed(room);
    }
  };
  const keeper: Keeper = new Keeper(
    { clock: systemClock, rooms, pings: wire, push },
    limits,
    {
      onNotice: (room, notice) => {
        follow(room);
        // Not before the room has said that we are in: what bounced would bounce at once.
        const isConfirmed =
          notice.name === "checked" ||
          (notice.name === "back" && !notice.isRejoined);
        const isIn = keeper.stateOf(room).tag === "joined";
        if (isConfirmed && isIn) outgoing.opened(room, false);
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
    handle: (room: RoomJid, event: RoomEvent) => {
      keeper.handle(room, event);
      follow(room);
    },
    handleAll: (event: RoomEvent) => {
      keeper.handleAll(event);
      keeper.rooms().forEach(follow);
    },
    onMessage: (message: Element) => outgoing.onMessage(message),
    hear: (room: RoomJid) => keeper.hear(room),
    isKept: (room: RoomJid) => keeper.isKept(room),
    nickOf: (room: RoomJid) => keeper.stateOf(room).nick,
    onCaughtUp: (room: RoomJid) => {
      catchUp.done(room);
      if (keeper.stateOf(room).tag !== "joined") return;
      current.add(room);
      outgoing.opened(room, true);
    },
    onFoundJoined: (room: RoomJid) => {
      current.add(room);
      outgoing.opened(room, false);
    },
    onConnecting: () => outgoing.beginSession(),
    onMessagesLoaded: () => outgoing.onMessagesLoaded(),
    onPush: ({ room, reply }: AnsweredPush) => {
      trigger("mucPushReceived", { room, accepted: reply === "result" });
      if (reply === "result") keeper.handle(room, { type: "room-spoke" });
    },
    reset: () => {
      keeper.stop();
      catchUp.clear();
      current.clear();
    },
    endSession: () => outgoing.endSession(),
  };
  const inbound = new Inbound(compat, rooms, push, ownJid, target);
  const lifecycle = new Lifecycle(compat, rooms, inbound, target, systemClock);

  compat.api.mucPush = createApi(keeper);
  outgoing.start();
  lifecycle.start();
  return {
    onLeave: (muc) =>
      target.handle(rooms.jidOf(muc), { type: "user-left", reason: "left" }),
    isErrorOurs: (muc, id) => outgoing.isErrorOurs(muc, id),
    onTimedMessage: (muc, stanza, answer) =>
      outgoing.onTimedMessage(muc, stanza, answer),
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
      outgoing.stop();
      leadership.stop();
      target.reset();
    },
  };
}
