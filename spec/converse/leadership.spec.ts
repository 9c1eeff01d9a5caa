import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Leadership } from "../../src/converse/listen/tabs.js";
import { settled } from "../fake-clock.js";

type Hold = () => Promise<void> | undefined;

/** Locks as browsers have them (Web Locks API): whoever asks waits until those before have let go. */
class Locks {
  private last: Promise<unknown> = Promise.resolve();

  request(_name: string, hold: Hold): Promise<unknown> {
    this.last = this.last.then(hold);
    return this.last;
  }
}

const nothing = () => {};
let tabs: Leadership[];
const open = (onJoin: (room: string, sentAt: number) => void = nothing) => {
  const tab = new Leadership(true, onJoin);
  tabs.push(tab);
  return tab;
};

beforeEach(() => {
  tabs = [];
  vi.stubGlobal("navigator", { locks: new Locks() });
});

afterEach(() => {
  for (const tab of tabs) tab.stop();
  vi.unstubAllGlobals();
});

describe("of tabs that share a connection", () => {
  it("the first one acts, and the next when it is gone", async () => {
    const [first, second] = [open(), open()];
    await settled();
    expect([first.isLeader, second.isLeader]).toEqual([true, false]);
    first.stop();
    await second.acquired;
    expect(second.isLeader).toBe(true);
  });

  it("one that stops while it waits does not stand in the way of the next", async () => {
    const [first, second, third] = [open(), open(), open()];
    await settled();
    second.stop();
    first.stop();
    await settled();
    expect([second.isLeader, third.isLeader]).toEqual([false, true]);
  });

  it("the others hear of a join, the one that joins does not, and nobody of what is none", async () => {
    const heard: string[] = [];
    const first = open((room) => heard.push(`first ${room}`));
    await new Promise<void>((resolve) => {
      open((room, sentAt) => {
        heard.push(`second ${room} ${sentAt}`);
        resolve();
      });
      const script = new BroadcastChannel("converse-muc-push");
      for (const junk of [null, "garden@rooms.test", { room: 1, sentAt: 2 }]) {
        script.postMessage(junk);
      }
      script.close();
      first.tellOfJoin("garden@rooms.test", 1_000);
    });
    expect(heard).toEqual(["second garden@rooms.test 1000"]);
  });
});

it("a tab with a connection of its own acts at once", async () => {
  const tab = new Leadership(false, nothing);
  await tab.acquired;
  expect(tab.isLeader).toBe(true);
});

it("a tab that falls back to a stream of its own acts, tells nobody, and hears of nobody's joins", async () => {
  const heard: string[] = [];
  const first = new Leadership(true, (room) => heard.push(room));
  let isOverBosh = false;
  const second = new Leadership(
    true,
    (room) => heard.push(room),
    () => isOverBosh,
  );
  tabs.push(first, second);
  await settled();
  expect(second.isLeader).toBe(false);
  isOverBosh = true;
  expect(second.isLeader).toBe(true);
  await second.acting;
  second.tellOfJoin("garden@rooms.test", 1_000);
  await new Promise<void>((resolve) => {
    const last = open(() => resolve());
    first.tellOfJoin("library@rooms.test", 2_000);
    void last;
  });
  expect(heard).toEqual([]);
});
