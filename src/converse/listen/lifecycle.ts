import type { RoomEvent, RoomJid } from "../../core/events.js";
import type { ClockPort, Undo } from "../../ports.js";
import { ROOM_STATUS, type Compat } from "../converse.js";
import type { MucModel } from "../converse-types.js";
import type { Inbound } from "./stanzas.js";
import { bareJid, resourceOf } from "../../core/jid.js";
import type { Rooms } from "../act/rooms.js";
import { joinedRoom } from "../stanza-view.js";

/** Where Converse's events end up. */
export interface LifecycleTarget {
  handle(room: RoomJid, event: RoomEvent): void;
  handleAll(event: RoomEvent): void;
  /** The nick that a room last confirmed; null when it has not. */
  nickOf(room: RoomJid): string | null;
  /** Converse has done what it does when it has entered a room. */
  onEnteredNewRoom(muc: MucModel): void;
  /** Converse has fetched what it does after a join. */
  onFetched(room: RoomJid): void;
  /** A stream is about to come up. */
  onConnecting(): void;
  /** Converse has loaded the messages of a chat. */
  onMessagesLoaded(muc: MucModel): void;
  /** The user is no longer logged in. */
  endSession(): void;
  /** The session is over: forget every room. */
  reset(): void;
}

/** Turns what Converse says about connections and rooms into events. */
export class Lifecycle {
  private readonly undos: Undo[] = [];
  private readonly watched = new Map<RoomJid, Undo>();

  constructor(
    private readonly compat: Compat,
    private readonly rooms: Rooms,
    private readonly inbound: Inbound,
    private readonly target: LifecycleTarget,
    private readonly clock: ClockPort,
  ) {}

  /** Starts listening; a second call does nothing. */
  start(): void {
    if (this.undos.length > 0) return;
    const install = () => {
      this.target.onConnecting();
      this.inbound.install();
    };
    const up = () => {
      install();
      this.target.handleAll({ type: "stream-up" });
    };
    const down = () => this.target.handleAll({ type: "stream-down" });

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
      this.compat.beforeLogout(
        this.safely("logout", () =>
          this.target.handleAll({ type: "user-left", reason: "logged-out" }),
        ),
      ),
    );
    this.on("afterMessagesFetched", (muc: MucModel) =>
      this.target.onMessagesLoaded(muc),
    );
    this.on("clearSession", () => {
      this.unwatchAll();
      this.target.reset();
      this.target.endSession();
    });
    this.on("chatRoomInitialized", (muc: MucModel) => this.watch(muc));
    this.on("enteredNewRoom", (muc: MucModel) => {
      this.target.onEnteredNewRoom(muc);
      // Where there is an archive, Converse asks it now.
      const room = this.rooms.jidOf(muc);
      if (!this.rooms.hasArchive(room)) this.tellFetched(muc);
    });
    this.on("MAMResult", ({ chatbox }: { chatbox: MucModel }) =>
      this.onArchiveAnswered(chatbox),
    );
    this.on("send", (stanza: Element) => this.onSent(stanza));

    // Converse itself has a look at every room when the tab becomes visible; see `hookMuc`.
    const online = () => this.target.handleAll({ type: "glance" });
    window.addEventListener("online", online);
    this.undos.push(() => window.removeEventListener("online", online));
  }

  /** Stops listening; a second call does nothing. */
  stop(): void {
    for (const undo of this.undos.splice(0)) undo();
    this.unwatchAll();
    this.inbound.remove();
  }

  private unwatchAll(): void {
    for (const undo of this.watched.values()) undo();
    this.watched.clear();
  }

  /** Converse waits for its listeners and lets their errors through: none may leave here. */
  private on<T>(event: string, listener: (payload: T) => void): void {
    const { listen } = this.compat.api;
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
        this.compat.log.error(`muc-push: ${event}: ${String(error)}`);
      }
    };
  }

  private tellFetched(muc: MucModel): void {
    this.target.onFetched(this.rooms.jidOf(muc));
  }

  /** The event comes before Converse queues the messages; they are there when the queue is empty. */
  private onArchiveAnswered(muc: MucModel): void {
    const tell = () => this.tellFetched(muc);
    this.clock.after(0, () => void this.rooms.whenRead(muc).then(tell));
  }

  private watch(muc: MucModel): void {
    const room = this.rooms.jidOf(muc);
    this.watched.get(room)?.();
    this.watched.set(
      room,
      this.rooms.watchStatus(muc, (status) => {
        // The model of a room that was closed meanwhile may still try to join.
        if (this.rooms.isCurrent(muc)) this.onStatus(room, status);
      }),
    );
    const status = this.compat.status(muc);
    const nick = this.rooms.nickOf(muc);
    if (status === ROOM_STATUS.ENTERED && nick !== null) {
      // A page reload with a resumed stream enters without a join.
      this.target.handle(room, { type: "found-joined", nick });
    } else {
      this.onStatus(room, status);
    }
  }

  private onStatus(room: RoomJid, status: unknown): void {
    if (status === ROOM_STATUS.CONNECTING) {
      this.target.handle(room, { type: "join-began" });
    } else if (status === ROOM_STATUS.NICKNAME_REQUIRED) {
      const departure = { comesBack: false, reason: "nick-required" } as const;
      this.target.handle(room, { type: "presence-refused", departure });
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
    const confirmed = this.target.nickOf(room);
    // Another plugin may join a room without Converse.
    if (!this.rooms.has(room)) return;
    if (joinedRoom(stanza) !== null)
      this.target.handle(room, { type: "join-began" });
    else if (confirmed !== null) {
      this.target.handle(
        room,
        nick === confirmed
          ? { type: "presence-sent" }
          : { type: "nick-asked", nick },
      );
    }
  }
}
