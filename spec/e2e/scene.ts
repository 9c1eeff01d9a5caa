/** alice in a page, silently put out by a crash while bob goes on talking; and what she should have in the end. */
import { createElement, type Element } from "ltx";
import type { Browser } from "playwright-core";
import { expect } from "vitest";
import { liveMessage, type RoomMessage } from "../../rig/archive-reader";
import type { ChatPage } from "../../rig/chat-page";
import { differences } from "../../rig/histories";
import type { RawClient } from "../../rig/raw-client";
import type { PluginFormat, Release } from "../../rig/releases";
import type { ServersOptions } from "../../rig/servers";
import {
  complaintsOf,
  crash,
  drawnMessages,
  leastDrawn,
  lookAtTab,
  setStage,
  type Stage,
} from "./stage";

/** Far more than any test says. */
const LONG_HISTORY = 10_000;
/** A burst of thousands takes its time. */
const BURST_TIMEOUT_MS = 60_000;

export const KINDS_OF_ROOM = [
  { roomServer: "prosody", roomArchive: true },
  { roomServer: "prosody", roomArchive: false },
  { roomServer: "ejabberd", roomArchive: true },
  { roomServer: "ejabberd", roomArchive: false },
] as const;

/** "prosody with MAM" */
export const nameOf = ({ roomServer, roomArchive }: SceneOptions): string =>
  `${roomServer} ${roomArchive ? "with" : "without"} MAM`;

export interface SceneOptions {
  readonly roomServer?: ServersOptions["roomServer"];
  readonly roomArchive?: boolean;
  /** Whether the room pushes. Without, alice stays out until `returnNow`; true by default on the oldest Prosody. */
  readonly roomPush?: boolean;
  /** As for the rig. */
  readonly roomWave?: number;
  readonly plugin?: PluginFormat | "off";
  /** The release of Converse in alice's page; the one that CONVERSE asks for by default. */
  readonly release?: Release;
  /** A browser that stays open when the scene is closed; one of its own otherwise. */
  readonly browser?: Browser;
  /** alice's affiliation; none by default. */
  readonly affiliation?: "member" | "admin";
  /** More settings for alice's Converse. @param stage so that a setting can name its servers */
  readonly settings?: (stage: Stage) => Promise<Record<string, unknown>>;
}

export interface Scene {
  readonly stage: Stage;
  readonly room: string;
  readonly bob: RawClient;
  readonly alice: ChatPage;
  /** The room server is killed and comes back, and so does bob. @returns when it was killed */
  crash(): Promise<number>;
  /** bob says them all at once. Resolves when the room has said the last one back. */
  burst(bodies: readonly string[]): Promise<void>;
  /** Has alice's page find out that she is out. Without the plugin: she comes back to the tab. */
  returnNow(): Promise<void>;
  /** What the room said to bob, in its order; only the messages whose body begins like this. */
  heardByBob(beginning?: string): readonly RoomMessage[];
  /**
   * bob says a last word; once alice has it, compares what she has with what bob heard.
   * @param beginning only messages whose body begins like this count
   * @returns what differs in Converse and on the page; empty when nothing does
   */
  whatDiffers(beginning?: string): Promise<string[]>;
  close(): Promise<void>;
}

let lastWords = 0;

export async function beginScene(options: SceneOptions = {}): Promise<Scene> {
  const { roomServer = "prosody", roomArchive = true, plugin } = options;
  const { roomPush = roomServer === "prosody", affiliation } = options;
  const roomHistory = LONG_HISTORY;
  const { release, browser, roomWave } = options;
  const stage = await setStage(
    {
      roomServer,
      roomArchive,
      roomPush,
      ...(roomWave !== undefined && { roomWave }),
      ...(roomArchive ? {} : { roomHistory }),
      ...(release && { release }),
    },
    browser,
  );
  const { room, servers } = stage;
  try {
    const bob = await stage.logIn("bob");
    await bob.joinRoom(room, "bob");
    await bob.configureRoom(room, { persistent: true });
    if (affiliation)
      await bob.request(
        `<iq type="set" to="${room}"><query xmlns="http://jabber.org/protocol/muc#admin"><item affiliation="${affiliation}" jid="alice@${servers.users.host}"/></query></iq>`,
      );
    const settings = (await options.settings?.(stage)) ?? {};
    const alice = await stage.openAlice({
      ...(plugin && { plugin }),
      settings,
    });
    if (roomPush && plugin !== "off")
      await alice.waitForEvent("mucPushEnabled", { room });
    await bob.say(room, "all is well");
    await alice.waitForMessage(room, "all is well");
    return sceneOf(stage, bob, alice);
  } catch (error) {
    await stage.close();
    throw error;
  }
}

