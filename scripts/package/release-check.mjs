/** `npm run release:check`: whether the package can be published as it is. The exit code is 0 when it can. */
import { temporaryFolder } from "../processes.mjs";
import { setUpOrExit } from "../setup.mjs";
import { RELEASE_CHECKS } from "./checks.mjs";
import { checkSize } from "./size.mjs";
import { pack } from "./tarball.mjs";

await setUpOrExit(["release:check"]);
const folder = temporaryFolder();
const tarball = await pack(folder);
let failed = 0;
for (const [name, check] of RELEASE_CHECKS) {
  const problems = await check({ folder, tarball });
  console.log(`${problems.length === 0 ? "ok     " : "FAILED "}${name}`);
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) failed += 1;
}
console.log(checkSize().note);
console.log(`${RELEASE_CHECKS.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
