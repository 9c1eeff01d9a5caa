/** What the page about mod_muc_push for ejabberd says, held against the files that the tests run with. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (name: string) =>
  readFileSync(new URL(`../server/ejabberd/${name}`, import.meta.url), "utf8");

it.each(["rooms", "modules"])(
  "the page about mod_muc_push for ejabberd shows the %s block that the tests run with",
  (name) => {
    expect(read("mod_muc_push/README.md")).toContain(
      `\`\`\`yaml\n${read(`${name}.example.yml`)}\`\`\`\n`,
    );
  },
);
