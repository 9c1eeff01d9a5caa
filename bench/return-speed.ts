/**
 * `npm run bench:return`: how many round trips of her page alice's return takes, and how many it takes until what
 * she missed is on her screen. Prints a table in Markdown.
 *
 * Her page is 200 ms per round trip away from her server, and the room server is next to that. The clock starts
 * when the page hears of its loss: with the push; where the room does not push, with the ping that the page is
 * told to send; after the room's goodbye (332), with the first thing that the page then asks.
 */
import { randomUUID } from "node:crypto";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../rig/browser";
import type { ChatPage } from "../rig/chat-page";
import { layLine, type Line } from "../rig/line";
import { comeBack, lookAtTab, setStage, type Stage } from "../spec/e2e/stage";

/** In each direction, in milliseconds. */
const DELAY_MS = 100;
const ROUND_TRIP_MS = 2 * DELAY_MS;
/** How often each case is measured, the only argument; the table has the median. */
const RUNS = Number(process.argv[2] ?? 5);
/** How many messages alice misses each time. */
const MISSED = 10;
/** Longer than any return takes, in milliseconds. */
const LIMIT_MS = 15_000;

interface Case {
  readonly roomServer: "prosody" | "ejabberd";
  readonly roomArchive: boolean;
  readonly plugin: "script" | "off";
  /** How the page hears of its loss. */
  readonly start: "push" | "332, push" | "check" | "332" | "look at the tab";
}

interface Result {
  /** Milliseconds until the self-presence; null when it did not come. */
  readonly seat: number | null;
  /** Milliseconds until the last missed message is in the DOM; null when it is not. */
  readonly shown: number | null;
}

const CASES: readonly Case[] = (["prosody", "ejabberd"] as const).flatMap(
  (roomServer) =>
    [true, false].flatMap((roomArchive): Case[] => {
      const base = { roomServer, roomArchive };
      const silent = roomServer === "prosody" ? "push" : "check";
      return [
        { ...base, plugin: "script", start: silent },
        {
          ...base,
          plugin: "script",
          start: roomServer === "ejabberd" ? "332" : "332, push",
        },
        { ...base, plugin: "off", start: "look at the tab" },
      ];
    }),
);

/**
 * Notes in the page when a message is drawn: from outside it would take a while to see it.
 * @param body of the message
 */
async function watchFor(alice: ChatPage, body: string): Promise<void> {
  await alice.page.evaluate((text) => {
    const marks = window as unknown as { shownAt: number | null };
    marks.shownAt = null;
    const observer = new MutationObserver(() => {
      const all = document.querySelectorAll(".chat-msg__text");
      if (![...all].some((place) => place.textContent?.includes(text))) return;
      marks.shownAt = Date.now();
      observer.disconnect();
    });
    observer.observe(document.body, {
      childList: true,
      subtree: true,
      characterData: true,
    });
  }, body);
}

const shownAt = (alice: ChatPage): Promise<number | null> =>
  alice.page
    .waitForFunction(
      () => (window as unknown as { shownAt: number | null }).shownAt,
      undefined,
      { timeout: LIMIT_MS },
    )
    .then((found) => found.jsonValue())
    .catch(() => null);

/** The first entry of the wire at or after a time that fits; null when none comes. */
async function wireAt(
  alice: ChatPage,
  dir: "in" | "out",
  since: number,
  pattern: string,
): Promise<number | null> {
  return alice.page
    .waitForFunction(
      (wanted) =>
        window.rig.wire.find(
          (entry) =>
            entry.dir === wanted.dir &&
            entry.at >= wanted.since &&
            new RegExp(wanted.pattern).test(entry.xml),
        )?.at,
      { dir, since, pattern },
      { timeout: LIMIT_MS },
    )
    .then((found) => found.jsonValue() as Promise<number>)
    .catch(() => null);
}

/** What a room says whose service shuts down; Prosody goes without a word, so the page is told in its place. */
async function sayGoodbye(alice: ChatPage, room: string): Promise<void> {
  const since = Date.now();
  await alice.page.evaluate((jid) => {
    const goodbye = `<presence xmlns="jabber:client" type="unavailable" from="${jid}/alice"><x xmlns="http://jabber.org/protocol/muc#user"><item affiliation="none" role="none"/><status code="110"/><status code="332"/></x></presence>`;
    const { api } = window.rig._converse as unknown as {
      api: {
        connection: {
          get(): { _proto: { socket: WebSocket } };
        };
      };
    };
    const { socket } = api.connection.get()._proto;
    socket.dispatchEvent(new MessageEvent("message", { data: goodbye }));
  }, room);
  await alice.waitForEvent("mucPushOut", { room, since });
}

