/**
 * `npm run soak -- --crashes 200 --server prosody --seed 1 --trace FILE`: three people talk, one of them in a page that stays
 * open, while their room's server is killed over and over; in the end everybody must have everything once and in
 * order. Ends with 1 if anything differs.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { WireEntry } from "../rig/chat-page";
import { startConversation } from "../spec/e2e/conversation";
import {
  crashRepeatedly,
  type CrashReport,
  seededRandom,
} from "../spec/e2e/crashes";
import { setStage } from "../spec/e2e/stage";

const SERVERS = ["prosody", "ejabberd"] as const;

function readArguments() {
  const { values } = parseArgs({
    options: {
      crashes: { type: "string", default: "200" },
      server: { type: "string", default: "prosody" },
      trace: { type: "string" },
      seed: { type: "string", default: String(Date.now() % 100_000) },
    },
  });
  const roomServer = SERVERS.find((name) => name === values.server);
  const [crashes, seed] = [Number(values.crashes), Number(values.seed)];
  if (!roomServer || !Number.isInteger(crashes) || !Number.isInteger(seed))
    throw new Error(
      "usage: npm run soak -- [--crashes N] [--server prosody|ejabberd] [--seed N] [--trace FILE]",
    );
  return { roomServer, crashes, seed, trace: values.trace };
}

function describe(report: CrashReport): string {
  const { number, at, backAfterMs, missed, resent, different } = report;
  const back =
    backAfterMs === null ? "crashed again first" : `back ${backAfterMs} ms`;
  const line = `${String(number).padStart(4)}  at ${(at / 1_000).toFixed(1).padStart(6)} s  ${back.padEnd(19)}  missed ${String(missed).padStart(3)}  resent ${String(resent).padStart(2)}`;
  return [line, ...different.map((what) => `      DIFFERS: ${what}`)].join(
    "\n",
  );
}

function summarise(reports: readonly CrashReport[]): string {
  const sum = (of: (report: CrashReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const backs = reports
    .flatMap(({ backAfterMs }) => backAfterMs ?? [])
    .sort((one, other) => one - other);
  const early = reports.length - backs.length;
  return `${reports.length} crashes, ${early} of them before everybody was back; back after ${backs[backs.length >> 1] ?? "-"} ms (median), ${backs.at(-1) ?? "-"} ms (longest); ${sum(({ missed }) => missed)} messages missed, ${sum(({ resent }) => resent)} resent`;
}

/** What went over the wire of alice's page, a stanza a line. */
const wireText = (wire: readonly WireEntry[]): string =>
  wire
    .map(
      ({ at, dir, xml }) =>
        `${new Date(at).toISOString().slice(14, 23)} ${dir} ${xml}\n`,
    )
    .join("");

const { roomServer, crashes, seed, trace } = readArguments();
console.log(`${crashes} crashes of ${roomServer}, seed ${seed}`);
const stage = await setStage({ roomServer });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => void stage.close().then(() => process.exit(1)));
try {
  const talk = await startConversation(stage);
  const reports = await crashRepeatedly(stage, talk, {
    crashes,
    random: seededRandom(seed),
    // The first difference ends the run: what comes after it differs too.
    onCrash: (report) => {
      console.log(describe(report));
      return report.different.length === 0;
    },
  });
  if (trace) writeFileSync(trace, wireText(await talk.alice.wire()));
  const different = await talk.end();
  for (const line of different) console.error(line);
  console.log(summarise(reports));
  const isWell =
    different.length === 0 &&
    reports.every((report) => report.different.length === 0);
  console.log(
    isWell
      ? `nothing lost, nothing twice, nothing out of order: ${talk.bob.history.length} messages`
      : "NOT WELL",
  );
  process.exitCode = isWell ? 0 : 1;
} finally {
  await stage.close();
}
