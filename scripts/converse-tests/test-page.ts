/** Runs one of Converse's spec files in a page of its own, with the plugin or without. */
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../../rig/browser";
import { startPageServer } from "../../rig/page-server";
import { bundleOf, CONVERSE } from "./spec-files";

const here = path.dirname(fileURLToPath(import.meta.url));
const jasmine = path.dirname(
  createRequire(import.meta.url).resolve("jasmine-core/package.json"),
);

/** Each test has a limit of its own; this one only ends a page that hangs. */
const FILE_TIMEOUT_MS = 600_000;

export interface TestResult {
  /** Its full name, as Jasmine has it. */
  readonly name: string;
  readonly status: "passed" | "failed" | "pending" | "excluded";
  /** What was expected and did not hold. */
  readonly messages: readonly string[];
  readonly ms: number;
}

export interface Run {
  /** A spec file, relative to Converse's src folder. */
  readonly file: string;
  readonly withPlugin: boolean;
  /** Full names of the tests to run; all by default. */
  readonly only?: readonly string[];
}

export interface TestPages {
  /** What became of the tests of a file that were run; a file that cannot be run has one failed test. */
  run(what: Run): Promise<TestResult[]>;
  close(): Promise<void>;
}

declare global {
  interface Window {
    runConverseTests(what: object): Promise<TestResult[]>;
  }
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Converse Tests</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/dist/converse.css">
<script src="/jasmine/jasmine.js"></script>
<script src="/tests/run.js"></script>
</head>
<body class="converse-overlayed"></body>
</html>
`;

async function runIn(
  browser: Browser,
  origin: string,
  { file, withPlugin, only }: Run,
): Promise<TestResult[]> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const page = await context.newPage();
    await page.goto(`${origin}/tests/page`);
    const what = {
      spec: `/src/${file}`,
      bundle: bundleOf(file),
      withPlugin,
      only: only ?? null,
    };
    const results = await Promise.race([
      page.evaluate((what) => window.runConverseTests(what), what),
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(
          () => reject(new Error(`no end after ${FILE_TIMEOUT_MS} ms`)),
          FILE_TIMEOUT_MS,
        );
      }),
    ]);
    return results.filter(({ status }) => status !== "excluded");
  } catch (error) {
    const messages = [String(error)];
    return [{ name: "(the whole file)", status: "failed", messages, ms: 0 }];
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}

/** Starts a browser and serves it Converse's specs and builds, Jasmine, and the built plugin. */
export async function openTestPages(): Promise<TestPages> {
  const server = await startPageServer();
  server.addFolder("/dist/", path.join(CONVERSE, "dist"));
  server.addFolder("/src/", path.join(CONVERSE, "src"));
  // Pictures that specs load, where their own runner has them.
  for (const at of ["/logo/", "/base/logo/"])
    server.addFolder(at, path.join(CONVERSE, "dist/images/logo"));
  server.addFolder("/jasmine/", path.join(jasmine, "lib/jasmine-core"));
  server.addFolder("/tests/", path.join(here, "page"));
  server.addRoute("/tests/page", (_request, response) => {
    response
      .writeHead(200, { "content-type": "text/html; charset=utf-8" })
      .end(PAGE);
  });
  const browser = await launchBrowser();
  return {
    run: (what) => runIn(browser, server.origin, what),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
