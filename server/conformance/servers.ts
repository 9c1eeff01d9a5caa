/** Every server that the suite runs against: the one that the environment names, or else those of the rig. */
import { ejabberd, ejabberd24 } from "./ejabberd";
import { givenServer } from "./given";
import { PROSODIES } from "./prosody";
import type { ServerUnderTest } from "./server-under-test";

const given = givenServer();

export const SERVERS: readonly ServerUnderTest[] = given
  ? [given]
  : [...PROSODIES, ejabberd, ejabberd24];
