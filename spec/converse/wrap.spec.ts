/** Layers around methods of Converse's, beside those of other plugins. */
import { describe, expect, it, vi } from "vitest";
import type { MucModel } from "../../src/converse/converse-types.js";
import { hookMuc, type MucHooks } from "../../src/converse/listen/muc-hooks.js";
import { wrapMethod } from "../../src/converse/releases/wrap.js";

class Base {
  say(word: string): string {
    return word;
  }
}
class Room extends Base {
  constructor(readonly name = "garden") {
    super();
  }
  tell(word: string): string {
    return `${this.name}: ${word}`;
  }
}

/** A class of its own for each test, as each page has. */
const makeClass = () => class extends Room {};

/** Another plugin's layer, as pluggable.js puts it there: at the class, with what was there in a closure. */
function override(prototype: Room, name: "say" | "tell", mark: string): void {
  const before = prototype[name];
  prototype[name] = function (word) {
    return before.call(this, word) + mark;
  };
}

const exclaim = (prototype: Room, name: "say" | "tell") =>
  wrapMethod(prototype, name, (original) => (word) => original(`${word}!`));

describe("a layer around a method of a class", () => {
  it("reaches models that were made before", () => {
    const Chat = makeClass();
    const room = new Chat("orchard");
    exclaim(Chat.prototype, "tell");
    expect(room.tell("ho")).toBe("orchard: ho!");
  });

  it("ends with the undo, and leaves the class as it was", () => {
    const Chat = makeClass();
    const before = Object.getOwnPropertyNames(Chat.prototype);
    const undo = exclaim(Chat.prototype, "say");
    expect(new Chat().say("ho")).toBe("ho!");
    undo();
    undo();
    // The method is inherited still.
    expect(Object.getOwnPropertyNames(Chat.prototype)).toEqual(before);
    expect(new Chat().say("ho")).toBe("ho");
  });

  it("gives a class its own method back", () => {
    const { prototype } = class extends Room {
      override tell(): string {
        return "mine";
      }
    };
    const { tell } = prototype;
    exclaim(prototype, "tell")();
    expect(prototype.tell).toBe(tell);
    expect(Object.hasOwn(prototype, "tell")).toBe(true);
  });

  it("does nothing where there is no such method", () => {
    const owner: { say?: () => void } = {};
    const undo = wrapMethod(owner, "say", (original) => original);
    undo();
    expect(owner).toEqual({});
  });

  it.each([
    ["before", "ho!?", "ho?"],
    ["after", "ho!?", "ho?"],
  ])(
    "works beside an override that comes %s it, which stays when this one ends",
    (order, both, other) => {
      const Chat = makeClass();
      if (order === "before") override(Chat.prototype, "say", "?");
      const undo = exclaim(Chat.prototype, "say");
      if (order === "after") override(Chat.prototype, "say", "?");
      const room = new Chat();
      expect(room.say("ho")).toBe(both);
      undo();
      expect(room.say("ho")).toBe(other);
    },
  );

  it("can be put there again after one that lies below somebody else's: each acts once", () => {
    const Chat = makeClass();
    const undo = exclaim(Chat.prototype, "say");
    override(Chat.prototype, "say", "?");
    undo();
    exclaim(Chat.prototype, "say");
    expect(new Chat().say("ho")).toBe("ho!?");
  });
});

describe("an error", () => {
  const boom = (): never => {
    throw new Error("boom");
  };
  const wrapped = (
    makeWrapper: Parameters<typeof wrapMethod<Room, "say">>[2],
  ) => {
    const { prototype } = makeClass();
    const method = vi.spyOn(prototype, "say");
    wrapMethod(prototype as Room, "say", makeWrapper);
    return { prototype, method };
  };

  it.each([
    ["while the layer is made", boom],
    ["before the method is called", () => boom],
  ])(
    "of the layer, %s, has the method called as if there were none",
    (_when, makeWrapper) => {
      const { prototype, method } = wrapped(makeWrapper);
      expect(prototype.say("ho")).toBe("ho");
      expect(method).toHaveBeenCalledExactlyOnceWith("ho");
    },
  );

  it("of the layer, after the method was called, leaves its result and calls it once", () => {
    const { prototype, method } = wrapped((original) => (word) => {
      original(`${word}!`);
      return boom();
    });
    expect(prototype.say("ho")).toBe("ho!");
    expect(method).toHaveBeenCalledExactlyOnceWith("ho!");
  });

  it("of the method is Converse's, and passes", () => {
    const { prototype, method } = wrapped(
      (original) => (word) => original(word),
    );
    method.mockImplementation(boom);
    expect(() => prototype.say("ho")).toThrow("boom");
    expect(method).toHaveBeenCalledOnce();
  });
});

describe("the layers around Converse's MUC model", () => {
  const METHODS = [
    "createInfoMessage",
    "createMessage",
    "getUpdatedMessageAttributes",
    "join",
    "leave",
    "onPresence",
    "queueMessage",
    "refreshDiscoInfo",
    "rejoinIfNecessary",
    "sendTimedMessage",
    "shouldShowErrorMessage",
  ] as const;
  const makeMuc = () => ({
    ...Object.fromEntries(METHODS.map((name) => [name, vi.fn(() => name)])),
    get: () => "garden@rooms",
    constructJoinPresence: () => {},
  });
  const stanza = { tree: () => stanza } as unknown as Element;
  const failing = new Proxy({} as MucHooks, {
    get: () => () => {
      throw new Error("boom");
    },
  });

  it.each(METHODS)("%s goes its way when this plugin fails", (name) => {
    const muc = makeMuc();
    hookMuc(muc as unknown as MucModel, failing);
    const call = (
      muc as unknown as Record<string, (...args: unknown[]) => unknown>
    )[name];
    expect(call?.call(muc, stanza, {})).toBe(name);
  });

  it("are gone after the undo", () => {
    const muc = makeMuc();
    const before = { ...muc };
    const undo = hookMuc(muc as unknown as MucModel, failing);
    for (const name of METHODS)
      expect(Reflect.get(muc, name), name).not.toBe(Reflect.get(before, name));
    undo();
    expect(muc).toEqual(before);
  });

  const said = {} as never;
  it.each<
    [
      keyof MucHooks,
      unknown,
      (muc: MucModel) => unknown,
      (typeof METHODS)[number],
      unknown,
    ]
  >([
    [
      "onQueued",
      false,
      (muc) => muc.queueMessage(said),
      "queueMessage",
      undefined,
    ],
    [
      "onCreated",
      false,
      (muc) => muc.createMessage(said),
      "createMessage",
      undefined,
    ],
    [
      "onPresence",
      false,
      (muc) => muc.onPresence(said),
      "onPresence",
      undefined,
    ],
    [
      "onRefreshDiscoInfo",
      false,
      (muc) => muc.refreshDiscoInfo(),
      "refreshDiscoInfo",
      undefined,
    ],
    [
      "isErrorOurs",
      true,
      (muc) => muc.shouldShowErrorMessage(said),
      "shouldShowErrorMessage",
      false,
    ],
    [
      "onRejoinIfNecessary",
      Promise.resolve(true),
      (muc) => muc.rejoinIfNecessary(),
      "rejoinIfNecessary",
      true,
    ],
  ])(
    "%s keeps Converse from it",
    async (hook, answer, act, method, instead) => {
      const muc = makeMuc() as unknown as MucModel;
      const original = muc[method];
      hookMuc(muc, { [hook]: () => answer } as unknown as MucHooks);
      expect(await act(muc)).toBe(instead);
      expect(original).not.toHaveBeenCalled();
    },
  );
});
