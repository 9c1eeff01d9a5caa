/** One harness for all tests of a file: starting its browser takes longer than most of them. */
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Harness } from "./harness";

interface LoanOptions {
  /** Whether a test passes although something in a page complained; it says itself then what has to hold. */
  mayComplain?: boolean;
}

/** To be called once, at the top of a file or of a group. @returns what gives the harness to a test */
export function lend<H extends Harness>(
  start: () => Promise<H>,
  { mayComplain = false }: LoanOptions = {},
): () => H {
  let harness: H;
  beforeAll(async () => {
    harness = await start();
  });
  afterEach(() => (mayComplain ? harness.closeChats() : harness.endTest()));
  afterAll(() => harness.stop());
  return () => harness;
}
