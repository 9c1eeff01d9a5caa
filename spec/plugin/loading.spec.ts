import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { converseTag } from "../../rig/page-server";
import { chosenRelease, majorOf } from "../../rig/releases";
import type { BrowserChat, BrowserOptions } from "./browser-harness";
import { lendBrowser } from "./lent-browser";
import type { ScriptedServer } from "./scripted-server";
import { expectToWork } from "./working";

const release = chosenRelease();

const harness = lendBrowser({ mayComplain: true });

/** Converse works as it does without the plugin. */
async function expectNothing(options: BrowserOptions): Promise<BrowserChat> {
  const chat = await harness().open(options);
  const { server } = chat;
  const room = chat.room();
  room.say("juliet", "Good morrow");
  await chat.hasMessage(room, "Good morrow");
  const id = server.push({ from: room.jid, node: "any" });
  await server.roundTrip();
  expect(server.answersTo(id).map(String)).toEqual([]);
  expect(room.order(0, "join", "enable", "ping")).toEqual(["join"]);
  expect(await chat.state(room)).toBeUndefined();
  return chat;
}

const aboutWhitelisting = expect.stringContaining(
  'Add to converse.initialize: whitelisted_plugins: ["converse-muc-push"]',
);

const script = '<script defer src="/plugin/converse-muc-push.js"></script>';
const module =
  '<script type="module" src="/plugin/converse-muc-push.esm.js"></script>';
const whitelisted = { whitelisted_plugins: ["rig", "converse-muc-push"] };

test.each<[string, BrowserOptions]>([
  ["a script after Converse", { plugin: "script" }],
  ["a script before Converse", { plugin: "script", pluginFirst: true }],
  ["a module after Converse", { plugin: "module" }],
  ["a module before Converse", { plugin: "module", pluginFirst: true }],
  ["a script, twice", { plugin: "script", head: script }],
  ["a script and a module", { plugin: "module", head: script }],
  ["a module, twice over", { plugin: "module", head: module + module }],
])("it works loaded as %s", async (_how, options) => {
  const chat = await expectToWork(harness(), options);
  expect(chat.complaints).toEqual([]);
  expect(chat.warnings).toEqual([]);
});

const registrations: Record<string, string> = {
  "register(converse) from the module":
    'import { register } from "/plugin/converse-muc-push.esm.js"; register(converse);',
  "register with the module of Converse":
    'import { register } from "/plugin/converse-muc-push.esm.js"; register({ default: converse });',
  "register from the script's global": "ConverseMucPush.register(converse);",
};

test.each(Object.entries(registrations))(
  "it works registered by %s",
  async (how, code) => {
    const global = how.includes("global") ? script : "";
    const chat = await expectToWork(harness(), {
      plugin: "off",
      // After Converse's own tag, before the one that initialises it.
      hasConverseTag: false,
      head: `${global}${converseTag(release)}<script type="module">${code}</script>`,
      settings: whitelisted,
    });
    expect(chat.complaints).toEqual([]);
    expect(chat.warnings).toEqual([]);
  },
);

const integrity = (hash: string) => ({
  hasConverseTag: true,
  plugin: "off" as const,
  head: `<script defer src="/plugin/converse-muc-push.js" integrity="${hash}" crossorigin="anonymous"></script>`,
  settings: whitelisted,
});

test("it works with its hash from integrity.json, and is not run with another", async () => {
  const hashes = JSON.parse(
    readFileSync("dist/integrity.json", "utf8"),
  ) as Record<string, string>;
  const hash = hashes["converse-muc-push.js"] ?? "";
  const chat = await expectToWork(harness(), integrity(hash));
  expect(chat.complaints).toEqual([]);
  const other = await harness().open(
    integrity(hashes["converse-muc-push.esm.js"] ?? ""),
  );
  expect(await other.state(other.room())).toBeUndefined();
  expect(other.complaints.join()).toContain("integrity");
});

const withArchive = (server: ScriptedServer) => {
  server.room("garden").hasArchive = true;
};

/** Runs the page's last script once more: the one that initialises Converse. */
async function initializeAgain(chat: BrowserChat): Promise<void> {
  await chat.page.evaluate(() => {
    const own = [...document.head.querySelectorAll("script")].at(-1);
    const again = document.createElement("script");
    again.textContent = own?.textContent ?? "";
    document.head.append(again);
  });
}

/** A second time 7.0.6 and 10.1.2 only connect again: they join no room, with the plugin or without. */
const testTwice = test.skipIf(majorOf(release) < 12);

testTwice(
  "it works after a second converse.initialize in the same page, and does each thing once",
  async () => {
    const chat = await expectToWork(harness(), {
      prepare: withArchive,
    });
    const room = chat.room();
    const { server } = chat;
    const mark = room.mark();
    const heard = chat.events.mark();
    await initializeAgain(chat);
    await chat.heard("mucPushEnabled", room, 1, heard);
    const id = server.push({ from: room.jid });
    await chat.heard("mucPushChecked", room, 1, heard);
    await chat.fence();
    expect(server.answersTo(id)).toHaveLength(1);
    await chat.say(room, "Once");
    await chat.hasMessage(room, "Once");
    room.forgetSeats();
    room.say("juliet", "Missed");
    await chat.check(room);
    await chat.heard("mucPushBack", room, 1, heard);
    await chat.leave(room);
    await room.nth("leave", 1, mark);
    await chat.fence();
    expect(
      room.order(mark, "ping", "join", "enable", "message", "disable", "leave"),
    ).toEqual([
      // Converse's own, about the room that it remembers.
      ...["ping", "join", "enable"],
      ...["ping", "message"],
      ...["ping", "join", "enable"],
      ...["disable", "leave"],
    ]);
    const messages = await chat.messages(room);
    expect(messages.filter((body) => body === "Missed")).toHaveLength(1);
    expect(chat.complaints).toEqual([]);
  },
);

