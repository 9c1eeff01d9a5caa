/** Debian's Chromium, headless, without any traffic of its own. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function findChromium(): string {
  const places = (process.env.PATH ?? "").split(delimiter);
  const found = places
    .map((place) => join(place, "chromium"))
    .find((file) => existsSync(file));
  if (found === undefined)
    throw new Error("no chromium on the PATH; `npm run setup` installs it");
  return found;
}

/**
 * Starts a browser with a fresh profile, which goes when it is closed. It talks to this process over a pipe and
 * ends when the pipe does, so it never outlives us.
 */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: ARGS,
  });
}
