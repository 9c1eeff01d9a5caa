/**
 * The plugin's own interfaces, held against the types of Converse.js and Strophe. Nothing in here runs: `tsc` fails
 * when a name is gone or a signature no longer fits.
 */
import type {
  _converse,
  Collection as TheirCollection,
  log,
  Model as TheirModel,
  MUC,
  MUCMessage,
  MUCOccupant,
} from "@converse/headless";
import type discoEntity from "@converse/headless/types/plugins/disco/entity";
import type { handleMAMResult } from "@converse/headless/types/plugins/mam/utils";
import type { MUCMessageAttributes } from "@converse/headless/types/plugins/muc/types";
import type { onDirectMUCInvitation } from "@converse/headless/types/plugins/muc/utils";
import type eventsApi from "@converse/headless/types/shared/api/events";
import type sendApi from "@converse/headless/types/shared/api/send";
import type { ConverseEnv } from "@converse/headless/types/shared/api/types";
import type userApi from "@converse/headless/types/shared/api/user";
import type connectionApi from "@converse/headless/types/shared/connection/api";
import type { settings_api } from "@converse/headless/types/shared/settings/api";
import type { Builder, Strophe } from "strophe.js";
import type {
  Collection,
  ConverseApi,
  DiscoEntity,
  HandleMamResult,
  InfoMessage,
  InnerConverse,
  Log,
  MessageAttributes,
  MessageError,
  MessageModel,
  Model,
  MucModel,
  OccupantModel,
  PublicConverse,
  StanzaBuilder,
  StropheConnection,
  StropheHandler,
} from "../../src/converse/converse-types.js";
import type { Differences } from "./differences.js";
import type { Check, Fails, Has, Holds, Takes } from "./held.js";

type Connection = InstanceType<(typeof Strophe)["Connection"]>;
type Env = PublicConverse["env"];
type ApiParts = Required<
  Pick<ConverseApi, "connection" | "settings" | "listen" | "user">
>;

/** The room that is handed in is Converse's own. */
type ArgsOfMamResult =
  Parameters<HandleMamResult> extends [unknown, ...infer Rest]
    ? [MUC, ...Rest]
    : never;

/** The models are classes of Converse's. */
export type Models = Holds<
  [
    Check<Model, TheirModel>,
    Check<Collection, TheirCollection>,
    Check<MucModel, MUC, Differences["MucModel"]>,
    Check<MessageModel, MUCMessage, Differences["MessageModel"]>,
    Check<OccupantModel, MUCOccupant, Differences["OccupantModel"]>,
    Check<DiscoEntity, discoEntity>,
  ]
>;

/** Messages and errors are plain attributes once Converse has parsed them. */
export type Attributes = Holds<
  [
    Check<MessageAttributes, MUCMessageAttributes>,
    Check<MessageError, MUCMessageAttributes>,
    Takes<MUC["createMessage"], [InfoMessage], unknown>,
  ]
>;

/** The inner object, its api part by part, and the functions that it exports. */
export type Api = Holds<
  [
    Check<InnerConverse, typeof _converse, Differences["InnerConverse"]>,
    Check<
      Omit<ConverseApi, keyof ApiParts | "mucPush">,
      typeof eventsApi & typeof sendApi,
      Differences["ConverseApi"]
    >,
    Check<ApiParts["connection"], typeof connectionApi>,
    Check<ApiParts["settings"], typeof settings_api>,
    Check<
      ApiParts["listen"],
      (typeof eventsApi)["listen"],
      Differences["listen"]
    >,
    Check<ApiParts["user"], (typeof userApi)["user"]>,
    Takes<typeof handleMAMResult, ArgsOfMamResult, ReturnType<HandleMamResult>>,
    Takes<typeof onDirectMUCInvitation, [Element], unknown>,
  ]
>;

/** Strophe comes as Converse hands it out, in its environment. */
export type StropheAndEnv = Holds<
  [
    Check<Env, ConverseEnv, Differences["env"]>,
    Check<Log, typeof log>,
    Check<Env["Strophe"], typeof Strophe>,
    Check<StanzaBuilder, Builder>,
    Check<StropheConnection, Connection, Differences["StropheConnection"]>,
    Check<StropheHandler, ReturnType<Connection["addHandler"]>>,
  ]
>;

/** The comparisons can come out wrong. */
export type Wrongs = Fails<
  [
    Check<{ madeUp: unknown }, MUC>,
    Check<{ getRoomFeature(): unknown }, Pick<MUC, "isHidden">>,
    Check<{ isHidden(): string }, MUC>,
    Check<{ setNickname(nick: number): unknown }, MUC>,
    Check<{ isHidden(): boolean }, MUC, { isHidden: "no difference" }>,
    Check<{ isHidden(): string }, MUC, { isHidden: "arguments: the answer" }>,
    Has<"madeUp", MUC>,
    Takes<typeof onDirectMUCInvitation, [string], unknown>,
    Takes<typeof onDirectMUCInvitation, [Element], string>,
  ]
>;
