/** Where each release keeps what this plugin uses. */
import type {
  InnerConverse,
  Log,
  MucModel,
  PublicConverse,
  StropheConnection,
} from "../converse-types.js";

/** Functions that Converse calls by name. 12.0.0, 14.0.0: `exports` has them; before, the inner object itself. */
export const exportsOf = (
  inner: InnerConverse,
): NonNullable<InnerConverse["exports"]> => inner.exports ?? inner;

/** 12.0.0, 14.0.0: the API has it; before, the inner object itself. */
export const connectionOf = (
  inner: InnerConverse,
): StropheConnection | undefined =>
  inner.api.connection.get?.() ?? inner.connection;

/** 12.0.0, 14.0.0: `state` has it; before, the inner object itself. */
export const chatBoxesOf = (inner: InnerConverse): InnerConverse["chatboxes"] =>
  inner.state?.chatboxes ?? inner.chatboxes;

/** As with `chatBoxesOf`. */
export const discoEntitiesOf = (
  inner: InnerConverse,
): InnerConverse["disco_entities"] =>
  inner.state?.disco_entities ?? inner.disco_entities;

/** Of Converse's MUC models. 12.0.0, 14.0.0: `exports` has the class; before, the inner object by its old name. */
export const mucPrototypeOf = (inner: InnerConverse): MucModel | undefined =>
  (inner.exports?.MUC ?? inner.MUC ?? inner.ChatRoom)?.prototype;

/** 7.0.6 has none that a plugin can reach; and something that is no Converse has no `env`. */
export const logOf = ({ env }: Partial<PublicConverse>): Log =>
  env?.log ?? console;
