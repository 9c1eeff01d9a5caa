/** Converse's headless builds, which have no views: each release's is a file of another kind. */
import type { Release } from "../../rig/releases";

const script = (src: string) => `<script src="${src}"></script>`;
const inline = (code: string) => `<script>${code}</script>`;
const module = (code: string) => `<script type="module">${code}</script>`;

const BUILD = "/headless/converse-headless.min.js";
const PLUGIN = "/plugin/converse-muc-push.js";
const PLUGIN_MODULE = "/plugin/converse-muc-push.esm.js";

/** 7.0.6 and 10.1.2 look for their emojis beside the page, and show no message without them. */
const EMOJIS = '<base href="/headless/">';
/** 7.0.6 tells where it is by its event alone. */
const KEEP_CONVERSE = inline(
  'window.addEventListener("converse-loaded", ({ detail }) => { window.converse = detail.converse; });',
);
/** 10.1.2 is left on the window as a namespace, and is silent. */
const UNWRAP = "rig.register(converse.default);";
const UNWRAPPED = "window.converse = converse.default;";

/** The ways to load one, each a head for a page that then calls `converse.initialize`. */
export const HEADLESS: Record<Release, Record<string, string>> = {
  "7.0.6": {
    "the script before it":
      EMOJIS + script(PLUGIN) + KEEP_CONVERSE + script(BUILD),
    "register(converse)":
      EMOJIS +
      KEEP_CONVERSE +
      script(BUILD) +
      module(
        `import { register } from "${PLUGIN_MODULE}"; register(converse);`,
      ),
  },
  "10.1.2": {
    "the script after it":
      EMOJIS + script(BUILD) + script(PLUGIN) + inline(UNWRAP + UNWRAPPED),
    "register(converse)":
      EMOJIS +
      script(BUILD) +
      module(
        `import { register } from "${PLUGIN_MODULE}"; ${UNWRAP} register(converse); ${UNWRAPPED}`,
      ),
  },
  "12.0.0": {
    "the script after it":
      script(BUILD) + script(PLUGIN) + inline("rig.register(converse);"),
    "register(converse)": module(
      `import converse from "/headless/converse-headless.min.esm.js"; import { register } from "${PLUGIN_MODULE}"; rig.register(converse); register(converse);`,
    ),
  },
  "14.0.0": {
    "its mere import": module(
      `import "${BUILD}"; import "${PLUGIN_MODULE}"; rig.register(converse);`,
    ),
    "register(converse)": module(
      `import converse from "${BUILD}"; import { register } from "${PLUGIN_MODULE}"; rig.register(converse); register(converse);`,
    ),
  },
};
