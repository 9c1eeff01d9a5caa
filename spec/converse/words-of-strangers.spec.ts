/** What strangers say is never taken for what every object has. */
import { describe, expect, it, vi } from "vitest";
import type { Compat } from "../../src/converse/converse.js";
import { failureText } from "../../src/converse/act/failure-text.js";
import { Push } from "../../src/converse/act/registration.js";
import { Rooms } from "../../src/converse/act/rooms.js";
import { elementView } from "../../src/converse/stanza-view.js";
import type { FailReason } from "../../src/core/outbox/pending.js";
import { FakeClock } from "../fake-clock.js";

describe.each(["constructor", "__proto__", "toString"])("%s", (word) => {
  it("is no reason why a message failed", () => {
    expect(failureText(word as FailReason)).toBe(failureText("left"));
  });

  it("is no room, although Converse's collections say so", () => {
    const chatBoxes = () => ({ get: (id: string) => ({})[id as never] });
    const compat = { chatBoxes } as unknown as Compat;
    const rooms = new Rooms(compat, {} as never, new FakeClock());
    expect(rooms.modelOf(word)).toBeUndefined();
  });

  it("is no refusal of a registration that anybody has advice for", async () => {
    const warn = vi.fn();
    const error = { condition: word, type: "cancel", by: null };
    const push = new Push(
      { log: { warn } } as never,
      { request: async () => ({ kind: "error", error }) } as never,
      {
        whenDiscoInfo: async () => {},
        hasDiscoInfo: () => true,
        hasFeature: () => true,
      } as never,
      {
        get: () => null,
        ensure: () => ({ jid: "me@home/tab", node: "n" }),
        forget: () => {},
      } as never,
      { get: () => "me@home/tab" } as never,
      { acting: Promise.resolve() } as never,
    );
    const outcome = await push.enable("garden@rooms.test", () => true);
    expect(outcome).toBe("failed");
    expect(warn).not.toHaveBeenCalled();
  });

  it("may be the name of an attribute", () => {
    const element = {
      localName: "a",
      namespaceURI: "b",
      attributes: [{ name: word, value: "c" }],
      childNodes: [],
    } as unknown as Element;
    const { attributes } = elementView(element);
    expect(Object.entries(attributes)).toEqual([[word, "c"]]);
    expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
  });
});
