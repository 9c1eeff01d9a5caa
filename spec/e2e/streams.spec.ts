/** Streams that break, resume, are replaced or sleep: Converse.js 14.0.0 in Chromium, two Prosodys. */
import { afterEach, expect, test } from "vitest";
import type { ChatPage } from "../../scripts/rig/chat-page";
import { layLine, type Line } from "../../scripts/rig/line";
import type { ServersOptions } from "../../scripts/rig/servers";
import { assemble, type Cast } from "./cast";

let cast: Cast;
let line: Line | undefined;

afterEach(async () => {
  await cast.stage.close();
  await line?.close();
  line = undefined;
});

/** alice, registered, over a line that can be cut. */
async function callAlice(
  settings: Record<string, unknown> = {},
  options: ServersOptions = {},
): Promise<{ alice: ChatPage; line: Line }> {
  cast = await assemble(options);
  const { websocketUrl } = cast.stage.servers.users;
  line = await layLine(websocketUrl);
  const alice = await cast.openAlice({
    websocket_url: line.over(websocketUrl),
    ...settings,
  });
  return { alice, line };
}

/** What the room was given: this tab's half of the registration. */
const registrationOf = (alice: ChatPage) =>
  alice.page.evaluate(
    (key) =>
      JSON.parse(sessionStorage.getItem(key) ?? "null") as {
        jid: string;
        node: string;
      } | null,
    `converse-muc-push:${cast.room}`,
  );

/** Resolves when Converse knows that its stream is down. */
const isDown = (alice: ChatPage) =>
  alice.waitForPushState(cast.room, "suspended");

test.each([
  { how: "and is resumed", settings: { enable_smacks: true } },
  { how: "and is bound anew", settings: { enable_smacks: false } },
])(
  "a stream breaks $how: Converse's own rejoin is the only one, registered again, the next crash is survived",
  async ({ settings }) => {
    const { alice, line } = await callAlice(settings);
    const before = await registrationOf(alice);
    const since = Date.now();
    line.hold();
    await isDown(alice);
    line.mend();
    await cast.registered(alice, since);
    await cast.fence(alice);
    const isResumed = (await alice.wire()).some(
      ({ dir, xml, at }) =>
        at >= since && dir === "in" && xml.includes("<resumed"),
    );
    expect(isResumed).toBe(settings.enable_smacks);
    expect(cast.story(since).filter((step) => step !== "unavailable")).toEqual([
      "join",
      "enable",
    ]);
    expect(await registrationOf(alice)).toEqual(before);
    await cast.surviveCrash(alice);
    expect(await alice.errors()).toEqual([]);
  },
);

test("a page is reloaded and its stream resumed: the node survives, registered again without a join", async () => {
  const { alice } = await callAlice();
  const before = await registrationOf(alice);
  const since = Date.now();
  await alice.page.reload();
  await cast.registered(alice, since);
  await cast.fence(alice);
  expect(await registrationOf(alice)).toEqual(before);
  expect(cast.story(since)).toEqual(["ping of Converse", "enable"]);
  const events = (await alice.events()).map(({ name }) => name);
  expect(events).toContain("chatRoomInitialized");
  expect(events).not.toContain("enteredNewRoom");
  await cast.surviveCrash(alice);
});
