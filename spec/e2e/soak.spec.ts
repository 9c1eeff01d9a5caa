/** A few crashes in the middle of a conversation; `npm run soak` makes hundreds of them. */
import { afterEach, expect, test } from "vitest";
import { startConversation } from "./conversation";
import { crashRepeatedly, seededRandom } from "./crashes";
import { setStage, type Stage } from "./stage";

/** Any will do; always the same, so that a failure can be had again. */
const SEED = 1;

let stage: Stage;
afterEach(() => stage.close());

const SOAKS = [
  { roomServer: "prosody", crashes: 6 },
  { roomServer: "ejabberd", crashes: 3 },
] as const;

for (const { roomServer, crashes } of SOAKS) {
  test(`${roomServer}: three people talk through ${crashes} crashes, and in the end everybody has everything once and in order`, async () => {
    stage = await setStage({ roomServer });
    const talk = await startConversation(stage);
    const random = seededRandom(SEED);
    const reports = await crashRepeatedly(stage, talk, { crashes, random });
    const different = reports.flatMap((report) => report.different);
    expect([...different, ...(await talk.end())]).toEqual([]);
  });
}
