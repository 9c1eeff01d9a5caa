import type { ModelFacts } from "../../core/catch-up/catch-up-events.js";
import type { RoomJid } from "../../core/events.js";
import type { ClockPort, Desk, Undo } from "../../ports.js";
import { ROOM_STATUS, type Compat } from "../converse.js";
import type { MucModel } from "../converse-types.js";
import type { Inbound } from "./stanzas.js";
import { bareJid, resourceOf } from "../../core/jid.js";
import type { Reading } from "../act/reading.js";
import type { Rooms } from "../act/rooms.js";
import { joinedRoom } from "../stanza-view.js";

/** The parts that Converse's events concern beside the rooms. */
export interface LifecycleParts {
  readonly compat: Compat;
  readonly rooms: Rooms;
  readonly stanzas: Inbound;
  readonly reading: Reading;
  readonly clock: ClockPort;
}

/** The turns of a session that concern more than rooms. */
export interface SessionListener {
  /** A stream is about to come up. */
  onConnecting(): void;
  /** Converse has loaded the messages of a chat. */
  onMessagesLoaded(room: RoomJid): void;
  /** The user is no longer logged in. */
  endSession(): void;
}

/** Turns what Converse says about connections and rooms into events. */
export class Lifecycle {
  private readonly undos: Undo[] = [];
  private readonly watched = new Map<RoomJid, Undo>();

  constructor(
    private readonly parts: LifecycleParts,
    private readonly desk: Desk,
  ) {}

  /** Starts listening. @returns what stops it; a second call of that does nothing */
  start(session: SessionListener): Undo {
    const install = () => {
      session.onConnecting();
      this.parts.stanzas.install();
    };
    const up = () => {
      install();
      this.desk.tellAll({ type: "stream-up" });
    };
    const down = () => this.desk.tellAll({ type: "stream-down" });

    // Stanzas that a resumed stream replays come right after binding: be there before.
    this.on("beforeResourceBinding", install);
    this.on("afterResourceBinding", install);
    this.on("connected", up);
    this.on("reconnected", up);
    this.on("streamResumed", up);
    this.on("beforeTearDown", down);
    this.on("will-reconnect", down);
    this.on("disconnected", down);
    this.undos.push(
      this.parts.compat.beforeLogout(
        this.safely("logout", () =>
          this.desk.tellAll({ type: "user-left", reason: "logged-out" }),
        ),
      ),
    );
    this.on("afterMessagesFetched", (muc: MucModel) =>
      session.onMessagesLoaded(this.parts.rooms.jidOf(muc)),
    );
    this.on("clearSession", () => {
      this.unwatchAll();
      session.endSession();
    });
    this.on("chatRoomInitialized", (muc: MucModel) => this.watch(muc));
    this.on("enteredNewRoom", (muc: MucModel) => {
      // Its own question to the archive was let out when Converse is done with this event.
      this.parts.clock.after(0, () => this.parts.reading.unmute(muc));
      // Where there is an archive, Converse asks it now.
      const room = this.parts.rooms.jidOf(muc);
      if (!this.parts.rooms.hasArchive(room)) this.tellFetched(muc);
    });
    this.on("MAMResult", ({ chatbox }: { chatbox: MucModel }) =>
      this.onArchiveAnswered(chatbox),
    );
    this.on("send", (stanza: Element) => this.onSent(stanza));

    // Converse itself has a look at every room when the tab becomes visible; see `hookMuc`.
    const online = () => this.desk.tellAll({ type: "glance" });
    window.addEventListener("online", online);
    this.undos.push(() => window.removeEventListener("online", online));
    return () => this.stop();
  }

  private stop(): void {
    for (const undo of this.undos.splice(0)) undo();
    this.unwatchAll();
    this.parts.stanzas.remove();
  }

  private unwatchAll(): void {
    for (const undo of this.watched.values()) undo();
    this.watched.clear();
  }

  /** Converse waits for its listeners and lets their errors through: none may leave here. */
  private on<T>(event: string, listener: (payload: T) => void): void {
    const { listen } = this.parts.compat.api;
    const safe = this.safely(event, listener);
    listen.on(event, safe);
    this.undos.push(() => listen.not(event, safe));
  }

  private safely<A extends readonly unknown[]>(
    event: string,
    listener: (...args: A) => void,
  ): (...args: A) => void {
    return (...args) => {
      try {
        listener(...args);
      } catch (error) {
        this.parts.compat.log.error(`muc-push: ${event}: ${String(error)}`);
      }
    };
  }

  private tellFetched(muc: MucModel): void {
    const room = this.parts.rooms.jidOf(muc);
    if (this.desk.ask(room).catchUp.tag !== "first") return;
    this.desk.tell(room, { type: "first-fetched", facts: this.factsOf(room) });
  }

  /** The event comes before Converse queues the messages; they are there when the queue is empty. */
  private onArchiveAnswered(muc: MucModel): void {
    const tell = () => this.tellFetched(muc);
    this.parts.clock.after(
      0,
      () => void this.parts.rooms.whenRead(muc).then(tell),
    );
  }

  private factsOf(room: RoomJid): ModelFacts {
    return this.parts.reading.factsOf(room, this.desk.oldestPending(room));
  }

  private watch(muc: MucModel): void {
    const room = this.parts.rooms.jidOf(muc);
    this.watched.get(room)?.();
    this.watched.set(
      room,
      this.parts.rooms.watchStatus(muc, (status) => {
        // The model of a room that was closed meanwhile may still try to join.
        if (this.parts.rooms.isCurrent(muc)) this.onStatus(room, status);
      }),
    );
    const status = this.parts.compat.status(muc);
    const nick = this.parts.rooms.nickOf(muc);
    if (status === ROOM_STATUS.ENTERED && nick !== null) {
      // A page reload with a resumed stream enters without a join. Converse keeps its list of rooms less
      // promptly than their sessions: it may find itself in a room that it does not list yet.
      this.parts.rooms.onOpened(muc);
      this.desk.tell(room, {
        type: "found-in",
        nick,
        facts: this.factsOf(room),
      });
    } else {
      this.onStatus(room, status);
    }
  }

  private onStatus(room: RoomJid, status: unknown): void {
    if (status === ROOM_STATUS.CONNECTING) {
      this.desk.tell(room, { type: "join-began" });
    } else if (status === ROOM_STATUS.NICKNAME_REQUIRED) {
      const departure = { comesBack: false, reason: "nick-required" } as const;
      this.desk.tell(room, { type: "presence-refused", departure });
    }
  }

  /**
   * A presence to an occupant JID is a join when it says so (XEP-0045 §7.2.1), and asks for another nick
   * when the nick is not ours yet (§7.6).
   */
  private onSent(stanza: Element): void {
    if (stanza.localName !== "presence" || stanza.hasAttribute("type")) return;
    const to = stanza.getAttribute("to");
    const nick = to === null ? null : resourceOf(to);
    if (to === null || nick === null) return;
    const room = bareJid(to);
    const confirmed = this.desk.ask(room).seat.nick;
    // Another plugin may join a room without Converse.
    if (!this.parts.rooms.has(room)) return;
    if (joinedRoom(stanza) !== null)
      this.desk.tell(room, { type: "join-began" });
    else if (confirmed !== null) {
      this.desk.tell(
        room,
        nick === confirmed
          ? { type: "presence-sent" }
          : { type: "nick-asked", nick },
      );
    }
  }
}
