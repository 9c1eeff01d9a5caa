/** The plugin looks for what it needs in the place where each release has it. */
import { expect, test } from "vitest";
import { RELEASES } from "../../rig/releases";
import { BrowserHarness } from "./browser-harness";

/** One member of each class and object that the plugin asks for. */
const SPOILT = {
  "env.$iq": "",
  "api.sendIQ": "",
  "MUC.leave": "ChatRoom",
  "MUCMessage.save": "ChatRoomMessage",
  "MUCOccupant.isMember": "ChatRoomOccupant",
  "MUCOccupants.fetchMembers": "ChatRoomOccupants",
  "DiscoEntity.onInfo": "DiscoEntity",
  "Connection.addHandler": "Strophe",
  "Builder.up": "Strophe",
};

/** Two plugins as a script: the first takes the members away, the other gives them back. */
const source = (spoilt: typeof SPOILT) => `
const given = [];
const plugins = {
  spoiler() {
    const { _converse } = this;
    const { env } = window.converse;
    for (const [path, place] of Object.entries(${JSON.stringify(spoilt)})) {
      const [name, member] = path.split(".");
      const holder =
        { env, api: _converse.api }[name] ??
        (place === "Strophe" ? env.Strophe[name] : _converse.exports?.[name] ?? _converse[place]).prototype;
      const own = Object.getOwnPropertyDescriptor(holder, member);
      given.push(() => own ? Object.defineProperty(holder, member, own) : delete holder[member]);
      Object.defineProperty(holder, member, { value: undefined, configurable: true, writable: true });
    }
  },
  healer() {
    for (const give of given) give();
  },
};
const withConverse = (register) => {
  if (window.converse?.plugins?.add) register(window.converse);
  else window.addEventListener("converse-loaded", ({ detail }) => register(detail.converse), { once: true });
};
const add = (name) => withConverse((converse) => converse.plugins.add(name, {
  dependencies: ["converse-muc", "converse-disco"],
  initialize: plugins[name],
}));`;

const ours = '<script src="/plugin/converse-muc-push.js"></script>';

test.each(RELEASES)(
  "in Converse.js %s it misses one member of each, says so in one sentence and stays out of the way",
  async (release) => {
    const harness = await BrowserHarness.start(release);
    try {
      const chat = await harness.open({
        plugin: "off",
        head: `<script>${source(SPOILT)}</script><script>add("spoiler")</script>${ours}<script>add("healer")</script>`,
        settings: {
          whitelisted_plugins: [
            "rig",
            "spoiler",
            "converse-muc-push",
            "healer",
          ],
        },
      });
      const room = chat.room();
      room.say("juliet", "Good morrow");
      await chat.hasMessage(room, "Good morrow");
      const [sentence = "", ...more] = chat.complaints;
      expect(more).toEqual([]);
      expect(sentence).toMatch(/stays out of the way: .*lacking/);
      // Converse's log may end with the style of the line.
      const [, list = ""] =
        /lacking ([$\w., ]+?)(?: color: \w+)?$/.exec(sentence) ?? [];
      const missing = list.split(", ");
      expect(missing.map((path) => path.split(".").at(-1)).sort()).toEqual(
        Object.keys(SPOILT)
          .map((path) => path.split(".").at(-1))
          .sort(),
      );
      expect(await chat.state(room)).toBeUndefined();
    } finally {
      await harness.stop();
    }
  },
);
