/** Debian's Chromium, headless, without any traffic of its own. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { takeFolder } from "./leftovers";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Some releases of Converse show pictures from the net.
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.*",
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
export async function launchBrowser(): Promise<Browser> {
  // Playwright makes the profile's folder in the temporary folder of the moment; ours goes however we end.
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = takeFolder("browser");
  try {
    return await chromium.launch({
      executablePath: findChromium(),
      headless: true,
      args: ARGS,
    });
  } finally {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
  }
}
