import type {
  MucModel,
  PublicConverse,
  StanzaBuilder,
} from "../converse-types.js";

const MUC = "http://jabber.org/protocol/muc";

/** The presence with which Converse would join a room now (XEP-0045 §7.2). */
export async function joinPresence(
  muc: MucModel,
  { $pres }: PublicConverse["env"],
  from: string,
): Promise<Element | StanzaBuilder> {
  if (muc.constructJoinPresence) return muc.constructJoinPresence();
  // 7.0.6 builds it inside of `join`, which also shows that it joins.
  const to = `${String(muc.get("jid"))}/${String(muc.get("nick"))}`;
  const presence = $pres({ from, to })
    .c("x", { xmlns: MUC })
    .c("history", { maxstanzas: "0" })
    .up();
  const password = muc.get("password");
  return typeof password === "string" && password !== ""
    ? presence.c("password").t(password).up()
    : presence;
}