function sceneOf(stage: Stage, bob: RawClient, alice: ChatPage): Scene {
  const { room } = stage;

  function heardByBob(beginning = ""): readonly RoomMessage[] {
    return bob.received.flatMap((stanza) => {
      const message = liveMessage(stanza, room);
      const isLive = !stanza.getChild("delay", "urn:xmpp:delay");
      return message && isLive && message.body.startsWith(beginning)
        ? [message]
        : [];
    });
  }

  return {
    stage,
    room,
    bob,
    alice,
    heardByBob,
    crash: () => crash(stage, bob, "bob"),
    async burst(bodies) {
      const last = bodies.at(-1);
      if (last === undefined) return;
      const echo = bob.waitForNext(
        (stanza) => liveMessage(stanza, room)?.body === last,
        { timeoutMs: BURST_TIMEOUT_MS },
      );
      for (const body of bodies) bob.send(messageTo(room, body, body));
      await echo;
    },
    async returnNow() {
      const isOurs = await alice.page.evaluate((jid) => {
        const { mucPush } = window.rig._converse?.api ?? {};
        mucPush?.check(jid);
        return mucPush !== undefined;
      }, room);
      if (!isOurs) await lookAtTab(alice);
    },
    async whatDiffers(beginning = "") {
      const last = `${beginning}last word ${++lastWords}`;
      await bob.say(room, last);
      await alice.waitForMessage(room, last);
      const fits = (body: string) => body.startsWith(beginning);
      const ofBob = heardByBob(beginning)
        .filter(({ body }) => body !== "")
        .map(lineOf);
      const model = (await alice.modelMessages(room)).filter(fits);
      // Of a long conversation the page draws the end.
      const drawn = await drawnMessages(alice, room);
      const shown = drawn.filter(fits);
      if (shown.length < leastDrawn(model.length))
        return [`alice's page: ${shown.length} of ${model.length} are drawn`];
      return [
        ...differences("alice's Converse", ofBob, model.map(lineOfBody)),
        ...differences(
          "alice's page",
          ofBob.slice(-shown.length),
          shown.map(lineOfBody),
        ),
      ];
    },
    close: () => stage.close(),
  };
}

const lineOf = ({ body, nick }: RoomMessage) => ({
  key: body,
  label: `${nick}: ${body}`,
});
const lineOfBody = (body: string) => ({ key: body, label: body });

/** A groupchat message; without `id` when that is empty. */
export function messageTo(
  room: string,
  id: string,
  body: string,
  ...more: Element[]
): Element {
  const attributes = { type: "groupchat", to: room, ...(id && { id }) };
  const text = body ? [createElement("body", {}, body)] : [];
  return createElement("message", attributes, ...text, ...more);
}

/** Numbered bodies: "missed 1", "missed 2", … */
export function numbered(word: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${word} ${n + 1}`);
}

/** A second device of alice's: a raw client with her account. */
export async function openSecondDevice(
  { stage, room }: Scene,
  nick: string,
): Promise<RawClient> {
  const device = await stage.logIn("alice");
  await device.joinRoom(room, nick);
  return device;
}

/** The scene has to end as it should: with nothing missing, doubled or misplaced, and no error in the page. */
export async function expectNothingLost(
  scene: Scene,
  beginning?: string,
): Promise<void> {
  expect(await scene.whatDiffers(beginning)).toEqual([]);
  expect(await complaintsOf(scene.alice)).toEqual([]);
}
