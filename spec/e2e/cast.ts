/** alice in a page and bob at a raw client, in a room whose server gets killed; and what the room saw of alice. */
import type { Browser } from "playwright-core";
import { expect } from "vitest";
import type { ChatPage } from "../../rig/chat-page";
import type { RawClient } from "../../rig/raw-client";
import type { ServersOptions } from "../../rig/servers";
import type { TraceEntry } from "../../rig/trace";
import { crash, sayDirectly, setStage, type Stage } from "./stage";

const MUC = "http://jabber.org/protocol/muc";
const PUSH = "urn:xmpp:push:0";
const PUBSUB = "http://jabber.org/protocol/pubsub";
const PING = "urn:xmpp:ping";

/** Every IQ of the plugin has an id that begins like this. */
const PLUGIN_ID = "muc-push-";

export interface Cast {
  readonly stage: Stage;
  readonly room: string;
  readonly bob: RawClient;
  /** Opens alice's page and resolves when she is registered and has seen a message come in live. */
  openAlice(settings?: Record<string, unknown>): Promise<ChatPage>;
  /** The room server is killed and comes back, and so does bob. @returns when it was killed */
  crash(): Promise<number>;
  /** Resolves when the room has confirmed a registration of alice. @param since in milliseconds since 1970 */
  registered(alice: ChatPage, since: number): Promise<void>;
  /** The room server is killed, bob speaks, and alice comes back as always: one ping, one join, registered. */
  surviveCrash(alice: ChatPage, user?: string): Promise<void>;
  /** Resolves when everything that bob has caused before has reached alice's page. */
  fence(alice: ChatPage): Promise<void>;
  /** What the room server saw of a user, in its order. @param user a name, or a full JID */
  story(since?: number, user?: string): string[];
  /** The nicks that alice has pinged and joined with: "ping alice", "join alice". */
  nicks(since: number): string[];
}

/** Sets the stage; bob is the room's owner, because he comes first. */
export async function assemble(
  browser: Browser,
  options: ServersOptions = {},
): Promise<Cast> {
  const stage = await setStage(options, browser);
  const { room, servers } = stage;
  const bob = await stage.logIn("bob").catch(async (error: unknown) => {
    await stage.close();
    throw error;
  });
  await bob.joinRoom(room, "bob");
  let said = 0;

  async function registered(alice: ChatPage, since: number): Promise<void> {
    await alice.waitForEvent("mucPushEnabled", { room, since });
  }

  const story = (since = 0, user = "alice") =>
    storyOf(servers.trace(), { room, user, since }).map(({ name }) => name);

  const nicks = (since: number) =>
    storyOf(servers.trace(), { room, user: "alice", since }).flatMap(
      ({ name, to }) =>
        name === "ping" || name === "join" ? [`${name} ${nickOf(to)}`] : [],
    );

  return {
    stage,
    room,
    bob,
    crash: () => crash(stage, bob, "bob"),
    registered,
    story,
    nicks,
    async openAlice(settings = {}) {
      const alice = await stage.openAlice({ settings });
      await registered(alice, 0);
      await bob.say(room, "all is well");
      await alice.waitForMessage(room, "all is well");
      return alice;
    },
    async surviveCrash(alice, user = "alice") {
      const since = await crash(stage, bob, "bob");
      const body = `after a crash, ${++said}`;
      await bob.say(room, body);
      await registered(alice, since);
      await alice.waitForMessage(room, body);
      expect(story(since, user)).toEqual([
        "push",
        "answer result",
        "ping",
        "join",
        "enable",
      ]);
      expect(await alice.pushState(room)).toBe("joined");
    },
    fence: (alice) => sayDirectly(bob, alice, stage, `fence ${++said}`),
  };
}

interface Step {
  readonly name: string;
  readonly to: string;
}

const nickOf = (to: string) => to.slice(to.indexOf("/") + 1);

interface Look {
  readonly room: string;
  readonly user: string;
  readonly since: number;
}

/** What the room server received from a user and pushed to them: whichever transport carried it. */
function storyOf(
  trace: readonly TraceEntry[],
  { room, user, since }: Look,
): Step[] {
  return trace.flatMap(({ at, direction, stanza }) => {
    const { from = "", to = "" } = stanza.attrs as Record<string, string>;
    const [theirs, ours] = direction === "in" ? [from, to] : [to, from];
    const isTheirs = theirs === user || theirs.startsWith(`${user}@`);
    const isIt = isTheirs && ours.startsWith(room);
    if (at < since || !isIt) return [];
    const name = direction === "in" ? nameOf(stanza) : nameOfPush(stanza);
    return name === null ? [] : [{ name, to }];
  });
}

type Stanza = TraceEntry["stanza"];

const nameOfPush = (stanza: Stanza): string | null =>
  stanza.is("iq") && stanza.getChild("pubsub", PUBSUB) ? "push" : null;

function nameOf(stanza: Stanza): string | null {
  const { type, id = "" } = stanza.attrs as Record<string, string>;
  if (stanza.is("presence")) {
    if (type === "unavailable") return "unavailable";
    return stanza.getChild("x", MUC) ? "join" : null;
  }
  if (!stanza.is("iq")) return null;
  if (stanza.getChild("enable", PUSH)) return "enable";
  if (stanza.getChild("disable", PUSH)) return "disable";
  if (stanza.getChild("ping", PING))
    return id.startsWith(PLUGIN_ID) ? "ping" : "ping of Converse";
  if (type === "result") return "answer result";
  return stanza.toString().includes("item-not-found")
    ? "answer item-not-found"
    : null;
}
