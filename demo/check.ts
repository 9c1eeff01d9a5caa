/** The whole story without a person: headless, with a picture before, during and after, and judged at the end. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Frame, Page } from "playwright-core";
import { launchBrowser } from "../rig/browser";
import { chatPageOf } from "../rig/chat-page";
import type { Stage } from "./stage";

const PICTURES = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  "../artifacts/demo",
);
const MESSAGES_AFTER_THE_CRASH = 4;

/** A line of the panel's timeline. */
interface Line {
  kind: string;
  text: string;
  /** Time since the crash, as shown; empty before it. */
  time: string;
}

declare global {
  interface Window {
    timeline: Line[];
  }
}

/** What went wrong; empty when all is well. */
type Complaints = string[];

function judgeMessages(
  where: string,
  expected: readonly string[],
  actual: readonly string[],
): Complaints {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return [];
  return [
    `${where}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`,
  ];
}

function judgeTimeline(lines: readonly Line[]): Complaints {
  const crash = lines.findIndex(({ kind }) => kind === "crash");
  const count = (wanted: string) =>
    lines.slice(crash).filter(({ kind }) => kind === wanted).length;
  const complaints: Complaints = [];
  for (const kind of ["ping", "join", "enabled", "back"]) {
    if (count(kind) !== 1)
      complaints.push(
        `after the crash: ${count(kind)} times "${kind}" instead of once`,
      );
  }
  if (count("push") === 0) complaints.push("after the crash: no push");
  if (count("answer") !== count("push")) {
    complaints.push(
      `after the crash: ${count("push")} pushes, ${count("answer")} answers`,
    );
  }
  return complaints;
}

async function chatFrame(page: Page): Promise<Frame> {
  await page.waitForFunction(() => {
    const frame = document.querySelector("iframe");
    return frame?.contentWindow?.rig?._converse;
  });
  const frame = page
    .frames()
    .find((candidate) => candidate.url().includes("/chat/"));
  if (!frame) throw new Error("the chat's frame is not there");
  return frame;
}

/**
 * Plays the story on a stage that was just set, prints the timeline, and writes the pictures.
 * @returns what went wrong; empty when all is well
 * @throws Error when a step does not happen in time
 */
export async function checkStory(stage: Stage): Promise<Complaints> {
  mkdirSync(PICTURES, { recursive: true });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({
      viewport: { width: 1360, height: 850 },
    });
    const picture = (name: string) =>
      page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
    const hasLine = (kind: string, howOften: number) =>
      page.waitForFunction(
        (wanted) =>
          window.timeline.filter((line) => line.kind === wanted.kind).length >=
          wanted.howOften,
        { kind, howOften },
      );
    const press = (name: string) => page.locator(`#${name}:enabled`).click();
    const printTimeline = async () => {
      for (const { time, text } of await page.evaluate(() => window.timeline)) {
        console.log(`${(time || "before").padStart(10)}  ${text}`);
      }
    };

    await page.goto(stage.url);
    try {
      const alice = chatPageOf(await chatFrame(page));
      await alice.waitUntilEntered(stage.room);
      await hasLine("enabled", 1);
      await alice.waitForMessage(stage.room, stage.said().at(-1) as string);
      await picture("before");

      await press("crash");
      await hasLine("crash", 1);
      await picture("during");

      await press("restart");
      for (let spoken = 0; spoken < MESSAGES_AFTER_THE_CRASH; spoken++) {
        const spokenBefore = stage.said().length;
        await press("speak");
        await hasLine("bob", spokenBefore + 1);
      }
      await hasLine("enabled", 2);
      for (const body of stage.said())
        await alice.waitForMessage(stage.room, body);
      await page.locator("#messages[data-mood=good]").waitFor();
      await picture("after");

      return [
        ...judgeTimeline(await page.evaluate(() => window.timeline)),
        ...judgeMessages(
          "Converse's model",
          stage.said(),
          await alice.modelMessages(stage.room),
        ),
        ...judgeMessages("the page", stage.said(), await alice.shownMessages()),
        ...(await alice.errors()).map((error) => `error in the page: ${error}`),
      ];
    } catch (error) {
      await picture("failed");
      throw error;
    } finally {
      await printTimeline();
    }
  } finally {
    await browser.close();
  }
}
