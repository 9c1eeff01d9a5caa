/** An ejabberd that says goodbye. */
import type { ChatPage, PageEvent } from "../../rig/chat-page";
import type { Stage } from "./stage";

/** After this long without a goodbye there will be none, in milliseconds. */
const GOODBYE_MS = 5_000;

/**
 * Shuts ejabberd down, in such a way that the page hears of it: on a busy machine the goodbye can get lost with
 * the link. @returns when, in milliseconds since 1970, and what the page made of it
 */
export async function shutDownAloud(
  { room, servers }: Stage,
  alice: ChatPage,
): Promise<{ since: number; out: PageEvent }> {
  for (;;) {
    const since = Date.now();
    await servers.rooms.terminate();
    const out = await alice
      .waitForEvent("mucPushOut", { room, since, timeoutMs: GOODBYE_MS })
      .catch(() => null);
    if (out) return { since, out };
    await servers.rooms.start();
    await alice.page.evaluate(
      (jid) => window.rig._converse?.api.mucPush?.check(jid),
      room,
    );
    await alice.waitForEvent("mucPushBack", { room, since });
  }
}
