/** What the README tells site owners to do, done: its page and its configuration, word for word. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { launchBrowser } from "../../rig/browser";
import { chatPageOf } from "../../rig/chat-page";
import {
  majorOf,
  NEWEST,
  packageOf,
  RELEASES,
  type Release,
} from "../../rig/releases";
import { sendFile } from "../../rig/static-files";
import { startPageServer, type PageServer } from "../../rig/page-server";
import { comeBack, QUICK, setStage } from "./stage";

const pathOf = (name: string) =>
  fileURLToPath(new URL(`../../${name}`, import.meta.url));
const DIST = pathOf("dist");
const RIG_PLUGIN = pathOf("rig/page/rig-plugin.js");

const HASHES = JSON.parse(
  readFileSync(pathOf("dist/integrity.json"), "utf8"),
) as Record<string, string>;
const { version: VERSION } = JSON.parse(
  readFileSync(pathOf("package.json"), "utf8"),
) as { version: string };

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

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** The README's pages: for the newest release, for those before, with a module, and without any view. */
const [
  NEWEST_PAGE = "",
  OLDER_PAGE = "",
  MODULE_PAGE = "",
  TAG = "",
  HEADLESS_PAGE = "",
] = blocks("html");
const pageFor = (release: Release) =>
  release === NEWEST ? NEWEST_PAGE : OLDER_PAGE;

/** Serves a page byte for byte, with the plugin's files where the README has them. */
function serve(pages: PageServer, html: string): string {
  for (const name of [
    "converse-muc-push.js",
    "converse-muc-push.esm.js",
    `converse-muc-push@${VERSION}/dist/converse-muc-push.js`,
  ])
    pages.addRoute(`/${name}`, (_request, response) =>
      sendFile(response, DIST, path.basename(name)),
    );
  pages.addRoute("/chat", (_request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(html);
  });
  return `${pages.origin}/chat`;
}

/** What Converse says to a plugin of that name: it refuses the second one. */
const registerAgain = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { converse } = window as unknown as {
      converse: { plugins: { add(name: string, plugin: object): void } };
    };
    try {
      converse.plugins.add("converse-muc-push", {});
      return "taken";
    } catch (error) {
      return String(error);
    }
  });

/** The tag with a hash, in the place of the page's own tag for the plugin. */
const withIntegrity = (pages: PageServer) =>
  adapt(NEWEST_PAGE, {
    '<script src="/converse-muc-push.js"></script>': adapt(TAG.trim(), {
      "https://cdn.example": pages.origin,
      "sha384-…": HASHES["converse-muc-push.js"] ?? "",
    }),
  });

test.each<[string, Release, (pages: PageServer) => string]>([
  ...RELEASES.map((release): [string, Release, () => string] => [
    "page as it stands",
    release,
    () => pageFor(release),
  ]),
  ["page with a module", NEWEST, () => MODULE_PAGE],
  ["tag with a hash", NEWEST, withIntegrity],
])(
  "the README's %s, with Converse.js %s, shows a login form, and the plugin starts",
  async (_what, release, htmlFor) => {
    const pages = await startPageServer({ release });
    undo.push(() => pages.close());
    const browser = await launchBrowser();
    undo.push(() => browser.close());
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.text().includes("converse-muc-push"))
        complaints.push(message.text());
    });
    await page.goto(serve(pages, htmlFor(pages)));
    await page
      .locator('input[name="jid"]')
      .first()
      .waitFor({ state: "visible" });
    expect(complaints).toEqual([]);
    expect(await registerAgain(page)).toContain("already been registered");
  },
);

test.each([
  ["converse-headless.min.js", NEWEST],
  ["converse-headless.min.esm.js", "12.0.0"],
] as const)(
  "the README's page without views, with %s of Converse.js %s, starts the plugin",
  async (file, release) => {
    const pages = await startPageServer({ release });
    undo.push(() => pages.close());
    const headless = pathOf(
      `node_modules/${packageOf(release)}/src/headless/dist`,
    );
    pages.addRoute("/converse/converse-headless.min.js", (_request, response) =>
      sendFile(response, headless, file),
    );
    const browser = await launchBrowser();
    undo.push(() => browser.close());
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(serve(pages, HEADLESS_PAGE));
    expect(await registerAgain(page)).toContain("already been registered");
    expect(complaints).toEqual([]);
  },
);

test.each(RELEASES)(
  "the README's page, with Converse.js %s, and its Prosody configuration bring the user back after a crash",
  async (release) => {
    const lua = blocks("lua").find((text) => /^Component/m.test(text)) ?? "";
    // The rig writes the component's line and the path itself: what is left is the module's own part.
    const component = lua.slice(lua.indexOf('"muc"') + '"muc"'.length);
    expect(component).toContain('"muc_push"');
    const stage = await setStage({
      release,
      roomPush: true,
      roomConfig: component.replace('"muc_mam"', '"rig_trace", "muc_mam"'),
    });
    undo.push(() => stage.close());
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
    const page = await browser.newPage();
    await page.addInitScript({ path: RIG_PLUGIN });
    await page.goto(serve(pages, html));
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
    // 7.0.6 shows no room by itself.
    if (majorOf(release) < 8) await alice.openRoom(room, "alice");
    await page
      .locator(".chat-msg__text", { hasText: "is everybody back?" })
      .waitFor({ state: "visible" });
  },
);
