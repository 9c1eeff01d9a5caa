import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DoorWorld, chatState, message, ROOM, whisper } from "./door-world.js";
import { element } from "../element-like.js";

let world: DoorWorld;

beforeEach(() => {
  world = new DoorWorld(1_000);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("in a room that is not kept", () => {
  const stanzas = [
    ["a message", message("a")],
    ["a private message, or one to a contact's client,", whisper("a")],
    ["a chat state", chatState()],
  ] as const;

  it.each(stanzas)("%s goes its way, and nobody follows it", (_, stanza) => {
    expect(world.send(stanza)).toBe("handed over");
    expect(world.passedOn).toEqual([stanza]);
    expect(world.told).toEqual([]);
  });

  it.each(stanzas)("%s does so when the room was left", (_, stanza) => {
    world.leaves();
    world.send(stanza);
    expect(world.passedOn).toEqual([stanza]);
    expect(world.told).toEqual([]);
  });
});

describe("a message", () => {
  it("goes out while the way is open, and the room is told of it", () => {
    world.enters();
    const stanza = message("a");
    expect(world.send(stanza)).toBe("handed over");
    expect(world.passedOn).toEqual([stanza]);
    expect(world.told).toMatchObject([
      {
        type: "typed",
        isConnected: true,
        draft: { room: ROOM, isPrivate: false, id: "a", body: "says a" },
      },
    ]);
    expect(world.waits()).toEqual([]);
  });

  it("is kept without the address of now; it goes out with it", () => {
    world.isOut();
    const stanza = message("a");
    world.send(stanza);
    expect(world.xml()).toContain('id="a"');
    expect(world.xml()).not.toContain("from=");
    expect(stanza.getAttribute("from")).toBe("me@home.test/old");
  });

  it.each([
    ["out of the room", () => world.isOut()],
    ["behind", () => world.isBehind()],
  ])("waits while we are %s", (_, happens) => {
    happens();
    expect(world.send(message("a"))).toBeUndefined();
    expect(world.passedOn).toEqual([]);
    expect(world.waits()).toEqual(["a"]);
  });

  it("waits while there is no connection", () => {
    world.enters();
    world.isConnected = false;
    expect(world.send(message("a"))).toBeUndefined();
    expect(world.passedOn).toEqual([]);
    expect(world.told).toMatchObject([{ type: "typed", isConnected: false }]);
    expect(world.waits()).toEqual(["a"]);
  });

  it("to one occupant goes out and waits in the same way", () => {
    world.enters();
    world.send(whisper("a"));
    expect(world.passedOn).toHaveLength(1);
    expect(world.told).toMatchObject([{ draft: { id: "a", isPrivate: true } }]);
    world.isOut();
    world.send(whisper("b"));
    expect(world.passedOn).toHaveLength(1);
    expect(world.waits()).toEqual(["a", "b"]);
  });

  it("of Strophe's builder is looked into as well", () => {
    world.isOut();
    const tree = message("a");
    world.send({ tree: () => tree });
    expect(world.waits()).toEqual(["a"]);
  });

  it("loses what XML does not know, before it is kept and before it goes out", () => {
    world.enters();
    const stanza = element(
      "message",
      { to: ROOM, type: "groupchat", id: "a" },
      element("body", {}, "one\u0000two"),
    );
    world.send(stanza);
    expect(stanza.textContent).toBe("onetwo");
    expect(world.told).toMatchObject([{ draft: { body: "onetwo" } }]);
  });

  it("that nobody can follow, or no room's, goes its way", () => {
    world.isOut();
    const anonymous = message("a");
    anonymous.removeAttribute("id");
    const stanzas = [anonymous, element("iq", { to: ROOM, type: "get" })];
    for (const stanza of stanzas) world.send(stanza);
    expect(world.passedOn).toEqual(stanzas);
    expect(world.told).toEqual([]);
  });
});

describe("a chat state", () => {
  it("goes out while the way is open", () => {
    world.enters();
    world.send(chatState());
    expect(world.passedOn).toHaveLength(1);
  });

  it.each([
    ["out of the room", () => world.isOut()],
    ["behind", () => world.isBehind()],
  ])("is worth nothing while we are %s, and later", (_, happens) => {
    happens();
    world.send(chatState());
    expect([world.passedOn, world.told]).toEqual([[], []]);
    expect(world.waits()).toEqual([]);
  });
});

describe("a message of before", () => {
  beforeEach(() => {
    vi.stubGlobal(
      "DOMParser",
      class {
        parseFromString(xml: string) {
          const documentElement = element(xml.slice(1, xml.search(/[ >/]/)));
          const errors = xml.endsWith(">") ? [] : ["parsererror"];
          return { documentElement, getElementsByTagName: () => errors };
        }
      },
    );
  });

  it("goes to the server, past our own look at what is sent", () => {
    world.isOut();
    expect(world.door.send('<message id="a"/>')).toBe("sent");
    expect(world.passedOn).toHaveLength(1);
    expect(world.told).toEqual([]);
  });

  it.each(["<iq/>", "<message id="])("never goes out when it is %s", (xml) => {
    expect(world.door.send(xml)).toBe("never");
    expect(world.passedOn).toEqual([]);
  });

  it.each([
    ["there is no connection", () => void (world.isConnected = false)],
    ["the door is closed", () => world.stop()],
    [
      "Converse can't take it",
      () =>
        void (world.original = () => {
          throw new Error("busy");
        }),
    ],
  ])("can't go out now when %s", (_, happens) => {
    happens();
    expect(world.door.send("<message/>")).toBe("not-now");
    expect(world.passedOn).toEqual([]);
  });
});

describe("the end", () => {
  it("gives Converse its own sending back", () => {
    world.isOut();
    world.stop();
    const stanza = message("a");
    expect(world.send(stanza)).toBe("handed over");
    expect([world.passedOn, world.told]).toEqual([[stanza], []]);
    world.stop();
  });

  it("leaves a wrapper of another plugin's where it is, and looks at nothing any more", () => {
    const { api } = world;
    const ours = api.send;
    const theirs = (stanza: unknown) => ours.call(api, stanza);
    api.send = theirs;
    world.isOut();
    world.stop();
    expect(api.send).toBe(theirs);
    const stanza = message("a");
    world.send(stanza);
    expect([world.passedOn, world.told]).toEqual([[stanza], []]);
  });
});
