/** `npm run demo`: for people, until Ctrl-C; with `--check`: for machines, once. */
import { checkStory } from "./check";
import { setStage } from "./stage";

function explain(url: string, version: string): string {
  return `
  Converse.js ${version} and two Prosody servers are running.

  Open   ${url}

  1. Crash the room server: it is killed with SIGKILL, Alice's page notices nothing.
  2. Restart it, and let Bob speak: the room pushes, and Alice is back with all that she missed.
  3. Switch the plugin off and do it again: she stays out and misses everything.

  Ctrl-C ends it and leaves nothing behind.
`;
}

const stage = await setStage();
if (process.argv.includes("--check")) {
  try {
    const complaints = await checkStory(stage);
    for (const complaint of complaints) console.error(`NOT WELL: ${complaint}`);
    if (complaints.length === 0)
      console.log(
        "\nAlice is back: one ping, one join, every message once and in order.",
      );
    process.exitCode = complaints.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`NOT WELL: ${String(error)}`);
    process.exitCode = 1;
  } finally {
    await stage.close();
  }
} else {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => void stage.close().then(() => process.exit(0)));
  }
  console.log(explain(stage.url, stage.converseVersion));
}
