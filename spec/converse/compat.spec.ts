/** Where each release of Converse keeps what the plugin uses. */
import { describe, expect, it, vi } from "vitest";
import { Compat } from "../../src/converse/converse.js";
import type {
  MessageModel,
  MucModel,
} from "../../src/converse/converse-types.js";

const compatOf = (inner: object) =>
  new Compat({ api: {}, ...inner } as never, {} as never);

describe("the connection", () => {
  const connection = { jid: "Me@Home/tab" };

  it.each([
    ["7.0.6 and 10.1.2", { api: { connection: {} }, connection }],
    ["12.0.0 and 14.0.0", { api: { connection: { get: () => connection } } }],
  ])("is found in %s", (_releases, inner) => {
    const compat = compatOf(inner);
    expect(compat.connection()).toBe(connection);
    expect(compat.ownBareJid()).toBe("me@home");
  });

  it("is not there while nobody is logged in", () => {
    expect(compatOf({ api: { connection: {} } }).ownBareJid()).toBeNull();
  });
});

describe("the class of MUC models", () => {
  const MUC = { prototype: {} };

  it.each([
    ["7.0.6 and 10.1.2", { ChatRoom: MUC }],
    ["12.0.0 and 14.0.0", { exports: { MUC }, ChatRoom: { prototype: {} } }],
    ["one that has it by its new name alone", { MUC }],
  ])("is found in %s", (_releases, inner) => {
    expect(compatOf(inner).mucPrototype()).toBe(MUC.prototype);
  });

  it("is missing in a Converse without group chats", () => {
    expect(compatOf({}).mucPrototype()).toBeUndefined();
  });
});

describe("chats and what others told of themselves", () => {
  const entity = { jid: "garden@rooms" };
  const parts = {
    chatboxes: { models: [] },
    disco_entities: new Map([["garden@rooms", entity]]),
  };

  it.each([
    ["7.0.6 and 10.1.2", parts],
    ["12.0.0 and 14.0.0", { state: parts }],
  ])("are found in %s", (_releases, inner) => {
    const compat = compatOf(inner);
    expect(compat.chatBoxes()).toBe(parts.chatboxes);
    expect(compat.discoEntity("garden@rooms")).toBe(entity);
  });
});

it("a rejoin has the room's handlers registered first, which 7.0.6 forgets", async () => {
  const order: string[] = [];
  const muc = {
    registerHandlers: () => void order.push("handlers"),
    rejoin: async () => void order.push("join"),
  };
  await compatOf({}).rejoin(muc as unknown as MucModel);
  expect(order).toEqual(["handlers", "join"]);
});

describe("taking a reaction back", () => {
  const message = {} as MessageModel;

  it("is left to a Converse that knows reactions", async () => {
    const hook = vi.fn(async () => ({ reactions: { "👍": [] } }));
    const undone = await compatOf({ api: { hook } }).undoReaction(message, "7");
    expect(undone).toEqual({ reactions: { "👍": [] } });
    expect(hook).toHaveBeenCalledWith(
      "getErrorAttributesForMessage",
      message,
      {},
      { reaction_to_id: "7" },
    );
  });

  it("comes to nothing in one that knows none, up to 12.0.0", async () => {
    const hook = async () => ({});
    expect(await compatOf({ api: { hook } }).undoReaction(message, "7")).toBe(
      null,
    );
    expect(await compatOf({}).undoReaction(message, "7")).toBe(null);
  });
});

it("a connection that fell back to BOSH is known as one", () => {
  class Bosh {}
  const over = (_proto: object) =>
    new Compat(
      { api: { connection: { get: () => ({ jid: "", _proto }) } } } as never,
      { env: { Strophe: { Bosh } } } as never,
    ).isOverBosh();
  expect([over(new Bosh()), over({})]).toEqual([true, false]);
});