testTwice(
  "not whitelisted, it says so once although Converse is initialised twice",
  async () => {
    const chat = await expectNothing({
      settings: { whitelisted_plugins: ["rig"] },
    });
    const room = chat.room();
    const mark = room.mark();
    await initializeAgain(chat);
    await room.nth("join", 1, mark);
    expect(chat.warnings).toEqual([aboutWhitelisting]);
  },
);

/** Loads the plugin as a page does that puts it in too late, or a tag manager. */
const late: Record<string, string> = {
  script: 'tag.src = "/plugin/converse-muc-push.js";',
  module: 'tag.type = "module"; tag.src = "/plugin/converse-muc-push.esm.js";',
};

test.each(Object.entries(late))(
  "loaded as a %s after converse.initialize, it says once what to do",
  async (_how, code) => {
    const chat = await harness().open({
      plugin: "off",
      settings: whitelisted,
    });
    await chat.page.evaluate(
      (code) =>
        new Promise((resolve) => {
          const tag = document.createElement("script");
          new Function("tag", code)(tag);
          tag.addEventListener("load", resolve);
          document.body.append(tag);
        }),
      code,
    );
    expect(chat.warnings).toEqual([
      expect.stringContaining("before converse.initialize"),
    ]);
    expect(await chat.state(chat.room())).toBeUndefined();
    expect(chat.complaints).toEqual([]);
  },
);

test("register() says what it wants when it is given something else", async () => {
  const chat = await harness().open({ plugin: "script" });
  const message = await chat.page.evaluate(() => {
    const { ConverseMucPush } = window as unknown as {
      ConverseMucPush: { register(what: unknown): void };
    };
    try {
      ConverseMucPush.register({});
      return "nothing thrown";
    } catch (error) {
      return String(error);
    }
  });
  expect(message).toMatch(/^TypeError: .*register\(\) takes converse/);
});

test("not whitelisted, it says so once, does nothing and breaks nothing", async () => {
  const chat = await expectNothing({
    head: script,
    settings: { whitelisted_plugins: ["rig"] },
  });
  expect(chat.complaints).toEqual([]);
  expect(chat.warnings).toEqual([aboutWhitelisting]);
});

test("blacklisted, it does nothing and breaks nothing", async () => {
  const chat = await expectNothing({
    settings: { blacklisted_plugins: ["converse-omemo", "converse-muc-push"] },
  });
  expect(chat.complaints).toEqual([]);
  expect(chat.warnings).toEqual([]);
});

test("turned off by its setting, it does nothing and breaks nothing", async () => {
  const chat = await expectNothing({ settings: { muc_push: false } });
  expect(chat.complaints).toEqual([]);
  expect(chat.warnings).toEqual([]);
});

const bad: [setting: string, value: unknown][] = [
  ["muc_push", "yes"],
  ["muc_push_check_interval_ms", -1],
  ["muc_push_answer_timeout_ms", 99],
  ["muc_push_join_timeout_ms", "60000"],
  ["muc_push_backoff_min_ms", null],
  ["muc_push_backoff_max_ms", 1e12],
  ["muc_push_quiet_ms", -1],
  ["muc_push_silence_ms", 999],
  ["muc_push_concurrent_joins", 0],
  ["muc_push_missing_tries", 0],
];

test("each bad setting gets one sentence on the console, and its default", async () => {
  const chat = await expectToWork(harness(), {
    settings: Object.fromEntries(bad),
  });
  for (const [setting] of bad) {
    const sentences = chat.complaints.filter((text) =>
      new RegExp(`${setting} must be`).test(text),
    );
    expect([setting, sentences.length]).toEqual([setting, 1]);
    expect(sentences[0]).toMatch(/converse-muc-push: .* using the default/);
  }
  expect(chat.complaints).toHaveLength(bad.length);
});

test("a bad interval falls back to 5 seconds", async () => {
  const chat = await harness().open({
    isTimeScripted: true,
    settings: { muc_push_check_interval_ms: 0 },
  });
  const { server } = chat;
  const room = chat.room();
  const { clock } = chat.page;
  await chat.heard("mucPushEnabled", room);
  await chat.stopTime();
  server.push({ from: room.jid });
  await chat.heard("mucPushChecked", room);
  server.push({ from: room.jid });
  await clock.runFor(4_999);
  await server.roundTrip();
  expect(room.count("ping")).toBe(1);
  await clock.runFor(1);
  await chat.heard("mucPushChecked", room, 2);
});

test("a longest wait below the shortest gets a sentence of its own", async () => {
  const chat = await expectToWork(harness(), {
    settings: { muc_push_backoff_min_ms: 500, muc_push_backoff_max_ms: 100 },
  });
  expect(chat.complaints).toHaveLength(1);
  expect(chat.complaints[0]).toMatch(/muc_push_backoff_max_ms is below/);
});
