import { NS } from "./namespaces";
import { resourceOf } from "./jid";
import { attribute, payloadOf, type Element } from "./xml";

/** What a client may want from a room. */
export type RoomRequest =
  | "join"
  | "leave"
  | "presence"
  | "message"
  | "ping"
  | "enable"
  | "disable"
  | "info"
  | "archive"
  | "answer"
  | "other";

const byNamespace: Record<string, RoomRequest> = {
  [NS.discoInfo]: "info",
  [NS.mam]: "archive",
};

function presenceRequest(stanza: Element): RoomRequest {
  if (attribute(stanza, "type") === "unavailable") return "leave";
  return stanza.getChild("x", NS.muc) ? "join" : "presence";
}

function iqRequest(stanza: Element): RoomRequest {
  const type = attribute(stanza, "type");
  if (type === "result" || type === "error") return "answer";
  const payload = payloadOf(stanza);
  if (!payload) return "other";
  const isToOccupant = resourceOf(attribute(stanza, "to") ?? "") !== undefined;
  if (payload.is("ping", NS.ping)) return isToOccupant ? "ping" : "other";
  if (payload.is("enable", NS.push)) return "enable";
  if (payload.is("disable", NS.push)) return "disable";
  return byNamespace[payload.getNS() ?? ""] ?? "other";
}

export function roomRequestOf(stanza: Element): RoomRequest {
  if (stanza.getName() === "presence") return presenceRequest(stanza);
  if (stanza.getName() === "message") return "message";
  return iqRequest(stanza);
}
