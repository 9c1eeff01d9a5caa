import { describe, expect, it, vi } from "vitest";
import { archiveReader } from "../../src/converse/releases/archive-reader.js";
import { beforeLogout } from "../../src/converse/releases/goodbye.js";
import { mendInfoMessages } from "../../src/converse/releases/info-messages.js";
import { guardInvitations } from "../../src/converse/releases/invitations.js";
import { mendJoin } from "../../src/converse/releases/join.js";
import { joinPresence } from "../../src/converse/releases/join-presence.js";
import { namespaceOf } from "../../src/converse/releases/namespace.js";
import {
  guardNotifications,
  notify,
} from "../../src/converse/releases/notifications.js";
import type {
  InnerConverse,
  MucModel,
} from "../../src/converse/converse-types.js";

const quiet = { debug: () => {}, warn: () => {}, error: () => {} };

/** What a spec makes up of Converse. */
const innerOf = (parts: object) =>
  ({
    api: { listen: { on() {}, not() {} } },
    ...parts,
  }) as unknown as InnerConverse;

const roomOf = (attributes: Record<string, unknown>, parts: object = {}) =>
  ({ get: (name: string) => attributes[name], ...parts }) as MucModel;

describe("invitations", () => {
  const invitation = {} as Element;

  it.each([
    ["7.0.6 and 10.1.2", (show: object) => ({ onDirectMUCInvitation: show })],
    [
      "12.0.0 and 14.0.0",
      (show: object) => ({ exports: { onDirectMUCInvitation: show } }),
    ],
  ])("are shown only if they may be, in %s", (_releases, parts) => {
    const show = vi.fn();
    const inner = innerOf(parts(show));
    const arrive = () =>
      (inner.exports ?? inner).onDirectMUCInvitation?.(invitation);
    let mayShow = false;
    const undo = guardInvitations(inner, () => mayShow);
    arrive();
    expect(show).not.toHaveBeenCalled();
    mayShow = true;
    arrive();
    expect(show).toHaveBeenCalledExactlyOnceWith(invitation);
    mayShow = false;
    undo();
    arrive();
    expect(show).toHaveBeenCalledTimes(2);
  });

  it("are shown when nobody can judge them", () => {
    const show = vi.fn();
    const inner = innerOf({ onDirectMUCInvitation: show });
    guardInvitations(inner, () => {
      throw new Error("unreadable");
    });
    inner.onDirectMUCInvitation?.(invitation);
    expect(show).toHaveBeenCalledOnce();
  });
});

describe("a logout", () => {
  it("is heard of before 7.0.6 closes its stream", () => {
    const order: string[] = [];
    const user = { logout: () => order.push("closed") };
    const { api } = innerOf({});
    const undo = beforeLogout(
      innerOf({ VERSION_NAME: "v7.0.6", api: { ...api, user } }),
      () => order.push("told"),
    );
    user.logout();
    expect(order).toEqual(["told", "closed"]);
    undo();
    user.logout();
    expect(order).toEqual(["told", "closed", "closed"]);
  });

  it("is an event in later releases", () => {
    const on = vi.fn();
    const tell = () => {};
    beforeLogout(
      innerOf({ VERSION_NAME: "v10.1.2", api: { listen: { on } } }),
      tell,
    );
    expect(on).toHaveBeenCalledWith("beforeLogout", tell);
  });
});

/** Writes down what is built: "presence", "  x", "    history". */
function recorder() {
  const lines: string[] = [];
  const builder = (depth: number) => ({
    c(name: string, attributes: Record<string, string> = {}) {
      lines.push(`${" ".repeat(depth)}${name} ${JSON.stringify(attributes)}`);
      return builder(depth + 1);
    },
    t(text: string) {
      lines.push(`${" ".repeat(depth)}"${text}"`);
      return builder(depth);
    },
    up: () => builder(depth - 1),
  });
  const $pres = (attributes: Record<string, string>) =>
    builder(0).c("presence", attributes);
  return { lines, env: { $pres } as never };
}

describe("the presence that joins", () => {
  it("is Converse's own from 10.1.2 on", async () => {
    const made = {} as Element;
    const room = roomOf({}, { constructJoinPresence: async () => made });
    expect(await joinPresence(room, recorder().env, "me@home/tab")).toBe(made);
  });

  it("is built like that of 7.0.6, with the room's password", async () => {
    const { lines, env } = recorder();
    const room = roomOf({ jid: "garden@rooms", nick: "me", password: "key" });
    await joinPresence(room, env, "me@home/tab");
    expect(lines).toEqual([
      'presence {"from":"me@home/tab","to":"garden@rooms/me"}',
      ' x {"xmlns":"http://jabber.org/protocol/muc"}',
      '  history {"maxstanzas":"0"}',
      "  password {}",
      '   "key"',
    ]);
  });
});

