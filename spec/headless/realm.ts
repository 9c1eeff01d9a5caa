/** A window without any view: jsdom's, with globals, prototypes and timers of its own. */
import { JSDOM, VirtualConsole, type DOMWindow } from "jsdom";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Script } from "node:vm";
import { withGlobal } from "@sinonjs/fake-timers";
import { completeWindow } from "./complete-window";

const ORIGIN = "http://127.0.0.1/";

/** How often a clock that runs moves on. */
const TICK_MS = 20;

const SCRIPTED = [
  "Date",
  "performance",
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "requestAnimationFrame",
  "cancelAnimationFrame",
] as const;

export type Clock = ReturnType<ReturnType<typeof withGlobal>["install"]>;

/** What a tab keeps over a reload, by the name of the storage. */
export type Kept = Readonly<Record<StorageName, Record<string, string>>>;
type StorageName = "localStorage" | "sessionStorage";
const STORAGES: readonly StorageName[] = ["localStorage", "sessionStorage"];

export interface RealmListener {
  onConsole(kind: "error" | "warning", text: string, file: string): void;
  onUncaught(error: unknown): void;
}

/** The windows of this process, each by the prototype of its promises: an unhandled rejection tells no more. */
const listeners = new WeakMap<object, RealmListener>();

type Rejection = (reason: unknown, promise: Promise<unknown>) => void;

/** A rejection in a page is a complaint of that page, also after its end; any other one is left to Vitest. */
function watchRejections(): void {
  const usual = process.listeners("unhandledRejection") as Rejection[];
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason, promise) => {
    const listener = listeners.get(Object.getPrototypeOf(promise) as object);
    if (listener) return listener.onUncaught(reason);
    for (const listener of usual) listener(reason, promise);
  });
}
watchRejections();

/** The file that wrote a line on the console: the first on the stack that is no part of jsdom. */
function callingFile(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const lines = new Error().stack?.split("\n") ?? [];
  Error.stackTraceLimit = stackTraceLimit;
  const isScript = (line: string) =>
    /converse-headless|converse-muc-push|rig-plugin|evalmachine/.test(line);
  return lines.find(isScript) ?? "";
}

const textOf = (args: unknown[]) => args.map(String).join(" ");

function consoleFor(listener: RealmListener): VirtualConsole {
  const console = new VirtualConsole();
  console.on("error", (...args: unknown[]) =>
    listener.onConsole("error", textOf(args), callingFile()),
  );
  console.on("warn", (...args: unknown[]) =>
    listener.onConsole("warning", textOf(args), callingFile()),
  );
  console.on("jsdomError", (error: Error & { type?: string }) => {
    if (error.type === "unhandled-exception")
      listener.onUncaught(error.cause ?? error);
  });
  return console;
}

export class Realm {
  readonly clock: Clock | undefined;
  private readonly dom: JSDOM;

  constructor(listener: RealmListener, isTimeScripted: boolean, kept?: Kept) {
    this.dom = new JSDOM("<!doctype html><html><body></body></html>", {
      url: ORIGIN,
      runScripts: "outside-only",
      pretendToBeVisual: true,
      virtualConsole: consoleFor(listener),
    });
    completeWindow(this.window, (error) => listener.onUncaught(error));
    for (const name of STORAGES)
      for (const [key, value] of Object.entries(kept?.[name] ?? {}))
        this.window[name].setItem(key, value);
    listeners.set(this.call(() => Promise.prototype) as object, listener);
    if (isTimeScripted) this.clock = this.fakeClock();
  }

  get window(): DOMWindow {
    return this.dom.window;
  }

  run(script: Script | string): unknown {
    const compiled = typeof script === "string" ? new Script(script) : script;
    return compiled.runInContext(this.dom.getInternalVMContext());
  }

  /** Calls a function of the spec's as if it stood in the page: it may use nothing from the spec but its argument. */
  call(inPage: (argument: never) => unknown, argument?: unknown): unknown {
    const json = JSON.stringify(argument) ?? "undefined";
    return this.run(`(${String(inPage)})(${json})`);
  }

  /** Ends the page as a browser does: what listeners begin at once still happens. @returns what its tab keeps */
  async leave(): Promise<Kept> {
    for (const name of ["beforeunload", "pagehide", "unload"]) {
      this.window.dispatchEvent(new this.window.Event(name));
      await nextTurn();
    }
    const [local, session] = STORAGES.map((name) => ({
      ...(this.window[name] as unknown as Record<string, string>),
    }));
    this.window.close();
    return { localStorage: local ?? {}, sessionStorage: session ?? {} };
  }

  private fakeClock(): Clock {
    // The clock lets promises settle between two timers by this, where there is one; a timeout would take longer.
    Object.assign(this.window, { setImmediate });
    const { install } = withGlobal(this.window as never);
    Reflect.deleteProperty(this.window, "setImmediate");
    return install({
      now: Date.now(),
      shouldAdvanceTime: true,
      advanceTimeDelta: TICK_MS,
      // As Playwright: what is due at once stays so.
      toFake: [...SCRIPTED],
    });
  }
}
