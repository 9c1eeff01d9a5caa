/**
 * Another plugin, as a script: it overrides the same methods of Converse's MUC model
 * and writes down how often it was called, as `window.otherPlugin`.
 */
export const OTHER_PLUGIN = `
window.otherPlugin = {};
const METHODS = [
  "leave", "rejoinIfNecessary", "onPresence", "createMessage", "queueMessage",
  "refreshDiscoInfo",
];
const override = (name) => function (...args) {
  window.otherPlugin[name]++;
  return this.__super__[name].apply(this, args);
};
for (const name of METHODS) window.otherPlugin[name] = 0;
(() => {
  const register = (converse) => converse.plugins.add("other-plugin", {
    dependencies: ["converse-muc"],
    overrides: {
      ChatRoom: Object.fromEntries(METHODS.map((name) => [name, override(name)])),
    },
    initialize() {},
  });
  if (window.converse?.plugins?.add) register(window.converse);
  else window.addEventListener(
    "converse-loaded",
    ({ detail }) => register(detail.converse),
    { once: true },
  );
})();`;
