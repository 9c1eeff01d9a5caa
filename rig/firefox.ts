/** Debian's Firefox, headless: pages in it, over WebDriver BiDi, with as much of Playwright's Page as the rig asks for. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import type { Page } from "playwright-core";
import WebSocket from "ws";
import { guardProcess, takeFolder } from "./leftovers";

/** Only ends a start that hangs. */
const START_LIMIT_MS = 60_000;
/** Only ends a wait that hangs. */
const WAIT_LIMIT_MS = 30_000;

/** No traffic of its own. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.safebrowsing.blockedURIs.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
  "toolkit.telemetry.reportingpolicy.firstRun": false,
};

export function findFirefox(): string | undefined {
  const places = (process.env.PATH ?? "").split(delimiter);
  const names = places.map((place) => join(place, "firefox-esr"));
  return names.find((file) => existsSync(file));
}

/** What of Playwright's Page there is; see `chatPageOf`. */
export type FirefoxPage = Pick<Page, "evaluate" | "waitForFunction">;

export interface Firefox {
  /** "153.0" */
  readonly version: string;
  /** Opens a page in a tab of its own. Resolves when it is loaded. */
  open(url: string): Promise<FirefoxPage>;
  close(): Promise<void>;
}

/** What a command of WebDriver BiDi answers, as far as it is used here. */
interface Answer {
  readonly id: number;
  readonly type: "success" | "error";
  readonly message?: string;
  readonly result: {
    readonly context: string;
    readonly capabilities: { readonly browserVersion: string };
    readonly type?: "success" | "exception";
    readonly result?: { readonly value?: string };
    readonly exceptionDetails?: { readonly text: string };
  };
}

type Send = (method: string, params: object) => Promise<Answer["result"]>;

/** Resolves with the address that the browser listens at. */
function listening(browser: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`no Firefox within ${START_LIMIT_MS} ms`)),
      START_LIMIT_MS,
    );
    browser.once("exit", (code) => reject(new Error(`Firefox ended: ${code}`)));
    createInterface({ input: browser.stderr! }).on("line", (line) => {
      const address = /WebDriver BiDi listening on (\S+)/.exec(line)?.[1];
      if (address === undefined) return;
      clearTimeout(limit);
      resolve(address);
    });
  });
}

async function connect(address: string): Promise<Send> {
  const socket = new WebSocket(`${address}/session`);
  await once(socket, "open");
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.on("message", (data: Buffer) => {
    const answer = JSON.parse(data.toString("utf8")) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let last = 0;
  return async (method, params) => {
    const id = ++last;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const answer = await answered;
    if (answer.type === "error")
      throw new Error(`${method}: ${answer.message}`);
    return answer.result;
  };
}

/** Functions run in the page, so they may use nothing from here but their argument; what they return is JSON. */
function pageOf(send: Send, context: string): FirefoxPage {
  async function evaluate(code: unknown, argument?: unknown): Promise<unknown> {
    const call = `(${String(code)})(${JSON.stringify(argument) ?? ""})`;
    const { type, result, exceptionDetails } = await send("script.evaluate", {
      expression: `(async () => JSON.stringify((await ${call}) ?? null))()`,
      target: { context },
      awaitPromise: true,
    });
    if (type === "exception") throw new Error(exceptionDetails?.text);
    return JSON.parse(result?.value ?? "null");
  }

  async function waitForFunction(
    code: unknown,
    argument?: unknown,
    { timeout = WAIT_LIMIT_MS } = {},
  ): Promise<{ jsonValue(): Promise<unknown> }> {
    const call = `(${String(code)})(${JSON.stringify(argument) ?? ""})`;
    const found = await evaluate(`() => new Promise((resolve, reject) => {
      const end = Date.now() + ${timeout};
      const look = () => {
        const value = ${call};
        if (value) return resolve(value);
        if (Date.now() > end) return reject(new Error("waited in vain"));
        setTimeout(look, 20);
      };
      look();
    })`);
    return { jsonValue: () => Promise.resolve(found) };
  }
  return { evaluate, waitForFunction } as unknown as FirefoxPage;
}

/**
 * Starts Firefox with a fresh profile. It ends when this process does.
 * @throws Error when there is none on the PATH
 */
export async function launchFirefox(): Promise<Firefox> {
  const command = findFirefox();
  if (command === undefined) throw new Error("no firefox-esr on the PATH");
  const profile = takeFolder("firefox");
  writeFileSync(
    join(profile, "user.js"),
    Object.entries(PREFERENCES)
      .map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`)
      .join("\n"),
  );
  const browser = spawn(
    command,
    ["--headless", "--remote-debugging-port=0", "--profile", profile],
    {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, HOME: profile },
    },
  );
  const release = guardProcess(browser.pid as number);
  const exited = once(browser, "exit").then(release);
  try {
    const send = await connect(await listening(browser));
    const { capabilities } = await send("session.new", { capabilities: {} });
    return {
      version: capabilities.browserVersion,
      async open(url) {
        const { context } = await send("browsingContext.create", {
          type: "tab",
        });
        await send("browsingContext.navigate", {
          context,
          url,
          wait: "complete",
        });
        return pageOf(send, context);
      },
      async close() {
        await send("browser.close", {});
        await exited;
      },
    };
  } catch (error) {
    browser.kill("SIGKILL");
    throw error;
  }
}
