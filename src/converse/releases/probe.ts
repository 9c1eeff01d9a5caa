type Holder = Readonly<Record<string, unknown>> | null | undefined;

/** What `path` leads to; undefined when it leads nowhere. */
const find = (from: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>((holder, name) => (holder as Holder)?.[name], from);

const OUTER = ["env.$iq", "env.$pres", "env.$msg", "env.Strophe.serialize"];
const INNER = [
  "api.connection.connected",
  "api.listen.not",
  "api.listen.on",
  "api.send",
  "api.sendIQ",
  "api.settings.extend",
  "api.settings.get",
  "api.trigger",
];
const ROOM = [
  "createMessage",
  "getDiscoInfo",
  "onPresence",
  "queueMessage",
  "refreshDiscoInfo",
  "registerHandlers",
  "rejoin",
  "rejoinIfNecessary",
  "sendTimedMessage",
];

/**
 * What the plugin needs of a Converse and does not find there, by name; in 7.0.6, 10.1.2, 12.0.0 and 14.0.0
 * nothing is missing.
 */
export function findMissing(inner: unknown, outer: unknown): string[] {
  const isMissing = (from: unknown) => (path: string) =>
    typeof find(from, path) !== "function";
  // Up to 10.1.2 the inner object has it itself.
  const room =
    find(inner, "exports.ChatRoom.prototype") ??
    find(inner, "ChatRoom.prototype");
  return [
    ...OUTER.filter(isMissing(outer)).map((path) => `converse.${path}`),
    ...INNER.filter(isMissing(inner)).map((path) => `_converse.${path}`),
    ...ROOM.filter(isMissing(room)).map((name) => `ChatRoom.${name}`),
  ];
}
