import type { InnerConverse, PublicConverse } from "../converse-types.js";

/** Methods that this plugin calls, or puts a layer around. */
export interface Needs {
  /** The interface of converse-types.ts that declares them. */
  readonly of: string;
  /** Where a Converse has them when its plugins start: the first place that is there, the newest release first. */
  readonly at: readonly string[];
  readonly members: string;
  /** A release need not show the class: what can't be looked at is not taken for missing. */
  readonly mayBeHidden?: true;
}

/** A class that a release may show: 12.0.0 and 14.0.0 in `exports`, the others by its old name. */
const shown = (
  of: string,
  name: string,
  oldName: string,
  members: string,
): Needs => ({
  of,
  at: [`_converse.exports.${name}.prototype`, `_converse.${oldName}.prototype`],
  members,
  mayBeHidden: true,
});

/** A class of Strophe's. */
const strophe = (of: string, name: string, members: string): Needs => ({
  of,
  at: [`converse.env.Strophe.${name}.prototype`],
  members,
  mayBeHidden: true,
});

/** All that the plugin can't do without, in 7.0.6, 10.1.2, 12.0.0 and 14.0.0. */
export const NEEDS: readonly Needs[] = [
  {
    of: "PublicConverse.env",
    at: ["converse.env"],
    members: "$iq $msg $pres Strophe.serialize",
  },
  {
    of: "ConverseApi",
    at: ["_converse.api"],
    members:
      "connection.connected listen.not listen.on send sendIQ settings.extend settings.get trigger",
  },
  {
    of: "MucModel",
    at: [
      "_converse.exports.MUC.prototype",
      "_converse.MUC.prototype",
      "_converse.ChatRoom.prototype",
    ],
    members:
      "createMessage getDiscoInfo getUpdatedMessageAttributes isHidden isUserMentioned join leave onPresence queueMessage refreshDiscoInfo registerHandlers rejoin rejoinIfNecessary save sendTimedMessage shouldShowErrorMessage",
  },
  shown("MessageModel", "MUCMessage", "ChatRoomMessage", "save"),
  shown(
    "Model",
    "MUCOccupant",
    "ChatRoomOccupant",
    "destroy get off on save set",
  ),
  shown("OccupantModel", "MUCOccupant", "ChatRoomOccupant", "isMember"),
  shown(
    "MucModel.occupants",
    "MUCOccupants",
    "ChatRoomOccupants",
    "fetchMembers",
  ),
  shown(
    "Collection",
    "MUCOccupants",
    "ChatRoomOccupants",
    "findWhere get off on reset sort",
  ),
  shown("DiscoEntity", "DiscoEntity", "DiscoEntity", "onInfo"),
  strophe("StropheConnection", "Connection", "addHandler deleteHandler"),
  strophe("StanzaBuilder", "Builder", "c t tree up"),
];

type Holder = Readonly<Record<string, unknown>> | null | undefined;

/** The end of a path; undefined when it leads nowhere. */
const find = (from: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>((holder, name) => (holder as Holder)?.[name], from);

/** The paths of what the plugin needs of a Converse and does not find there. */
export function findMissing(
  inner: Partial<InnerConverse>,
  outer: Partial<PublicConverse>,
): string[] {
  const roots = { converse: outer, _converse: inner };
  return NEEDS.flatMap(({ at, members, mayBeHidden }) => {
    const place = at.find((path) => find(roots, path));
    if (!place && mayBeHidden) return [];
    return members
      .split(" ")
      .map((name) => `${place ?? at.at(-1)}.${name}`)
      .filter((path) => typeof find(roots, path) !== "function");
  });
}
