import type { RoomJid } from "../../core/events.js";
import { randomToken } from "../clock.js";
import { Shelf } from "./storage.js";

const PREFIX = "converse-muc-push:";

/** What a room was given: the full JID to push to, and the node that proves that a push is from it. */
export interface Registration {
  readonly jid: string;
  readonly node: string;
}

/**
 * The registrations with rooms: one per room, for the full JID of now. They survive a reload of the page,
 * because the room keeps its half too.
 */
export class NodeStore {
  /** What can't be stored; a reload forgets it. */
  private readonly unstored = new Map<RoomJid, Registration>();

  private readonly shelf: Shelf;

  /** @param storage where they are kept; null where the browser denies it */
  constructor(storage: Storage | null) {
    this.shelf = new Shelf(storage);
  }

  /** The registration with a room; null when there is none. */
  get(room: RoomJid): Registration | null {
    return this.unstored.get(room) ?? this.load(room);
  }

  /** The registration with a room for a full JID, new unless there is one already. */
  ensure(room: RoomJid, jid: string): Registration {
    const known = this.get(room);
    if (known?.jid === jid) return known;
    const registration = { jid, node: randomToken() };
    this.unstored.set(room, registration);
    const text = JSON.stringify(registration);
    if (this.shelf.set(PREFIX + room, text)) this.unstored.delete(room);
    return registration;
  }

  /** Forgets the registration with a room. */
  forget(room: RoomJid): void {
    this.unstored.delete(room);
    this.shelf.remove(PREFIX + room);
  }

  private load(room: RoomJid): Registration | null {
    const { jid, node } = this.shelf.read(PREFIX + room);
    return typeof jid === "string" && typeof node === "string"
      ? { jid, node }
      : null;
  }
}

/**
 * Where registrations are kept: for this tab alone, or for all tabs where they share one connection, and
 * so one full JID.
 *
 * @returns null where the browser denies it
 */
export function storageOrNull(isShared: boolean): Storage | null {
  try {
    return isShared ? window.localStorage : window.sessionStorage;
  } catch {
    return null;
  }
}
