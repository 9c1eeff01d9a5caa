/**
 * Another plugin, as a script for the head of a page: it overrides the same methods of Converse's MUC model
 * and writes down how often it was called, as `window.otherPlugin`.
 */
const SOURCE = `
window.otherPlugin = { leave: 0, rejoinIfNecessary: 0 };
(() => {
  const register = (converse) => converse.plugins.add("other-plugin", {
    dependencies: ["converse-muc"],
    overrides: {
      ChatRoom: {
        leave(...args) {
          window.otherPlugin.leave++;
          return this.__super__.leave.apply(this, args);
        },
        rejoinIfNecessary(...args) {
          window.otherPlugin.rejoinIfNecessary++;
          return this.__super__.rejoinIfNecessary.apply(this, args);
        },
      },
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

/** The tag of the other plugin's script, and of ours after or before it. */
export function besideOurs(order: "before" | "after"): string {
  const ours = '<script src="/plugin/converse-muc-push.js"></script>';
  const other = `<script>${SOURCE}</script>`;
  return order === "before" ? other + ours : ours + other;
}
