/** What the README tells site owners to do, done: its page and its configuration, word for word. */
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { chatPageOf } from "../../scripts/rig/chat-page";
import { comeBack, QUICK, setStage, type Stage } from "./stage";

const readme = readFileSync(
  new URL("../../README.md", import.meta.url),
  "utf8",
);

function block(language: string): string {
  const text = new RegExp("```" + language + "\\n([^]*?)```").exec(readme)?.[1];
  if (text === undefined) throw new Error(`no ${language} in the README`);
  return text;
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

test("the README's page and Prosody configuration bring the user back after a crash", async () => {
  const lua = block("lua");
  // The rig writes the component's line and the path itself: what is left is the module's own part.
  const component = lua.slice(lua.indexOf('"muc"') + '"muc"'.length);
  expect(component).toContain('"muc_push"');
  stage = await setStage({
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
    assets_path: "/converse",
    ...QUICK,
  };
  const html = adapt(block("html"), {
    "wss://chat.example/xmpp-websocket": servers.users.websocketUrl,
    "/converse-muc-push.js": "/plugin/converse-muc-push.js",
    "converse.initialize({": `converse.initialize({ ...${JSON.stringify(settings)},`,
    // Only so that this test can look inside.
    '["converse-muc-push"]': '["converse-muc-push", "rig"]',
  });
  pages.addRoute("/chat", (_request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(
      `<!doctype html><meta charset="utf-8"><script src="/rig/rig-plugin.js"></script>${html}`,
    );
  });
  const page = await browser.newPage();
  await page.goto(`${pages.origin}/chat`);
  const alice = chatPageOf(page);
  await alice.waitForEvent("mucPushEnabled", { room });

  const since = Date.now();
  await servers.rooms.kill();
  await servers.rooms.start();
  await comeBack(bob, room, "bob");
  await bob.say(room, "is everybody back?");
  await alice.waitForEvent("mucPushBack", { room, since });
  await alice.waitForMessage(room, "is everybody back?");
});
