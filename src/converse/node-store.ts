import type { RoomJid } from "../types.js";
import { randomToken } from "./clock.js";

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

  /** @param storage where they are kept; null where the browser denies it */
  constructor(private readonly storage: Storage | null) {}

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
    this.attempt(() => {
      this.storage?.setItem(PREFIX + room, JSON.stringify(registration));
      if (this.storage) this.unstored.delete(room);
    });
    return registration;
  }

  /** Forgets the registration with a room. */
  forget(room: RoomJid): void {
    this.unstored.delete(room);
    this.attempt(() => this.storage?.removeItem(PREFIX + room));
  }

  private load(room: RoomJid): Registration | null {
    const text =
      this.attempt(() => this.storage?.getItem(PREFIX + room)) ?? null;
    const value: unknown =
      text === null ? null : this.attempt(() => JSON.parse(text));
    if (typeof value !== "object" || value === null) return null;
    const { jid, node } = value as Partial<Registration>;
    return typeof jid === "string" && typeof node === "string"
      ? { jid, node }
      : null;
  }

  /** Storage may be full, forbidden or written by somebody else: then this tab's memory must do. */
  private attempt<T>(access: () => T): T | undefined {
    try {
      return access();
    } catch {
      return undefined;
    }
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
