/** One browser for all tests of a file: starting it takes longer than most of them. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { launchBrowser } from "../../rig/browser";

/** To be called once, at the top of a file. @returns what gives the browser to a test */
export function lendBrowser(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  return () => browser;
}
