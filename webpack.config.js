import path from "node:path";
import { fileURLToPath } from "node:url";
import { shortening } from "./scripts/package/own-names.mjs";

const root = path.dirname(fileURLToPath(import.meta.url));

/** Browsers that run Converse.js 7 run ES2020. */
const target = "es2020";

const shared = {
  mode: "production",
  context: root,
  target: ["web", target],
  entry: "./src/index.ts",
  devtool: "source-map",
  resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  module: {
    rules: [
      {
        test: /\.ts$/,
        loader: "esbuild-loader",
        options: { target, ...shortening() },
      },
    ],
  },
  performance: { hints: false },
  stats: "errors-warnings",
};

/** `--output-path` on the command line moves both files elsewhere; CI compares such a build with dist/. */
export default [
  {
    ...shared,
    name: "script",
    output: {
      path: path.join(root, "dist"),
      filename: "converse-muc-push.js",
      library: { name: "ConverseMucPush", type: "umd" },
      globalObject: "typeof self !== 'undefined' ? self : this",
    },
  },
  {
    ...shared,
    name: "module",
    experiments: { outputModule: true },
    output: {
      path: path.join(root, "dist"),
      filename: "converse-muc-push.esm.js",
      library: { type: "module" },
      module: true,
    },
  },
];