describe("joining", () => {
  const statusAfterJoin = (status: number, parts: object) => {
    let saved = status;
    const session = {
      get: () => saved,
      save: (to: { connection_status: number }) =>
        void (saved = to.connection_status),
    };
    const converseJoin = vi.fn();
    const prototype = { join: converseJoin, ...parts } as unknown as MucModel;
    mendJoin(prototype);
    (
      Object.create(prototype, { session: { value: session } }) as MucModel
    ).join("me");
    expect(converseJoin).toHaveBeenCalledWith("me");
    return saved;
  };

  it("is said at once in 7.0.6, except where the user is in already", () => {
    expect(statusAfterJoin(4, {})).toBe(1);
    expect(statusAfterJoin(5, {})).toBe(5);
  });

  it("is left to later releases", () => {
    expect(statusAfterJoin(4, { constructJoinPresence() {} })).toBe(4);
  });
});

it("what a room says of itself does not take its last message away, as 7.0.6 does", () => {
  const models = ["one", "two"];
  const messages = { models, pop: () => models.pop() };
  // The collection has `pop` from its prototype.
  const room = {
    messages: Object.create(messages) as typeof messages,
    createInfoMessage: (): unknown => room.messages.pop(),
  };
  mendInfoMessages(room as unknown as MucModel);
  expect(room.createInfoMessage()).toBe("two");
  expect(models).toEqual(["one", "two"]);
  expect(room.messages.pop()).toBe("two");
  expect(models).toEqual(["one"]);
});

describe("an archive", () => {
  it("is read by the room in 7.0.6, and its messages are queued as what they say", async () => {
    const queued: unknown[] = [];
    async function handleMAMResult(
      this: MucModel,
      { messages }: { messages: unknown[] },
    ) {
      for (const message of messages) {
        const parsed =
          message === "bad"
            ? Promise.reject(new Error("unreadable"))
            : Promise.resolve({ body: message });
        this.queueMessage(parsed as never);
      }
    }
    const room = roomOf(
      { jid: "garden@rooms" },
      { queueMessage: (attributes: unknown) => queued.push(attributes) },
    );
    const inner = innerOf({ ChatRoom: { prototype: { handleMAMResult } } });
    await archiveReader(inner, quiet)?.(room, ["one", "bad", "two"] as never);
    expect(queued).toEqual([{ body: "one" }, { body: "two" }]);
  });

  it.each([
    ["10.1.2", (take: object) => ({ handleMAMResult: take })],
    ["14.0.0", (take: object) => ({ exports: { handleMAMResult: take } })],
  ])("is read by a function of Converse's in %s", async (_release, parts) => {
    const take = vi.fn(async () => {});
    const room = roomOf({ jid: "garden@rooms" });
    const read = archiveReader(innerOf(parts(take)), quiet);
    await read?.(room, ["one"] as never);
    const query = { is_groupchat: true, mam: { with: "garden@rooms" } };
    const result = { messages: ["one"] };
    expect(take).toHaveBeenCalledWith(room, result, query, query);
  });

  it("is not read where Converse's plugin for it is off", () => {
    const inner = innerOf({ ChatRoom: { prototype: {} } });
    expect(archiveReader(inner, quiet)).toBeUndefined();
  });
});

describe("notifications", () => {
  it("can be held back in 7.0.6, which has no hook for it", () => {
    const inner = innerOf({
      VERSION_NAME: "v7.0.6",
      shouldNotifyOfGroupMessage: () => true,
    });
    let mayNotify = false;
    const undo = guardNotifications(inner, quiet, () => mayNotify);
    const message = { type: "groupchat", from: "garden@rooms/you", time: "" };
    const isShown = () => inner.shouldNotifyOfGroupMessage?.(message);
    expect(isShown()).toBe(false);
    mayNotify = true;
    expect(isShown()).toBe(true);
    mayNotify = false;
    undo();
    expect(isShown()).toBe(true);
  });

  it("come with a stanza, which 7.0.6 looks at", () => {
    const trigger = vi.fn();
    const stanza = {};
    const env = { $msg: () => ({ tree: () => stanza }) } as never;
    const attrs = { type: "groupchat", from: "garden@rooms/you", time: "" };
    const chatbox = roomOf({});
    notify(innerOf({ api: { trigger } }), env, chatbox, attrs);
    expect(trigger).toHaveBeenCalledWith("message", { attrs, chatbox, stanza });
  });
});

it("an element of Strophe's builder has its parent's namespace when it has none (7.0.6)", () => {
  const element = (xmlns: string | null, parentElement: unknown = null) =>
    ({ namespaceURI: null, getAttribute: () => xmlns, parentElement }) as never;
  const x = element("http://jabber.org/protocol/muc");
  expect(namespaceOf(x)).toBe("http://jabber.org/protocol/muc");
  expect(namespaceOf(element(null, x))).toBe("http://jabber.org/protocol/muc");
  expect(namespaceOf(element(null))).toBe("");
});
