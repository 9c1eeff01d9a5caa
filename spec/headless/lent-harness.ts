/** The harness of the specs that look at no view. */
import type { Harness } from "../plugin/harness";
import { lend } from "../plugin/lent-harness";

/**
 * The newest release without any view or browser; in a browser the release that CONVERSE asks for, if it does.
 */
async function startHarness(): Promise<Harness> {
  if (process.env["CONVERSE"]) {
    const { BrowserHarness } = await import("../plugin/browser-harness");
    return BrowserHarness.start();
  }
  const { HeadlessHarness } = await import("./headless-harness");
  return new HeadlessHarness();
}

/** To be called once, at the top of a file. @returns what gives the harness to a test */
export const lendHarness = (options?: {
  mayComplain?: boolean;
}): (() => Harness) => lend(startHarness, options);
