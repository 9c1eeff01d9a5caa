import path from "node:path";

export default {
  mode: "production",
  entry: "./main.js",
  output: { path: path.resolve("public/assets"), filename: "main.js" },
  // Converse's style sheet is imported in main.js.
  experiments: { css: true },
  // Converse loads its translations on demand: of all its files, these.
  module: {
    parser: {
      javascript: { wrappedContextRegExp: /chunkjs\/locales\/[\w-]+\.js/ },
    },
  },
  performance: { hints: false },
};
