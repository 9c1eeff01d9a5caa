import { describe, expect, it } from "vitest";
import type { Compat } from "../../src/converse/converse.js";
import { guardDates } from "../../src/converse/message-dates.js";
import { mendMessageUpdates } from "../../src/converse/releases/message-updates.js";
import type {
  InnerConverse,
  Model,
  MucModel,
} from "../../src/converse/converse-types.js";
import { Wire } from "../../src/converse/act/iq.js";
import { FakeClock, settled } from "../fake-clock.js";

const ROOM = "room@muc.example";
const KEY = `stanza_id ${ROOM}`;

describe("a message that something out of an archive refers to", () => {
  const updated = (id: string) => {
    const muc = {
      get: () => ROOM,
      getUpdatedMessageAttributes: (_: unknown, { time }: { time: string }) =>
        Promise.resolve({ time, is_archived: true }),
    } as unknown as MucModel;
    mendMessageUpdates(muc);
    const message = {
      get: (name: string) => (name === KEY ? "a1" : undefined),
    } as unknown as Model;
    const update = { [KEY]: id, time: "later", is_archived: true };
    return muc.getUpdatedMessageAttributes(message, update as never);
  };

  it("keeps its time", async () => {
    expect(await updated("a2")).toEqual({ is_archived: true });
  });

  it("has the archive's time when it comes itself", async () => {
    expect(await updated("a1")).toMatchObject({ time: "later" });
  });
});

describe("the date of a live message", () => {
  const stamp = "2026-01-01T00:00:00.000Z";
  const judged = (
    from: string | null,
    isArchived = false,
    date: string = stamp,
  ) => {
    const judges: ((...args: unknown[]) => unknown)[] = [];
    const on = (_: string, judge: (...args: unknown[]) => unknown) =>
      judges.push(judge);
    guardDates({ api: { listen: { on } } } as unknown as InnerConverse);
    const element = (attributes: Record<string, string>, more: object) => ({
      getAttribute: (name: string) => attributes[name] ?? null,
      nodeType: 1,
      ...more,
    });
    const delay = element(
      { ...(from !== null && { from }), stamp: date },
      { localName: "delay", namespaceURI: "urn:xmpp:delay" },
    );
    const stanza = element({ from: `${ROOM}/bob` }, { childNodes: [delay] });
    const attributes = {
      is_delayed: true,
      is_archived: isArchived,
      time: stamp,
    };
    return judges[0]?.(stanza, attributes);
  };

  it("counts from the room", () => {
    expect(judged(ROOM)).toMatchObject({ is_delayed: true, time: stamp });
  });

  it.each([`${ROOM}/bob`, "muc.example", "bob@example"])(
    "does not count from %s",
    (from) => {
      const { is_delayed, time } = judged(from) as Record<string, unknown>;
      expect(is_delayed).toBe(false);
      expect(Math.abs(Date.parse(String(time)) - Date.now())).toBeLessThan(
        60_000,
      );
    },
  );

  it("counts from nobody in particular, unless it lies in the future", () => {
    expect(judged(null)).toMatchObject({ is_delayed: true, time: stamp });
    const ahead = new Date(Date.now() + 3_600_000).toISOString();
    expect(judged(null, false, ahead)).toMatchObject({ is_delayed: false });
  });

  it("is the archive's affair out of an archive", () => {
    expect(judged("bob@example", true)).toMatchObject({ time: stamp });
  });
});

it("a page of an archive that keeps coming has its time from its last message on", async () => {
  const clock = new FakeClock();
  const compat = {
    log: { debug: () => {} },
    iq: () => ({}),
    built: (iq: unknown) => iq,
    api: {
      connection: { connected: () => true },
      sendIQ: () => new Promise(() => {}),
    },
  } as unknown as Compat;
  let extend = () => {};
  let ended: string | null = null;
  void new Wire(compat, clock, 10_000)
    .request(
      "set",
      ROOM,
      (iq) => iq,
      (begun) => (extend = begun),
    )
    .then(({ kind }) => (ended = kind));
  for (let message = 0; message < 5; message++) {
    await clock.passes(9_000);
    extend();
  }
  await settled();
  expect(ended).toBeNull();
  await clock.passes(10_000);
  expect(ended).toBe("no-answer");
});