/** One loss and return; the stage goes on standing. */
async function measure(
  { start }: Case,
  stage: Stage,
  alice: ChatPage,
  bob: Awaited<ReturnType<Stage["logIn"]>>,
  line: Line,
): Promise<Result> {
  const { room, servers } = stage;
  const last = `last of the missed ${randomUUID()}`;
  await watchFor(alice, last);
  if (start === "332, push") await sayGoodbye(alice, room);
  // Nothing reaches the page before all has been said: so the same is missed in every case.
  line.pause();
  if (start === "332") await servers.rooms.terminate();
  else await servers.rooms.kill();
  await servers.rooms.start();
  await comeBack(bob, room, "bob");
  for (let n = 1; n < MISSED; n++) await bob.say(room, `missed ${n}`);
  await bob.say(room, last);
  const since = Date.now();
  line.resume();
  if (start === "check")
    await alice.page.evaluate(
      (jid) => window.rig._converse?.api.mucPush?.check(jid),
      room,
    );
  if (start === "look at the tab") await lookAtTab(alice);
  const first = {
    push: () => wireAt(alice, "in", since, "<notification"),
    "332, push": () => wireAt(alice, "in", since, "<notification"),
    "332": () => wireAt(alice, "out", since, "urn:xmpp:ping|^<presence"),
    check: () => wireAt(alice, "out", since, "urn:xmpp:ping"),
    "look at the tab": () => wireAt(alice, "out", since, "urn:xmpp:ping"),
  } satisfies Record<Case["start"], () => Promise<number | null>>;
  const beganAt = await first[start]();
  if (beganAt === null) return { seat: null, shown: null };
  const seated = await wireAt(
    alice,
    "in",
    beganAt,
    "^<presence(?![^>]*unavailable)[\\s\\S]*code=['\"]110['\"]",
  );
  const shown = await shownAt(alice);
  return { seat: seated && seated - beganAt, shown: shown && shown - beganAt };
}

async function run(what: Case, browser: Browser): Promise<Result[]> {
  const { roomServer, roomArchive, plugin } = what;
  const stage = await setStage({ roomServer, roomArchive }, browser);
  const { users } = stage.servers;
  const line = await layLine(users.websocketUrl, { delayMs: DELAY_MS });
  try {
    const { room } = stage;
    const bob = await stage.logIn("bob");
    await bob.joinRoom(room, "bob");
    await bob.configureRoom(room, { persistent: true });
    const alice = await stage.openAlice({
      plugin,
      settings: {
        websocket_url: line.over(users.websocketUrl),
        // After a goodbye the room itself is to speak first, not the pause to end.
        ...(what.start === "332, push" && { muc_push_backoff_min_ms: 60_000 }),
      },
    });
    const results: Result[] = [];
    for (let n = 0; n < RUNS; n++) {
      const settled = `settled ${n}`;
      if (roomServer === "prosody" && plugin !== "off")
        await alice.waitForEvent("mucPushEnabled", { room });
      await bob.say(room, settled);
      await alice.waitForMessage(room, settled);
      results.push(await measure(what, stage, alice, bob, line));
    }
    return results;
  } finally {
    await stage.close();
    await line.close();
  }
}

/** The median in round trips, with the worst in brackets. */
function inRoundTrips(values: readonly (number | null)[]): string {
  const there = values.flatMap((value) => value ?? []).sort((a, b) => a - b);
  const never = values.length - there.length;
  if (there.length === 0) return "never";
  const [median, worst] = [there[there.length >> 1], there.at(-1)].map(
    (value) => ((value ?? 0) / ROUND_TRIP_MS).toFixed(1),
  );
  return `${median} (${worst})${never > 0 ? `, ${never} of ${values.length} never` : ""}`;
}

const STARTS: Record<Case["start"], string> = {
  push: "silently out, push",
  check: "silently out, told to look",
  "332, push": "goodbye of the room (332), push",
  "332": "goodbye of the room (332), from the first question",
  "look at the tab": "silently out, user comes back to the tab",
};

console.log(
  `Round trips of ${ROUND_TRIP_MS} ms from the first word of the loss; median of ${RUNS} (worst); ${MISSED} messages missed.\n`,
);
console.log(
  "| room server | archive | Converse | how it hears of it | seat back | missed on screen |\n| --- | --- | --- | --- | --- | --- |",
);
const browser = await launchBrowser();
try {
  for (const what of CASES) {
    const results = await run(what, browser);
    const { roomServer, roomArchive, plugin, start } = what;
    const cells = [
      roomServer,
      roomArchive ? "MAM" : "none",
      plugin === "off" ? "stock" : "with plugin",
      STARTS[start],
      inRoundTrips(results.map(({ seat }) => seat)),
      inRoundTrips(results.map(({ shown }) => shown)),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
} finally {
  await browser.close();
}
