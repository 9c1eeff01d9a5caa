/** Takes the README's two pictures: the same crash without the plugin and with it. `npx tsx scripts/readme-pictures.ts` */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "../rig/browser";
import { openChatPage } from "../rig/chat-page";
import { startPageServer } from "../rig/page-server";
import { connectRawClient } from "../rig/raw-client";
import { startServers } from "../rig/servers";

const folder = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  "../docs/images",
);
const WHILE_AWAY = [
  "The release moves to eleven.",
  "alice, are you coming?",
  "We start without you.",
];

async function takePicture(plugin: "script" | "off", file: string) {
  const servers = await startServers();
  const pageServer = await startPageServer();
  const browser = await launchBrowser();
  try {
    const { users, rooms } = servers;
    const room = `release@${rooms.host}`;
    users.addUser("alice", "secret");
    users.addUser("bob", "secret");
    const { host, websocketUrl } = users;
    const login = { host, websocketUrl, username: "bob", password: "secret" };
    const bob = await connectRawClient(login);
    await bob.joinRoom(room, "bob");
    const alice = await openChatPage({
      browser,
      pageServer,
      users,
      username: "alice",
      password: "secret",
      rooms: [{ jid: room, nick: "alice" }],
      plugin,
    });
    await alice.page.setViewportSize({ width: 720, height: 420 });
    await alice.waitUntilEntered(room);
    await bob.say(room, "Good morning! The release is at half past ten.");
    await alice.waitForMessage(
      room,
      "Good morning! The release is at half past ten.",
    );

    await rooms.kill();
    await rooms.start();
    await bob.joinRoom(room, "bob");
    for (const body of WHILE_AWAY) await bob.say(room, body);
    bob.send(
      `<message type="chat" to="alice@${host}"><body>there?</body></message>`,
    );
    await alice.waitForMessage(`bob@${host}`, "there?");
    if (plugin !== "off") {
      await alice.waitForMessage(room, WHILE_AWAY.at(-1) ?? "");
    }
    await alice.page
      .locator("converse-controlbox")
      .evaluate((box) => ((box as HTMLElement).style.display = "none"));
    await alice.page.screenshot({ path: path.join(folder, file) });
    await bob.close();
  } finally {
    await browser.close();
    await pageServer.close();
    await servers.close();
  }
}

mkdirSync(folder, { recursive: true });
await takePicture("off", "without.png");
await takePicture("script", "with.png");
