/** A page without any view, with what specs use of Playwright's pages. */
import { setImmediate as nextTurn, setTimeout } from "node:timers/promises";
import type { ScriptedPage } from "../plugin/chat";
import { Realm, type Clock, type RealmListener } from "./realm";

/** As often as Playwright looks. */
const LOOK_MS = 16;
/** Only ends a wait that hangs. */
const TIMEOUT_MS = 30_000;

type InPage = (argument: never) => unknown;

export class HeadlessPage {
  private realm: Realm;

  /** @param start runs the page's scripts */
  constructor(
    private readonly start: (realm: Realm) => void,
    private readonly listener: RealmListener,
    private readonly isTimeScripted: boolean,
  ) {
    this.realm = new Realm(listener, isTimeScripted);
    start(this.realm);
  }

  /** Playwright's types are those of its overloads. */
  static asScripted(page: HeadlessPage): ScriptedPage {
    return page as unknown as ScriptedPage;
  }

  async evaluate(inPage: InPage, argument?: unknown): Promise<unknown> {
    await nextTurn();
    return structuredClone(await this.realm.call(inPage, argument));
  }

  async waitForFunction(inPage: InPage, argument?: unknown): Promise<void> {
    const end = Date.now() + TIMEOUT_MS;
    while (!(await this.realm.call(inPage, argument))) {
      if (Date.now() > end)
        throw new Error(`waited for ${TIMEOUT_MS} ms: ${String(inPage)}`);
      await setTimeout(LOOK_MS);
    }
  }

  async reload(): Promise<void> {
    const kept = await this.realm.leave();
    this.realm = new Realm(this.listener, this.isTimeScripted, kept);
    this.start(this.realm);
  }

  async close(): Promise<void> {
    await this.realm.leave();
  }

  readonly clock = {
    pauseAt: async (time: number): Promise<void> => {
      const { ticking } = this;
      ticking.setTickMode({ mode: "manual" });
      ticking.jump(Math.max(0, time - ticking.now));
      await nextTurn();
    },
    runFor: async (ms: number): Promise<void> => {
      await this.ticking.tickAsync(ms);
      await nextTurn();
    },
    fastForward: async (ms: number): Promise<void> => {
      this.ticking.jump(ms);
      await nextTurn();
    },
  };

  private get ticking(): Clock {
    if (!this.realm.clock) throw new Error("this page's time is not scripted");
    return this.realm.clock;
  }
}
