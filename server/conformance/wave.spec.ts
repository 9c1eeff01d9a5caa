import type { Element } from "ltx";
import { describe, expect, it } from "vitest";
import type { RawClient } from "../../rig/raw-client";
import { isPush, registerAndLeave } from "./acts";
import { SERVERS } from "./servers";
import { useStage } from "./stage";

const ROOMS = 100;
const PEOPLE = 20;
const REGISTRATIONS = ROOMS * PEOPLE;
const RATE = 250;
/** What arrives first may have been on its way longer than what arrives last, on a busy machine. */
const TOLERANCE_MS = 1500;

describe.each(SERVERS)("$name: a wave after a start", (server) => {
  const stage = useStage(server, {
    intervalSeconds: 0,
    startupRate: RATE,
    startupDelaySeconds: 0,
    // Fewer than there are absentees: the wave has to go on as answers come.
    maxPending: 50,
  });

  /** Counts the pushes to everybody, and answers them. */
  function watch(people: readonly RawClient[]) {
    const counts = new Map<string, number>();
    let firstAt = 0;
    let lastAt = 0;
    let total = 0;
    let resolve: () => void;
    const everybody = new Promise<void>((done) => (resolve = done));
    for (const client of people)
      client.onStanza((stanza: Element) => {
        if (!isPush(stanza)) return;
        client.answer(stanza, "result");
        const key = `${client.jid} ${String(stanza.attrs.from)}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
        lastAt = performance.now();
        firstAt ||= lastAt;
        total++;
        if (counts.size === REGISTRATIONS) resolve();
      });
    return {
      everybody,
      total: () => total,
      durationMs: () => lastAt - firstAt,
    };
  }

  it(`of ${REGISTRATIONS} registrations pushes each once, no faster than allowed, and the rooms can be used meanwhile`, async () => {
    const alice = await stage.connect("alice");
    const people = await Promise.all(
      Array.from({ length: PEOPLE }, (_, i) => stage.connect(`user${i}`)),
    );
    const rooms = await Promise.all(
      Array.from({ length: ROOMS }, () => stage.createRoom(alice)),
    );
    // One after the other in a room, so that a join is not told to many others.
    await Promise.all(
      rooms.map(async (room) => {
        for (const client of people) await registerAndLeave(client, room);
      }),
    );

    const pushes = watch(people);
    await stage.servers.rooms.kill();
    await stage.servers.rooms.start();
    const quiet = await stage.createRoom(alice);
    await alice.say(quiet, "hello");
    expect(pushes.total()).toBeLessThan(REGISTRATIONS);

    await pushes.everybody;
    expect(pushes.durationMs()).toBeGreaterThan(
      (REGISTRATIONS / RATE) * 1000 - TOLERANCE_MS,
    );
    // What was sent before this answer has arrived before it.
    await Promise.all(
      people.map((client) =>
        client.request(
          `<iq type="get" to="${quiet}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`,
        ),
      ),
    );
    expect(pushes.total()).toBe(REGISTRATIONS);
  });
});
