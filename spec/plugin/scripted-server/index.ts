export { ArrivalLog } from "./arrival-log";
export {
  error,
  Hold,
  inTurn,
  never,
  result,
  type Answer,
  type HeldRequest,
  type Responder,
} from "./answers";
export { NS } from "./namespaces";
export { Room, type Removal } from "./room";
export { ScriptedServer, type PushWords, type ServerOptions } from "./server";
export { attribute, x, type Element } from "./xml";
