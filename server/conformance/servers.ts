/** Every server that the suite runs against. */
import { ejabberd, ejabberd24 } from "./ejabberd";
import { prosody, prosody13 } from "./prosody";
import type { ServerUnderTest } from "./server-under-test";

export const SERVERS: readonly ServerUnderTest[] = [
  prosody,
  prosody13,
  ejabberd,
  ejabberd24,
];
