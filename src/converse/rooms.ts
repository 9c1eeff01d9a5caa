import type { Destruction, RoomJid, RoomsPort, Undo } from "../types.js";
import { ROOM_STATUS, type Compat, type MucModel } from "./compat.js";
import { bareJid } from "../core/jid.js";

const isMuc = (model: { get(name: string): unknown }): model is MucModel =>
  model.get("type") === "chatroom";

/** Converse's MUC models, by bare JID. */
export class Rooms implements RoomsPort {
  constructor(private readonly compat: Compat) {}

  /** Converse's model of a room; undefined when it has none. */
  modelOf(room: RoomJid): MucModel | undefined {
    const model = this.compat.chatBoxes()?.get(room);
    return model && isMuc(model) ? model : undefined;
  }

  /** The name under which the plugin keeps a room. */
  jidOf(muc: MucModel): RoomJid {
    return bareJid(String(muc.get("jid")));
  }

  /** The nick that Converse thinks it has; null when it has none yet. */
  nickOf(muc: MucModel): string | null {
    const nick = muc.get("nick");
    return typeof nick === "string" && nick !== "" ? nick : null;
  }

  isBelievedIn(room: RoomJid): boolean {
    const muc = this.modelOf(room);
    return muc !== undefined && this.compat.status(muc) === ROOM_STATUS.ENTERED;
  }

  isVisible(room: RoomJid): boolean {
    const muc = this.modelOf(room);
    return muc !== undefined && !document.hidden && !muc.get("hidden");
  }

  /** Resolves when Converse has read every message of a room that it has queued so far. */
  async whenRead(muc: MucModel): Promise<void> {
    await Promise.resolve(muc.msg_chain).catch(() => undefined);
  }

  /** Has Converse show that a room is no more: by itself it goes on showing it as joined. */
  showDestroyed(room: RoomJid, { alternative, reason }: Destruction): void {
    const muc = this.modelOf(room);
    muc?.save({
      moved_jid: alternative ?? undefined,
      destroyed_reason: reason ?? undefined,
    });
    muc?.session?.save?.({ connection_status: ROOM_STATUS.DESTROYED });
  }

  /** Whether the room's disco#info is there: only then does a missing feature mean anything. */
  hasDiscoInfo(room: RoomJid): boolean {
    return (this.compat.discoEntity(room)?.features?.length ?? 0) > 0;
  }

  hasFeature(room: RoomJid, feature: string): boolean {
    return (
      this.compat.discoEntity(room)?.features?.findWhere({ var: feature }) !==
      undefined
    );
  }

  async rejoin(room: RoomJid): Promise<boolean> {
    const muc = this.modelOf(room);
    if (!muc) return false;
    try {
      await this.compat.rejoin(muc);
      return true;
    } catch (error) {
      this.compat.log.debug(
        `muc-push: could not rejoin ${room}: ${String(error)}`,
      );
      return false;
    }
  }

  /**
   * Follows Converse's own idea of a room's membership.
   *
   * @param onStatus called with each new `connection_status`
   */
  watchStatus(muc: MucModel, onStatus: (status: unknown) => void): Undo {
    const { session } = muc;
    if (!session) return () => {};
    const listener = () => onStatus(session.get("connection_status"));
    session.on("change:connection_status", listener);
    return () => session.off("change:connection_status", listener);
  }
}
