import { createApi, eventOf, type MucPushEvent } from "./api.js";
import { systemClock } from "./converse/clock.js";
import { CatchUp } from "./converse/act/catch-up.js";
import { AnchorStore } from "./converse/store/anchors.js";
import { Archive } from "./converse/act/archive.js";
import type { Compat } from "./converse/converse.js";
import type { MucModel } from "./converse/converse-types.js";
import type { MucHooks } from "./converse/listen/muc-hooks.js";
import { Inbound } from "./converse/listen/stanzas.js";
import { Leadership } from "./converse/listen/tabs.js";
import { Lifecycle } from "./converse/listen/lifecycle.js";
import { NodeStore, storageOrNull } from "./converse/store/registrations.js";
import { OwnJid } from "./converse/listen/own-jid.js";
import { Passwords } from "./converse/act/passwords.js";
import { Push, type AnsweredPush } from "./converse/act/registration.js";
import { RollCall } from "./converse/act/quiet-return.js";
import { Rooms } from "./converse/act/rooms.js";
import { Wire } from "./converse/act/iq.js";
import { isSeated } from "./core/seat/seat-states.js";
import { Keeper } from "./keeper.js";
import { Outgoing } from "./outgoing.js";
import type { Settings } from "./settings.js";
import { Rules } from "./rules.js";
import type { RoomEvent, RoomJid } from "./core/events.js";

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
  const wire = new Wire(compat, systemClock, limits.answerTimeoutMs);
  const rooms = new Rooms(compat, wire, systemClock);
  const archive = new Archive(wire);
  const isShared = compat.isConnectionShared();
  const storage = storageOrNull(isShared);
  const nodes = new NodeStore(storage);
  const ownJid = new OwnJid(compat);
  const leadership = new Leadership(
    isShared,
    (room, sentAt) => {
      if (!rooms.modelOf(room) || !keeper.isKept(room)) return;
      if (catchUp.isJoinOver(room, sentAt)) return catchUp.onLateNews(room);
      keeper.handle(room, { type: "join-began" });
      onJoin(room, null);
    },
    () => compat.isOverBosh(),
  );
  void leadership.acquired.then(() => keeper.takeOver());
  const push = new Push(
    compat,
    wire,
    rooms,
    nodes,
    ownJid,
    leadership,
    (room) => keeper.isWanted(room),
  );
  const passwords = new Passwords();
  const rollCall = new RollCall(rooms, systemClock, passwords);
  const catchUp: CatchUp = new CatchUp(
    compat,
    rooms,
    archive,
    new AnchorStore(storage, () => compat.ownBareJid()),
    systemClock,
    limits.answerTimeoutMs,
    {
      oldestPending: (room) => outgoing.unconfirmedSince(room),
      onCurrent: (room, isComplete) => rules.onCurrent(room, isComplete),
      onSilence: (room) => keeper.handle(room, { type: "check-wanted" }),
    },
  );
  const onJoin = (room: RoomJid, presence: Element | null) => {
    rollCall.begin(room);
    catchUp.onJoin(room, presence);
  };
  const outgoing: Outgoing = new Outgoing(
    compat,
    rooms,
    {
      isKept: (room) => keeper.isKept(room),
      isOpen: (room) => rules.isOpen(room),
      nickOf: (room) => keeper.stateOf(room).nick,
      isLeader: () => leadership.isLeader,
      onJoin: (room, presence) => {
        const isKnown = keeper.find(room) !== null;
        if (!rooms.mayJoin(room, isKnown)) return false;
        passwords.onJoin(room, presence);
        leadership.tellOfJoin(room, systemClock.now());
        onJoin(room, presence);
        return true;
      },
    },
    messageWaitMs,
    limits.answerTimeoutMs,
  );
  wire.onSeatAsked = (room) => outgoing.asked(room);
  const rules: Rules = new Rules(
    (room) => keeper.stateOf(room),
    catchUp,
    outgoing,
    rollCall,
  );
  const keeper: Keeper = new Keeper(
    {
      clock: systemClock,
      rooms,
      pings: wire,
      push,
      isActing: () => leadership.isLeader,
    },
    limits,
    {
      onChange: (...change) => rules.onChange(...change),
      onTakenIn: (room) => catchUp.lookUp(room),
      onNotice: (room, notice) => {
        const tell = (missed = 0) => trigger(...eventOf(room, notice, missed));
        if (notice.name === "back") catchUp.whenBack(room, tell);
        else tell();
      },
      onEnabled: (room, outcome) =>
        outcome === "enabled" && trigger("mucPushEnabled", { room }),
      onDisabled: (room) => trigger("mucPushDisabled", { room }),
    },
  );
  /** Errors for another status: whether we are still in is found out before Converse hears of them. */
  const withheld = new WeakSet<Element>();
  const target = {
    onRefusal: (room: RoomJid, presence: Element, event: RoomEvent) => {
      const state = keeper.stateOf(room);
      if (isSeated(state) && state.tag !== "renaming") withheld.add(presence);
      keeper.handle(room, event);
    },
    handle: (room: RoomJid, event: RoomEvent) => {
      keeper.handle(room, event);
      if (event.type === "found-joined") catchUp.onFoundJoined(room);
    },
    handleAll: (event: RoomEvent) => {
      if (event.type === "stream-down") {
        outgoing.streamBroke();
        catchUp.suspend();
      }
      keeper.handleAll(event);
    },
    hear: (room: RoomJid) => keeper.hear(room),
    isKept: (room: RoomJid) => keeper.isKept(room),
    nickOf: (room: RoomJid) => keeper.stateOf(room).nick,
    onMessage: (message: Element) => {
      outgoing.onMessage(message);
      archive.collect(message);
    },
    onWord: (room: RoomJid) => catchUp.onWord(room),
    onOccupant: (room: RoomJid, nick: string) => rollCall.note(room, nick),
    onEntered: (room: RoomJid) => {
      rooms.reveal(room);
      passwords.onEntered(room);
      rollCall.end(room);
      catchUp.onEntered(room);
    },
    onSubject: (room: RoomJid) => {
      catchUp.onHistoryEnd(room);
      keeper.handle(room, { type: "subject-told" });
    },
    onEnteredNewRoom: (muc: MucModel) => catchUp.onEnteredNewRoom(muc),
    onFetched: (room: RoomJid) => catchUp.onFirstFetched(room),
    onConnecting: () => outgoing.beginSession(),
    onMessagesLoaded: (muc: MucModel) => outgoing.onMessagesLoaded(muc),
    onPush: ({ room, reply }: AnsweredPush) => {
      trigger("mucPushReceived", { room, accepted: reply === "result" });
      if (reply === "result") keeper.handle(room, { type: "room-spoke" });
    },
    reset: () => {
      keeper.stop();
      catchUp.clear();
      rollCall.clear();
      passwords.clear();
      rooms.clear();
    },
    endSession: () => outgoing.endSession(),
  };
  const inbound = new Inbound(compat, rooms, push, ownJid, target);
  const lifecycle = new Lifecycle(compat, rooms, inbound, target, systemClock);

  compat.api.mucPush = createApi(keeper, systemClock);
  outgoing.start();
  lifecycle.start();
  const undoGuards = [
    compat.guardDates(),
    compat.guardNotifications((message) => catchUp.mayNotify(message)),
    compat.guardInvitations((message) => inbound.mayShowInvitation(message)),
  ];
  return {
    onOpened: (muc) => rooms.onOpened(muc),
    onLeave: (muc) => {
      const room = rooms.jidOf(muc);
      const reason = compat.isParking(muc) ? "parked" : "left";
      if (reason === "left") passwords.forget(room);
      target.handle(room, { type: "user-left", reason });
      rooms.onLeave(muc);
    },
    onQueued: (muc, message) => catchUp.onQueued(muc, message),
    onCreated: (muc, message) => rollCall.mayShow(rooms.jidOf(muc), message),
    onPresence: (muc, presence) => {
      const room = rooms.jidOf(muc);
      if (withheld.has(presence)) return false;
      const { nick } = keeper.stateOf(room);
      return rollCall.mayHear(room, presence, keeper.isKept(room), nick);
    },
    onRefreshDiscoInfo: (muc) => rooms.shouldRefresh(muc),
    isErrorOurs: (muc, error) => outgoing.isErrorOurs(muc, error),
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
      for (const undo of undoGuards) undo();
      lifecycle.stop();
      outgoing.stop();
      leadership.stop();
      target.reset();
    },
  };
}
