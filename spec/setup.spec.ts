/** What the set-up asks for, and of whom. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  hasCommand,
  installLine,
  installSentence,
  missingPackages,
} from "../scripts/setup.mjs";

const nothing = () => false;
const missing = (...purposes: string[]) =>
  Object.fromEntries(missingPackages(purposes, nothing));

describe("each command wants only what it needs:", () => {
  it.each<[string, string[]]>([
    ["unit", []],
    ["headless", []],
    ["typecheck", []],
    ["lint", []],
    ["dist", []],
    ["package", []],
    ["luacheck", ["lua-check"]],
    ["plugin", ["chromium"]],
    ["converse", ["chromium"]],
    ["demo", ["prosody", "chromium"]],
    ["conformance", ["prosody", "ejabberd", "erlang-p1-sqlite3"]],
    ["demo/main.ts", ["prosody", "chromium"]],
  ])("%s", (purpose, packages) => {
    expect(Object.keys(missing(purpose))).toEqual(packages);
  });

  it("everything, where nothing is said of a command", () => {
    expect(Object.keys(missing("e2e")).sort()).toEqual([
      "chromium",
      "ejabberd",
      "erlang-p1-sqlite3",
      "firefox-esr",
      "lua-check",
      "prosody",
    ]);
  });

  it("and says what for", () => {
    expect(missing("plugin", "demo")).toEqual({
      chromium: ["plugin", "demo"],
      prosody: ["demo"],
    });
    expect(
      installSentence(missingPackages(["plugin", "demo"], nothing)),
    ).toContain("chromium (for plugin, demo), prosody (for demo)");
  });

  it("and nothing that is there", () => {
    expect(missingPackages(["e2e"], () => true).size).toBe(0);
  });
});

it("a program in /usr/sbin is found by a user whose PATH lacks it", () => {
  // On every Linux, and in no other folder of Debian's.
  expect(hasCommand("useradd", "/usr/bin:/bin")).toBe(true);
  expect(hasCommand("no-such-program", "/usr/bin:/bin")).toBe(false);
});

describe("the line for a user without root", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "setup-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is apt-get's alone where no service comes with the packages", () => {
    expect(installLine(["chromium"])).toBe(
      "sudo apt-get install --no-install-recommends chromium",
    );
  });

  it("starts no service: Debian's policy says no while apt-get runs, and is gone afterwards", () => {
    const policy = path.join(folder, "policy-rc.d");
    const program = (name: string, text: string) => {
      writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`);
      chmodSync(path.join(folder, name), 0o755);
    };
    program("sudo", 'exec "$@"');
    program("apt-get", `echo "$@"; ${policy}; echo "policy: $?"; ls ${policy}`);
    const line = installLine(["prosody"]).replaceAll(
      "/usr/sbin/policy-rc.d",
      policy,
    );
    const run = (command: string) =>
      execFileSync("/bin/sh", ["-c", command], {
        encoding: "utf8",
        env: { PATH: `${folder}:/usr/bin:/bin` },
      });
    expect(run(line)).toBe(
      `install --no-install-recommends prosody\npolicy: 101\n${policy}\n`,
    );
    expect(run(`ls ${folder}`)).toBe("apt-get\nsudo\n");
  });
});
