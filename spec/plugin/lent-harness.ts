/** One harness for all tests of a file: starting its browser takes longer than most of them. */
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Release } from "../../rig/releases";
import { Harness } from "./harness";

interface LoanOptions {
  /** The release of Converse; by default the one that CONVERSE asks for. */
  release?: Release;
  /** Whether a test passes although something in a page complained; it says itself then what has to hold. */
  mayComplain?: boolean;
}

/** To be called once, at the top of a file or of a group. @returns what gives the harness to a test */
export function lendHarness({
  release,
  mayComplain = false,
}: LoanOptions = {}): () => Harness {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(release);
  });
  afterEach(() => (mayComplain ? harness.closeChats() : harness.endTest()));
  afterAll(() => harness.stop());
  return () => harness;
}
