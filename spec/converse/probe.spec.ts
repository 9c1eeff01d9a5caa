import { afterEach, describe, expect, it, vi } from "vitest";
import { findMissing, NEEDS } from "../../src/converse/releases/probe.js";
import { register } from "../../src/index.js";
import { membersUsed } from "./members-used.js";

afterEach(() => vi.restoreAllMocks());

type Tree = { [name: string]: Tree | (() => void) };

const RELEASES = ["newest", "oldest"] as const;

/** A Converse with everything that the plugin asks for, in the places of a release. */
function complete(release: (typeof RELEASES)[number] = "newest") {
  const roots: Tree = {};
  for (const { at, members } of NEEDS) {
    const place = release === "newest" ? at[0] : at.at(-1);
    for (const member of members.split(" ")) put(roots, `${place}.${member}`);
  }
  return roots as { converse: Tree; _converse: Tree };
}

function put(roots: Tree, path: string): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  let holder = roots;
  for (const name of names) holder = (holder[name] ??= {}) as Tree;
  holder[last] = () => {};
}

function take(roots: Tree, path: string): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  let holder = roots;
  for (const name of names) holder = holder[name] as Tree;
  Reflect.deleteProperty(holder, last);
}

const missingOf = ({ _converse, converse }: ReturnType<typeof complete>) =>
  findMissing(_converse as never, converse as never);

describe.each(RELEASES)("in the places of the %s release", (release) => {
  it("nothing is missing in a Converse that has it all", () => {
    expect(missingOf(complete(release))).toEqual([]);
  });

  const paths = NEEDS.flatMap(({ at, members }) =>
    members
      .split(" ")
      .map((name) => `${release === "newest" ? at[0] : at.at(-1)}.${name}`),
  );
  it.each(paths)("%s is missed", (path) => {
    const roots = complete(release);
    take(roots, path);
    expect(missingOf(roots)).toEqual([path]);
  });
});

it("a class that a release does not show is not taken for missing, but its MUC model is", () => {
  const roots = complete();
  roots._converse["exports"] = {};
  const missing = missingOf(roots);
  expect(missing).toContain("_converse.ChatRoom.prototype.leave");
  expect(missing.join()).not.toContain("Occupant");
});

/** Members that the table has not, with the reasons. */
const NOT_ASKED_FOR: Readonly<Record<string, readonly string[]>> = {
  "a stanza says it, no class has it": [
    "MessageAttributes.__index",
    "MessageAttributes.body",
    "MessageAttributes.from",
    "MessageAttributes.is_archived",
    "MessageAttributes.is_delayed",
    "MessageAttributes.msgid",
    "MessageAttributes.sender",
    "MessageAttributes.time",
    "MessageAttributes.type",
    "MessageError.error_condition",
    "MessageError.error_type",
    "MessageError.from",
    "MessageError.msgid",
  ],
  "only an instance has it, and there is none when plugins start": [
    "Collection.length",
    "Collection.models",
    "DiscoEntity.features",
    "DiscoEntity.fields",
    "DiscoEntity.identities",
    "MessageModel.collection.chatbox",
    "Model.attributes",
    "MucModel.disable_mam",
    "MucModel.features",
    "MucModel.messages.fetched",
    "MucModel.msg_chain",
    "MucModel.session",
    "OccupantModel.collection.chatroom",
    "OccupantModel.messages",
    "StropheConnection._proto",
    "StropheConnection.jid",
  ],
  "one of several places, and the table names them all": [
    "ConverseApi.connection.get",
    "Exports.MUC",
    "InnerConverse.ChatRoom",
    "InnerConverse.api",
    "InnerConverse.chatboxes",
    "InnerConverse.connection",
    "InnerConverse.disco_entities",
    "InnerConverse.exports",
    "InnerConverse.state.chatboxes",
    "InnerConverse.state.disco_entities",
    "MucClass.prototype",
  ],
  "without it a part stays off: archives, invitations, notifications, reactions, words":
    [
      "ConverseApi.hook",
      "Exports.handleMAMResult",
      "Exports.onDirectMUCInvitation",
      "InnerConverse.__",
      "InnerConverse.shouldNotifyOfGroupMessage",
      "MucModel.handleMAMResult",
    ],
  "one release has it, or is mended by it; the others go another way": [
    "ConverseApi.user.logout",
    "InnerConverse.VERSION_NAME",
    "MucModel.constructJoinPresence",
    "MucModel.createInfoMessage",
    "PublicConverse.env.Strophe.Bosh",
  ],
  "the console does as well": [
    "Log.debug",
    "Log.error",
    "Log.warn",
    "PublicConverse.env.log",
  ],
  "register() has asked": ["PublicConverse.plugins.add"],
  "it is this plugin's own": ["ConverseApi.mucPush"],
};

describe("the table of what the plugin needs", () => {
  const used = membersUsed();
  const asked = new Set(
    NEEDS.flatMap(({ of, members }) =>
      members.split(" ").map((name) => `${of}.${name}`),
    ),
  );
  const excused = new Set(Object.values(NOT_ASKED_FOR).flat());
  // An object on the way to a member is there when the member is.
  const isPart = (name: string) =>
    [...used].some((other) => other.startsWith(`${name}.`));

  it("has each member that src/ uses, or the reason why not is here", () => {
    const forgotten = [...used].filter(
      (name) => !asked.has(name) && !excused.has(name) && !isPart(name),
    );
    expect(forgotten).toEqual([]);
  });

  it("asks for nothing that src/ does not use", () => {
    expect([...asked].filter((name) => !used.has(name))).toEqual([]);
  });

  it("and every reason is needed", () => {
    const idle = [...excused].filter(
      (name) => !used.has(name) || asked.has(name) || isPart(name),
    );
    expect(idle).toEqual([]);
  });
});

/** Registers the plugin with a Converse, has it initialised, and returns what it wrote into the log. */
function errorsOf(inner: object, outer: object): string[] {
  const plugins: { _converse?: object; initialize(): void }[] = [];
  const errors: string[] = [];
  const log = { error: (text: string) => errors.push(text) };
  const add = (_name: string, plugin: (typeof plugins)[number]) =>
    plugins.push(plugin);
  const env = { ...("env" in outer ? (outer.env as object) : {}), log };
  register({ plugins: { add }, env } as never);
  const [plugin] = plugins;
  if (!plugin) throw new Error("not registered");
  plugin._converse = inner;
  plugin.initialize();
  return errors;
}

it("in a Converse that lacks what it needs, the plugin says so in one sentence and touches nothing", () => {
  const roots = complete();
  take(roots, "_converse.api.sendIQ");
  const { api } = roots._converse as { api: Tree };
  const on = vi.spyOn(api["listen"] as { on(): void }, "on");
  const extend = vi.spyOn(api["settings"] as { extend(): void }, "extend");
  const { MUC } = roots._converse["exports"] as { MUC: Tree };
  const methods = { ...(MUC["prototype"] as Tree) };
  const errors = errorsOf(roots._converse, roots.converse);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(
    /^converse-muc-push: .*stays out of the way.*lacking _converse\.api\.sendIQ$/,
  );
  expect(on).not.toHaveBeenCalled();
  expect(extend).not.toHaveBeenCalled();
  expect(api).not.toHaveProperty("mucPush");
  expect(MUC["prototype"]).toEqual(methods);
});

it("in something that is hardly a Converse, it does not throw", () => {
  expect(errorsOf({}, {})).toHaveLength(1);
});
