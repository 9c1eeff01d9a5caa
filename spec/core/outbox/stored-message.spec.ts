import { describe, expect, it } from "vitest";
import type { Pending } from "../../../src/core/outbox/pending.js";
import {
  readPending,
  writePending,
} from "../../../src/core/outbox/stored-message.js";

const entry: Pending = {
  room: "garden@rooms.test",
  isPrivate: true,
  id: "a",
  originId: null,
  target: "a",
  body: null,
  xml: "<message/>",
  sentAt: 1,
  tries: 2,
  doubts: 1,
  breaks: 1,
  phase: { tag: "failed", reason: "banned" },
};

describe("a stored message", () => {
  it("is read as it was written", () => {
    expect(readPending(writePending(entry))).toEqual(entry);
    const sent: Pending = {
      ...entry,
      phase: { tag: "sent", turn: 0, at: 0 },
    };
    expect(readPending(writePending(sent))).toEqual(sent);
  });

  it("has no turn in another page", () => {
    const sent: Pending = {
      ...entry,
      phase: { tag: "sent", turn: 3, at: 9 },
    };
    const unturned = { tag: "sent", turn: 0, at: 0 };
    expect(readPending(writePending(sent))?.phase).toEqual(unturned);
  });

  it("of an older version, or of nonsense, has no doubts and no breaks", () => {
    const none = { ...entry, doubts: 0, breaks: 0 };
    for (const count of [undefined, "2", -1, null]) {
      const text = JSON.stringify({ ...entry, doubts: count, breaks: count });
      expect(readPending(text)).toEqual(none);
    }
  });

  it("of an older version, or of nonsense, is not private", () => {
    for (const isPrivate of [undefined, "true", 1, null]) {
      const text = JSON.stringify({ ...entry, isPrivate });
      expect(readPending(text)).toEqual({ ...entry, isPrivate: false });
    }
  });

  it.each([
    "",
    "{",
    "null",
    "7",
    "[]",
    JSON.stringify({ ...entry, room: 1 }),
    JSON.stringify({ ...entry, id: undefined }),
    JSON.stringify({ ...entry, originId: 3 }),
    JSON.stringify({ ...entry, target: null }),
    JSON.stringify({ ...entry, body: {} }),
    JSON.stringify({ ...entry, xml: null }),
    JSON.stringify({ ...entry, sentAt: "1" }),
    JSON.stringify({ ...entry, tries: NaN }),
    JSON.stringify({ ...entry, phase: null }),
    JSON.stringify({ ...entry, phase: { tag: "lost" } }),
    JSON.stringify({ ...entry, phase: { tag: "failed" } }),
  ])("is not read out of %s", (text) => {
    expect(readPending(text)).toBeNull();
  });
});
