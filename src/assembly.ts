import { createApi, eventOf, type MucPushEvent } from "./api.js";
import { systemClock } from "./converse/clock.js";
import { CatchUp } from "./converse/catch-up.js";
import { AnchorStore } from "./converse/anchor-store.js";
import { Archive } from "./converse/archive.js";
import type {
  Compat,
  MessageAttributes,
  MucHooks,
  MucModel,
} from "./converse/compat.js";
import { Inbound } from "./converse/inbound.js";
import { Leadership } from "./converse/leadership.js";
import { Lifecycle } from "./converse/lifecycle.js";
import { NodeStore, storageOrNull } from "./converse/node-store.js";
import { OwnJid } from "./converse/own-jid.js";
import { Push, type AnsweredPush } from "./converse/push.js";
import { RollCall } from "./converse/roll-call.js";
import { Rooms } from "./converse/rooms.js";
import { joinedRoom } from "./converse/stanza-view.js";
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
  const wire = new Wire(compat, systemClock, limits.answerTimeoutMs);
  const rooms = new Rooms(compat, wire, systemClock);
  const archive = new Archive(wire);
  const isShared = compat.isConnectionShared();
  const storage = storageOrNull(isShared);
  const nodes = new NodeStore(storage);
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
  const rollCall = new RollCall(compat, rooms, systemClock);
  const catchUp = new CatchUp(
    compat,
    rooms,
    archive,
    new AnchorStore(storage),
    systemClock,
    limits.answerTimeoutMs,
    {
      oldestPending: () => null,
      onFound: () => {},
      onCurrent: () => {},
    },
  );
  const keeper: Keeper = new Keeper(
    { clock: systemClock, rooms, pings: wire, push },
    limits,
    {
      onNotice: (room, notice) => {
        const tell = (missed = 0) => trigger(...eventOf(room, notice, missed));
        if (notice.name === "back" && notice.isRejoined) {
          return catchUp.whenBack(room, tell);
        }
        if (notice.name === "given-up") catchUp.drop(room);
        tell();
      },
      onEnabled: (room, outcome) =>
        outcome === "enabled" && trigger("mucPushEnabled", { room }),
      onDisabled: (room) => trigger("mucPushDisabled", { room }),
    },
  );
  const target = {
    handle: (room: RoomJid, event: RoomEvent) => {
      if (event.type === "found-joined") catchUp.onFoundJoined(room);
      keeper.handle(room, event);
    },
    handleAll: (event: RoomEvent) => {
      if (event.type === "stream-down") catchUp.suspend();
      keeper.handleAll(event);
    },
    hear: (room: RoomJid) => keeper.hear(room),
    isKept: (room: RoomJid) => keeper.isKept(room),
    nickOf: (room: RoomJid) => keeper.stateOf(room).nick,
    onWord: (room: RoomJid) => catchUp.onWord(room),
    onOccupant: (room: RoomJid, nick: string) => rollCall.note(room, nick),
    onEntered: (room: RoomJid) => {
      rollCall.end(room);
      catchUp.onEntered(room);
    },
    onSubject: (room: RoomJid) => catchUp.onHistoryEnd(room),
    onCarrier: (message: Element) => archive.collect(message),
    onEnteredNewRoom: (muc: MucModel) => catchUp.onEnteredNewRoom(muc),
    onFetched: (room: RoomJid) => catchUp.onFirstFetched(room),
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
  const undoSend = compat.beforeSend((stanza) => {
    const room = joinedRoom(stanza);
    if (room === null) return;
    rollCall.begin(room);
    catchUp.onJoin(room, stanza);
  });
  const undoVeto = compat.veto<MessageAttributes>(
    "shouldNotifyOfGroupMessage",
    (message) => catchUp.mayNotify(message),
  );
  return {
    onLeave: (muc) => {
      const room = rooms.jidOf(muc);
      keeper.handle(room, { type: "user-left", reason: "left" });
      catchUp.drop(room);
    },
    onQueued: (muc, message) => catchUp.onQueued(muc, message),
    onCreated: (muc, message) => rollCall.mayShow(rooms.jidOf(muc), message),
    onRefreshDiscoInfo: (muc) => rooms.shouldRefresh(muc),
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
      undoVeto();
      undoSend();
      lifecycle.stop();
      leadership.stop();
      target.reset();
    },
  };
}
