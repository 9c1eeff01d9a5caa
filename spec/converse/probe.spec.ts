import { afterEach, expect, it, vi } from "vitest";
import { findMissing } from "../../src/converse/releases/probe.js";
import { register } from "../../src/index.js";

afterEach(() => vi.restoreAllMocks());

const act = () => {};

/** A Converse with everything that the plugin asks for. */
const complete = () => ({
  outer: {
    env: { $iq: act, $pres: act, $msg: act, Strophe: { serialize: act } },
  },
  inner: {
    api: {
      connection: { connected: act },
      listen: { on: act, not: act },
      send: act,
      sendIQ: act,
      settings: { extend: act, get: act },
      trigger: act,
    },
    ChatRoom: {
      prototype: {
        createMessage: act,
        getDiscoInfo: act,
        onPresence: act,
        queueMessage: act,
        refreshDiscoInfo: act,
        registerHandlers: act,
        rejoin: act,
        rejoinIfNecessary: act,
        sendTimedMessage: act,
      },
    },
  },
});

it("nothing is missing in a Converse that has it all", () => {
  const { inner, outer } = complete();
  expect(findMissing(inner, outer)).toEqual([]);
});

it("what is missing is told by name", () => {
  const { inner, outer } = complete();
  Reflect.deleteProperty(inner.api, "sendIQ");
  Reflect.deleteProperty(inner.ChatRoom.prototype, "rejoin");
  Reflect.deleteProperty(outer.env, "$iq");
  expect(findMissing(inner, outer)).toEqual([
    "converse.env.$iq",
    "_converse.api.sendIQ",
    "ChatRoom.rejoin",
  ]);
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
  const { inner, outer } = complete();
  const on = vi.spyOn(inner.api.listen, "on");
  const extend = vi.spyOn(inner.api.settings, "extend");
  Reflect.deleteProperty(inner.api, "sendIQ");
  const errors = errorsOf(inner, outer);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(
    /^converse-muc-push: .*stays out of the way.*_converse\.api\.sendIQ$/,
  );
  expect(on).not.toHaveBeenCalled();
  expect(extend).not.toHaveBeenCalled();
  expect(inner.api).not.toHaveProperty("mucPush");
});

it("in something that is hardly a Converse, it does not throw", () => {
  expect(errorsOf({}, {})).toHaveLength(1);
});
