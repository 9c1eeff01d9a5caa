/** What the README tells site owners to do, done: its page and its configuration, word for word. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { chatPageOf } from "../../scripts/rig/chat-page";
import { NEWEST, RELEASES, type Release } from "../../scripts/rig/releases";
import { sendFile } from "../../scripts/rig/static-files";
import { comeBack, QUICK, setStage, type Stage } from "./stage";

const pathOf = (name: string) =>
  fileURLToPath(new URL(`../../${name}`, import.meta.url));
const DIST = pathOf("dist");
const RIG_PLUGIN = pathOf("scripts/rig/page/rig-plugin.js");

const readme = readFileSync(pathOf("README.md"), "utf8");

/** The README's blocks in a language, in their order. */
function blocks(language: string): string[] {
  const fences = new RegExp("```" + language + "\\n([^]*?)```", "g");
  return [...readme.matchAll(fences)].map(([, text]) => text as string);
}

/** The README's text with an address of its own put for an example's; fails when the example is not there. */
function adapt(text: string, changes: Record<string, string>): string {
  return Object.entries(changes).reduce((adapted, [example, ours]) => {
    expect(adapted).toContain(example);
    return adapted.replaceAll(example, ours);
  }, text);
}

let stage: Stage;
afterEach(() => stage.close());

/** The README's page for a release: the first one is for the newest, the second one for those before. */
const pageFor = (release: Release) =>
  blocks("html")[release === NEWEST ? 0 : 1] ?? "";

test.each(RELEASES)(
  "the README's page, with Converse.js %s, and its Prosody configuration bring the user back after a crash",
  async (release) => {
    const [lua = ""] = blocks("lua");
    // The rig writes the component's line and the path itself: what is left is the module's own part.
    const component = lua.slice(lua.indexOf('"muc"') + '"muc"'.length);
    expect(component).toContain('"muc_push"');
    stage = await setStage({
      release,
      roomPush: true,
      roomConfig: component.replace('"muc_mam"', '"rig_trace", "muc_mam"'),
    });
    const { servers, room, pages, browser } = stage;
    const bob = await stage.logIn("bob");
    await bob.joinRoom(room, "bob");

    servers.users.addUser("alice", "secret");
    const settings = {
      authentication: "login",
      auto_login: true,
      jid: `alice@${servers.users.host}`,
      password: "secret",
      auto_join_rooms: [{ jid: room, nick: "alice" }],
      ...QUICK,
    };
    const html = adapt(pageFor(release), {
      "wss://chat.example/xmpp-websocket": servers.users.websocketUrl,
      "converse.initialize({": `converse.initialize({ ...${JSON.stringify(settings)},`,
      // Only so that this test can look inside.
      '["converse-muc-push"]': '["converse-muc-push", "rig"]',
    });
    pages.addRoute("/converse-muc-push.js", (_request, response) =>
      sendFile(response, DIST, "converse-muc-push.js"),
    );
    pages.addRoute("/chat", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      response.end(`<!doctype html><meta charset="utf-8">${html}`);
    });
    const page = await browser.newPage();
    await page.addInitScript({ path: RIG_PLUGIN });
    await page.goto(`${pages.origin}/chat`);
    const alice = chatPageOf(page);
    await alice.waitForEvent("mucPushEnabled", { room });
    expect(await alice.converseVersion()).toBe(release);

    const since = Date.now();
    await servers.rooms.kill();
    await servers.rooms.start();
    await comeBack(bob, room, "bob");
    await bob.say(room, "is everybody back?");
    await alice.waitForEvent("mucPushBack", { room, since });
    await alice.waitForMessage(room, "is everybody back?");
  },
);
