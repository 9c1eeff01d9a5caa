/**
 * The running plugin: listeners tell the keeper; the keeper steps the room's membership and has the effects
 * carried out; the end of an act is told as the next event.
 *
 *   converse/listen  →  keeper  →  core/membership  →  effects  →  converse/act; mirrors: store, ui
 */
import { createApi, eventOf, type MucPushEvent } from "./api.js";
import { Archive } from "./converse/act/archive.js";
import { catchUpActs } from "./converse/act/catching-up.js";
import { Messages } from "./converse/act/messages.js";
import { Passwords } from "./converse/act/passwords.js";
import { RollCall } from "./converse/act/quiet-return.js";
import { Reading } from "./converse/act/reading.js";
import { Push } from "./converse/act/registration.js";
import { Rooms } from "./converse/act/rooms.js";
import { Wire } from "./converse/act/iq.js";
import { systemClock as clock } from "./converse/clock.js";
import type { Compat } from "./converse/converse.js";
import { Hooks } from "./converse/listen/hooks.js";
import { Lifecycle } from "./converse/listen/lifecycle.js";
import { OwnJid } from "./converse/listen/own-jid.js";
import { Refusals } from "./converse/listen/refusals.js";
import { offerSendAgain } from "./converse/listen/send-again.js";
import { SendAnswers } from "./converse/listen/send-answers.js";
import { SendDoor } from "./converse/listen/sends.js";
import { Inbound } from "./converse/listen/stanzas.js";
import { followTabs } from "./converse/listen/other-tabs.js";
import { Leadership } from "./converse/listen/tabs.js";
import { AnchorStore } from "./converse/store/anchors.js";
import { OutboxStore } from "./converse/store/outbox.js";
import { NodeStore, storageOrNull } from "./converse/store/registrations.js";
import { Keeper } from "./keeper.js";
import type { Acts, Undo } from "./ports.js";
import type { Settings } from "./settings.js";
import { OutboxView } from "./ui/outbox-view.js";

/** The running plugin. */
export interface Plugin {
  /** The answers to Converse's MUC models. */
  readonly hooks: Hooks;
  /** Stops everything; a second call does nothing. */
  stop(): void;
}

/** Makes the parts and starts them. */
export function start(
  compat: Compat,
  { limits, messageWaitMs }: Settings,
): Plugin {
  const isShared = compat.isConnectionShared();
  const storage = storageOrNull(isShared);
  const tabs = new Leadership(isShared, () => compat.isOverBosh());
  const wire = new Wire(compat, clock, limits.answerTimeoutMs);
  const rooms = new Rooms(compat, wire, clock);
  const archive = new Archive(wire);
  const anchors = new AnchorStore(storage, () => compat.ownBareJid());
  const reading = new Reading(compat, rooms, archive, anchors, clock);
  const nodes = new NodeStore(storage);
  const ownJid = new OwnJid(compat);
  const registration = new Push(compat, wire, rooms, nodes, ownJid, tabs);
  const passwords = new Passwords();
  const rollCall = new RollCall(rooms, clock, passwords);
  const messages = new Messages(compat, rooms);
  const outboxStore = new OutboxStore(isShared, () => compat.ownBareJid());
  const outboxView = new OutboxView(messages, (text) => compat.translate(text));
  const answers = new SendAnswers(rooms);
  const refusals = new Refusals();
  const sends = new SendDoor({
    compat,
    rooms,
    reading,
    passwords,
    tabs,
    clock,
  });
  const trigger = (...[name, payload]: MucPushEvent) =>
    compat.trigger(name, payload);

  const acts: Acts = {
    ping: (room, nick) => wire.ping(room, nick),
    join: (room, isStillWanted) => rooms.rejoin(room, isStillWanted),
    enable: (room, isStillWanted) => registration.enable(room, isStillWanted),
    enabled: (room) => trigger("mucPushEnabled", { room }),
    disable: (room) => {
      if (registration.disable(room)) trigger("mucPushDisabled", { room });
    },
    ...catchUpActs(reading, sends),
    "forget-roll-call": (room) => rollCall.cancel(room),
    send: (xml) => sends.send(xml),
    failed: (_room, { entry }) => messages.showFailed(entry),
    revived: (_room, { entry }) => messages.showRevived(entry),
    ended: (room, { id, isDelivered }) => answers.ended(room, id, isDelivered),
    announce: (room, { notice }) => trigger(...eventOf(room, notice)),
  };
  const isActing = () => tabs.isLeader;
  const options = { clock, rooms, limits, messageWaitMs, isActing };
  const keeper = new Keeper(options, acts, [outboxStore, outboxView, rollCall]);
  compat.api.mucPush = createApi(keeper, clock);

  const quiet = { compat, rooms, reading, rollCall, passwords, refusals };
  const hooks = new Hooks({ ...quiet, answers }, keeper);
  const stanzas = new Inbound(
    { ...quiet, registration, ownJid, archive, trigger },
    keeper,
  );
  const reset = () => {
    keeper.forgetAll();
    for (const part of [reading, answers, passwords, rooms]) part.clear();
  };
  const undos: Undo[] = [
    sends.start(keeper),
    outboxStore.watch((entry, room, id) =>
      keeper.tell(room, { type: "absorbed", id, entry }),
    ),
    offerSendAgain({ compat, rooms, messages, desk: keeper }),
    new Lifecycle({ compat, rooms, stanzas, reading, clock }, keeper).start({
      onConnecting: () => outboxStore.restore(keeper),
      onMessagesLoaded: (room) => {
        outboxView.renew(room);
        messages.showAllFailed(keeper.ask(room).outbox);
      },
      endSession: () => {
        reset();
        outboxStore.clear();
      },
    }),
    compat.guardDates(),
    compat.guardNotifications((message) => hooks.mayNotify(message)),
    compat.guardInvitations((message) => stanzas.mayShowInvitation(message)),
    followTabs(tabs, { rooms, reading }, keeper),
    reset,
  ];
  return {
    hooks,
    stop: () => {
      for (const undo of undos.splice(0)) undo();
    },
  };
}
