/** The main path in Firefox (Debian's package firefox-esr), with two Prosodys. */
import { afterEach, expect, test } from "vitest";
import { chatPageOf, settingsFor } from "../../rig/chat-page";
import { launchFirefox } from "../../rig/firefox";
import { chosenRelease, majorOf } from "../../rig/releases";
import { startPageServer } from "../../rig/page-server";
import { startServers } from "../../rig/servers";
import { connectUser, crash, QUICK, storyOf } from "./stage";

const undos: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});

async function begin<T extends { close(): Promise<unknown> }>(
  starting: Promise<T>,
): Promise<T> {
  const started = await starting;
  undos.push(() => started.close());
  return started;
}

test("in Firefox: after a crash the page is back in its seat with every message once, after one ping and one join", async () => {
  const servers = await begin(startServers());
  const pages = await begin(startPageServer());
  const firefox = await begin(launchFirefox());
  const room = `lobby@${servers.rooms.host}`;
  const { users } = servers;
  users.addUser("alice", "secret");
  const bob = await connectUser(servers, "bob");
  undos.push(() => bob.drop());
  await bob.joinRoom(room, "bob");
  await bob.say(room, "all is well");

  const url = pages.addPage({
    settings: settingsFor({
      users,
      username: "alice",
      password: "secret",
      rooms: [{ jid: room, nick: "alice" }],
      settings: QUICK,
    }),
  });
  const alice = chatPageOf(await firefox.open(url));
  await alice.waitForEvent("mucPushEnabled", { room });
  // 7.0.6 shows no room by itself.
  if (majorOf(chosenRelease()) < 8) await alice.openRoom(room, "alice");
  await alice.waitForEvent("enteredNewRoom");
  await alice.waitForMessage(room, "all is well");

  const since = await crash({ servers, room }, bob, "bob");
  for (const body of ["one", "two"]) await bob.say(room, body);
  await alice.waitForEvent("mucPushBack", { room, since });
  await alice.waitForEvent("mucPushEnabled", { room, since });
  await bob.say(room, "live again");
  await alice.waitForMessage(room, "live again");

  const expected = ["all is well", "one", "two", "live again"];
  expect(await alice.modelMessages(room)).toEqual(expected);
  await expect.poll(() => alice.shownMessages()).toEqual(expected);
  expect(storyOf(await alice.wire(), room, since)).toEqual([
    "push",
    "answer result",
    "ping",
    "join",
    "enable",
  ]);

  await crash({ servers, room }, bob, "bob");
  await alice.say(room, "is anybody here?");
  await bob.waitFor(
    (stanza) => stanza.getChildText("body") === "is anybody here?",
  );
  await bob.say(room, "I am");
  await alice.waitForMessage(room, "I am");
  const all = [...expected, "is anybody here?", "I am"];
  expect(await alice.modelMessages(room)).toEqual(all);
  const names = (await alice.events()).map(({ name }) => name);
  expect(names).not.toContain("reconnected");
  expect(await alice.errors()).toEqual([]);
});
