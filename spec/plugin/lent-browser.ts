/** A harness whose pages are tabs of a browser. */
import type { Release } from "../../rig/releases";
import { BrowserHarness } from "./browser-harness";
import { lend } from "./lent-harness";

interface LoanOptions {
  /** The release of Converse; by default the one that CONVERSE asks for. */
  release?: Release;
  mayComplain?: boolean;
}

/** To be called once, at the top of a file or of a group. @returns what gives the harness to a test */
export const lendBrowser = ({
  release,
  ...options
}: LoanOptions = {}): (() => BrowserHarness) =>
  lend(() => BrowserHarness.start(release), options);
