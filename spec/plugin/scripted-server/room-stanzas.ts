import { NS } from "./namespaces";
import { x, type Element } from "./xml";

export type Affiliation = "owner" | "admin" | "member" | "none" | "outcast";

const SELF = 110;

/** What a destroyed room leaves behind. */
export interface Destruction {
  alternative?: string;
  reason?: string;
}

export interface OccupantPresence {
  from: string;
  to: string;
  id?: string | undefined;
  affiliation?: Affiliation;
  codes?: number[];
  /** Makes it the presence of somebody who goes. */
  isUnavailable?: boolean;
  /** With code 303: the nick that follows. */
  newNick?: string;
  destroy?: Destruction;
}

function userItem(presence: OccupantPresence): Element {
  const { affiliation = "none", codes = [], isUnavailable, newNick } = presence;
  // Everybody may know their own address.
  const jid = codes.includes(SELF) ? presence.to : undefined;
  const role = isUnavailable && !newNick ? "none" : "participant";
  return x("item", { affiliation, role, jid, nick: newNick });
}

function destroyElement({ alternative, reason }: Destruction): Element {
  const text = reason === undefined ? [] : [x("reason", {}, reason)];
  return x("destroy", { jid: alternative }, ...text);
}

/** A presence from inside the room, with its status codes. */
export function occupantPresence(presence: OccupantPresence): Element {
  const { from, to, id, codes = [], destroy } = presence;
  return x(
    "presence",
    {
      xmlns: NS.client,
      from,
      to,
      id,
      type: presence.isUnavailable ? "unavailable" : undefined,
    },
    x(
      "x",
      { xmlns: NS.mucUser },
      userItem(presence),
      destroy && destroyElement(destroy),
      ...codes.map((code) => x("status", { code })),
    ),
  );
}

export function subject(from: string, to: string, text: string): Element {
  return x(
    "message",
    { xmlns: NS.client, type: "groupchat", from, to },
    x("subject", {}, ...(text ? [text] : [])),
  );
}

export function roomInfo(features: Iterable<string>, name: string): Element {
  return x(
    "query",
    { xmlns: NS.discoInfo },
    x("identity", { category: "conference", type: "text", name }),
    ...[...features].map((feature) => x("feature", { var: feature })),
  );
}
