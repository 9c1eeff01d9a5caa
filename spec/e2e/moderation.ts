/** What the owner of a room can do to others (XEP-0045 §8 to §10). */
import { createElement, type Element } from "ltx";
import type { RawClient } from "../../rig/raw-client";

const MUC_ADMIN = "http://jabber.org/protocol/muc#admin";
const MUC_OWNER = "http://jabber.org/protocol/muc#owner";

async function demand(
  owner: RawClient,
  room: string,
  query: Element,
): Promise<void> {
  const answer = await owner.request(
    createElement("iq", { type: "set", to: room }, query),
  );
  if (answer.attrs.type !== "result")
    throw new Error(`${room} refuses: ${answer.toString()}`);
}

const change = (owner: RawClient, room: string, item: Record<string, string>) =>
  demand(
    owner,
    room,
    createElement(
      "query",
      { xmlns: MUC_ADMIN },
      createElement("item", { ...item }),
    ),
  );

export const kick = (owner: RawClient, room: string, nick: string) =>
  change(owner, room, { nick, role: "none" });

/** @param affiliation for example "member", "none" or "outcast" */
export const affiliate = (
  owner: RawClient,
  room: string,
  jid: string,
  affiliation: string,
) => change(owner, room, { jid, affiliation });

/** @param alternative the room to go to instead */
export const destroy = (owner: RawClient, room: string, alternative?: string) =>
  demand(
    owner,
    room,
    createElement(
      "query",
      { xmlns: MUC_OWNER },
      createElement("destroy", alternative ? { jid: alternative } : {}),
    ),
  );
