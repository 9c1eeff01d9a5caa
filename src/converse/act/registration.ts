import {
  PUSH,
  readPush,
  replyTo,
  type PushReply,
} from "../../core/push-notice.js";
import type { EnableOutcome, RoomJid } from "../../core/events.js";
import type { Compat } from "../converse.js";
import type { NodeStore } from "../store/registrations.js";
import type { Rooms } from "./rooms.js";
import { elementView, pushView } from "../stanza-view.js";
import type { Wire } from "./iq.js";

const STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";

/** What can be done about a refused registration, by the condition of the error. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    "resource-constraint",
    "it has as many registrations as its server allows; raise the server's limit",
  ],
  [
    "policy-violation",
    "its server takes shorter nodes only; raise the server's limit",
  ],
  [
    "forbidden",
    "its server does not see this client's own address; check what rewrites stanzas between them",
  ],
  [
    "not-allowed",
    "its server does not let this user register; check the server's configuration",
  ],
]);

/** The tab's place among those that share its connection. */
export interface ActingTab {
  /** Whether this tab is the one that acts for all. */
  readonly isLeader: boolean;
  /** Resolves when it is. */
  readonly acting: Promise<void>;
}

/** The own full JID, as far as it is known. */
export interface OwnAddress {
  /** @param earlier the full JID of before: the answer where nothing newer is known; null is none */
  get(earlier: string | null): string | null;
}

/** A push that was answered. */
export interface AnsweredPush {
  readonly room: RoomJid;
  readonly reply: PushReply;
}

/** Registers the own full JID with rooms as an app server (XEP-0357), and answers what they push. */
export class Push {
  private readonly complaints = new Set<string>();
  /** The last request of each room; an answer to an earlier one says nothing about it. */
  private readonly requests = new Map<RoomJid, symbol>();

  constructor(
    private readonly compat: Compat,
    private readonly wire: Wire,
    private readonly rooms: Rooms,
    private readonly nodes: NodeStore,
    private readonly ownJid: OwnAddress,
    private readonly leadership: ActingTab,
  ) {}

  /** @param isStillWanted asked before the request goes out */
  async enable(
    room: RoomJid,
    isStillWanted: () => boolean,
  ): Promise<EnableOutcome> {
    const request = Symbol(room);
    this.requests.set(room, request);
    await this.leadership.acting;
    const isOutdated = () => this.requests.get(room) !== request;
    if (isOutdated()) return "failed";
    const isAnnounced = await this.isAnnounced(room);
    if (isAnnounced === null || isOutdated()) return "failed";
    if (!isAnnounced) {
      this.nodes.forget(room);
      return "unsupported";
    }
    const ownJid = this.ownJid.get(this.nodes.get(room)?.jid ?? null);
    if (ownJid === null || !isStillWanted()) return "failed";

    const { jid, node } = this.nodes.ensure(room, ownJid);
    const answer = await this.wire.request("set", room, (iq) =>
      iq.c("enable", { xmlns: PUSH, jid, node }),
    );
    if (isOutdated()) return "failed";
    if (answer.kind === "result") return "enabled";
    if (answer.kind === "error") {
      this.nodes.forget(room);
      this.complain(room, answer.error.condition);
    }
    return "failed";
  }

  /** Sends `disable` before it returns, if the room was ever asked to enable. */
  disable(room: RoomJid): boolean {
    const registration = this.nodes.get(room);
    if (!registration) return false;
    this.nodes.forget(room);
    this.requests.delete(room);
    // Best effort: if it is lost, the next push is answered `item-not-found`.
    void this.wire.request("set", room, (iq) =>
      iq.c("disable", { xmlns: PUSH, ...registration }),
    );
    return true;
  }

  /**
   * Answers an `iq` of type `set` if it is a push, before anything else is done about it.
   *
   * @param isWanted whether the user still wants to be in a room, as far as is known
   * @returns null when it is not a push, or is another tab's to answer, and was left alone
   */
  answer(
    iq: Element,
    isWanted: (room: RoomJid) => boolean,
  ): AnsweredPush | null {
    if (!this.leadership.isLeader) return null;
    const id = iq.getAttribute("id");
    const notice = id === null ? null : readPush(pushView(iq));
    if (id === null || notice === null) return null;
    const reply = replyTo(notice, {
      nodeOf: (room) => this.nodes.get(room)?.node ?? null,
      isWanted,
    });
    const from = iq.getAttribute("from");
    const answer = this.compat.iq({
      type: reply === "result" ? "result" : "error",
      id,
      ...(from === null ? {} : { to: from }),
    });
    if (reply !== "result")
      answer.c("error", { type: "cancel" }).c(reply, { xmlns: STANZAS });
    this.compat.api.send(this.compat.built(answer));
    return { room: notice.from, reply };
  }

  /**
   * Whether a room announces push; null when it can't be found out. Converse asks for a room's disco#info
   * on every join; it is asked for again only if it is not there.
   */
  private async isAnnounced(room: RoomJid): Promise<boolean | null> {
    await this.rooms.whenDiscoInfo(room);
    if (this.rooms.hasDiscoInfo(room)) return this.rooms.hasFeature(room, PUSH);
    const answer = await this.wire.discoInfo(room);
    if (answer.kind !== "result") return null;
    const features = elementView(answer.element).children.flatMap(
      ({ children }) => children,
    );
    return features.some(
      ({ name, attributes }) =>
        name === "feature" && attributes["var"] === PUSH,
    );
  }

  private complain(room: RoomJid, condition: string): void {
    const advice = ADVICE.get(condition);
    if (advice === undefined || this.complaints.has(room)) return;
    this.complaints.add(room);
    this.compat.log.warn(
      `muc-push: ${room} refused the registration for push (${condition}): ${advice}.`,
    );
  }
}
