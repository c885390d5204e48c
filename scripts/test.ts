// `make test`: the checks and every test, each part in a process of its own with a time limit; ends with one line of
// what came of them. With the argument `check`: only format, lint, types, spelling, Markdown, known holes in packages
// and the rules of the house. With a path: only the tests of that file or folder of src or tests.

import { runCoreOnNode, whyNoNode } from "./core_on_node.ts";
import { fetchConductor } from "./fetch_conductor.ts";
import { fetchSqld } from "./fetch_sqld.ts";
import { endWithSignals, type Outcome, runCommand, say } from "./run_command.ts";
import { addCounts, countJunit, type Counts, countTap, noCounts } from "./test_report.ts";
import { testsOf } from "./tests_of.ts";

/** Far above what any part takes on two slow cores: what takes longer hangs. */
const LIMIT_SECONDS = 1_800;
/** A registry that has not said by then what it knows of the packages says nothing. */
const AUDIT_SECONDS = 15;
/** Waits for a server of half a gigabyte, and for little else. */
const CONDUCTOR = "tests/e2e/conductor_test.ts";
/** Five programs and two servers that are killed, stopped and cut off; the time of what goes on in them is real. */
const STANDBY = "tests/faults/standby_test.ts";
/** Parts that hang sooner than others. */
const LIMITS: Readonly<Record<string, number>> = { [CONDUCTOR]: 900, [STANDBY]: 600 };
const REPORTS = "dist/reports";
const HOUSE = "tests/house_test.ts";
/** So many parts at a time. More than processors: many tests wait for other processes. */
const AT_A_TIME = Math.min(navigator.hardwareConcurrency, 4) + 1;
/** Parts that take longest, to be begun first, beside those of the core on Node. */
const SLOW = [
  CONDUCTOR,
  "tests/faults/clock_test.ts",
  "tests/simulation",
  "tests/faults/kill_test.ts",
  "tests/engine",
  "tests/faults/chaos_test.ts",
  "tests/faults/flood_test.ts",
  "tests/provider/conformance/faults_test.ts",
  "tests/e2e/retention_docs_test.ts",
  "tests/browser/",
  "tests/faults/",
  "tests/provider/builtin/",
  "tests/e2e/",
];
/** Measures, so that nothing else may go on beside it. */
const ALONE = "tests/growth_test.ts";
/** Each file of these folders is a part of its own: they start whole programs and wait for them. */
const FILE_BY_FILE = ["browser", "e2e", "faults", "provider"];
/** Their tests start the compiled program. */
const WITH_BINARY = /^tests\/(browser|e2e|faults)(\/|$)/;
/** Most parts that are run again: where more fail, it is not for what ran beside them. */
const MOST_AGAIN = 4;
/** The digest of the lock file whose packages were last asked about. */
const AUDITED = "node_modules/.audited";
/** Which texts the spelling of was checked, by their content. */
const SPELLED = "node_modules/.spelled";
/** Written each time that the packages are linked; meanwhile whatever loads them may miss one. */
const PACKAGES_SET_UP = "node_modules/.deno/.setup-cache.bin";
/** Lines shown of a failure whose output does not say by itself where the trouble is. */
const MOST_LINES = 80;

const env: Record<string, string> = {};
const total = noCounts();
/** Parts that failed beside others, with how to count that. */
const failedBeside: { path: string; count: () => void }[] = [];
const deno = Deno.execPath();

endWithSignals();
Deno.chdir(new URL("..", import.meta.url));
await Deno.mkdir(REPORTS, { recursive: true });

const isWhole = Deno.args[0] === undefined;
const packagesAt = await packagesSetUpAt();
const queue = await workFor(Deno.args[0]);
await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
  for (let work = queue.shift(); work !== undefined; work = queue.shift()) await work();
}));
await runAgain();
if (isWhole) await testPart(ALONE);
if (env.SCHELLY_TEST_BINARY !== undefined) await measureBinary();
if (await packagesSetUpAt() !== packagesAt) {
  say(`unsteady: something set up node_modules again while tests ran, which other parts may have met`);
}
for (const name of total.failures) say(`failed: ${name}`);
say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
Deno.exit(total.failed === 0 ? 0 : 1);

/** What there is to do: all of it, the fast gate, or the tests of one path. */
async function workFor(what: string | undefined): Promise<(() => Promise<void>)[]> {
  const checks = [checkFormat, checkLint, checkTypes, checkSpelling, checkMarkdown, checkPackages];
  if (what === "check") return [...checks, () => testPart(HOUSE)];
  if (what !== undefined) {
    const only = await testsFor(what);
    if (only.some((path) => WITH_BINARY.test(path))) await prepare();
    return only.map((path) => () => testPart(path));
  }
  await prepare();
  return [testCoreOnNode, ...checks, ...(await parts()).map((path) => () => testPart(path))];
}

/** Ends the process where there are none. */
async function testsFor(path: string): Promise<string[]> {
  const texts = new Map<string, string>();
  for (const file of await filesIn("tests", "_test.ts")) texts.set(file, await Deno.readTextFile(file));
  const sources = [...await filesIn("src", ".ts"), ...await filesIn("src", ".tsx")];
  const found = testsOf(path, texts, sources);
  if (found.length > 0) return found;
  say(
    `Cannot find tests of '${path}': expected a file or folder of src or tests, such as src/domain/hold.ts`,
  );
  Deno.exit(2);
}

async function packagesSetUpAt(): Promise<number | undefined> {
  const info = await Deno.stat(PACKAGES_SET_UP).catch(() => undefined);
  return info?.mtime?.getTime();
}

async function checkFormat(): Promise<void> {
  const outcome = await runCommand([deno, "fmt", "--check"], { limitSeconds: LIMIT_SECONDS });
  const files = [...outcome.output.matchAll(/^from (.*):$/gm)].map(([, path]) => path);
  concludeCheck("format", outcome, ["`scripts/deno.sh fmt` would change:", ...files].join("\n"));
}

async function checkLint(): Promise<void> {
  const outcome = await runCommand([deno, "lint", "--quiet"], { limitSeconds: LIMIT_SECONDS });
  concludeCheck("lint", outcome, outcome.output);
}

async function checkTypes(): Promise<void> {
  const argv = [deno, "check", "--quiet", "src", "tests", "bench", "scripts"];
  const outcome = await runCommand(argv, { limitSeconds: LIMIT_SECONDS });
  concludeCheck("types", outcome, outcome.output);
}

/** Of the pages, the sources and the example; words of our own stand in cspell.json. */
async function checkSpelling(): Promise<void> {
  const argv = ["node_modules/cspell/bin.mjs", "--no-progress", "--no-summary", "--cache"];
  const outcome = await runPackage(...argv, "--cache-strategy", "content", "--cache-location", SPELLED);
  concludeCheck("spelling", outcome, `${outcome.output}\nWords that are right go into cspell.json.`);
}

async function checkMarkdown(): Promise<void> {
  const outcome = await runPackage("node_modules/markdownlint-cli2/markdownlint-cli2-bin.mjs");
  concludeCheck("markdown", outcome, outcome.output);
}

/** Runs the program of an npm package. */
function runPackage(...argv: string[]): Promise<Outcome> {
  return runCommand([deno, "run", "--quiet", "--permission-set", ...argv], { limitSeconds: LIMIT_SECONDS });
}

/**
 * Known holes in the locked packages: asked once after each change of the lock file, and always in CI. Where the registry
 * does not tell, that is said and nothing more.
 */
async function checkPackages(): Promise<void> {
  const lock = await digestOf("deno.lock");
  const audited = await Deno.readTextFile(AUDITED).catch(() => "");
  if (audited === lock && !Deno.env.has("CI")) return;
  const outcome = await runCommand([deno, "audit", "--level=high"], { limitSeconds: AUDIT_SECONDS });
  const isTold = /vulnerabilit/i.test(outcome.output);
  if (!isTold || outcome.code === 0) await Deno.writeTextFile(AUDITED, lock);
  if (isTold) return concludeCheck("packages", outcome, outcome.output);
  say("The packages were not audited: the registry did not tell what it knows of them.");
  addCounts(total, { ...noCounts(), skipped: 1 });
}

async function digestOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}

/** A check counts as one test. */
function concludeCheck(name: string, outcome: Outcome, troubles: string): void {
  conclude(name, outcome, { ...noCounts(), passed: outcome.code === 0 ? 1 : 0 }, troubles);
}

/** Makes what some tests need; where it cannot be had, they are skipped, or fail under SCHELLY_TEST_REQUIRE=all. */
async function prepare(): Promise<void> {
  const sqld = await fetchSqld();
  if ("path" in sqld) env.SCHELLY_TEST_SQLD = sqld.path;
  else say(`No libSQL server to test against: ${sqld.missing}.`);
  const argv = [deno, "run", "--quiet", "--permission-set", "scripts/build.ts"];
  const built = await runCommand(argv, { limitSeconds: LIMIT_SECONDS });
  say(built.output.trimEnd());
  if (built.code === 0) env.SCHELLY_TEST_BINARY = await Deno.realPath("dist/schelly");
}

/** Where it cannot be had, its tests are skipped with a word, whatever is asked for: it is large, and few places have all of it. */
async function prepareConductor(): Promise<void> {
  if (env.SCHELLY_TEST_CONDUCTOR !== undefined) return;
  const conductor = await fetchConductor();
  if ("missing" in conductor) say(`No Conductor server to test against: ${conductor.missing}.`);
  else Object.assign(env, { SCHELLY_TEST_CONDUCTOR: conductor.jar, SCHELLY_TEST_JAVA: conductor.java });
}

/** Prints how large, quick and frugal the program is beside its targets; now that nothing else runs. */
async function measureBinary(): Promise<void> {
  const argv = [deno, "run", "--quiet", "--permission-set=default", "--no-check", "bench/binary.ts"];
  say((await runCommand(argv, { limitSeconds: 120 })).output.trimEnd());
}

/** The folders with tests in them and the test files beside them, those that take long first. */
async function parts(): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir("tests")) {
    const path = `tests/${entry.name}`;
    if (entry.isFile && entry.name.endsWith("_test.ts") && path !== ALONE) paths.push(path);
    if (!entry.isDirectory) continue;
    const tests = await filesIn(path, "_test.ts");
    if (FILE_BY_FILE.includes(entry.name)) paths.push(...tests);
    else if (tests.length > 0) paths.push(path);
  }
  const place = (path: string) => {
    const slow = SLOW.findIndex((one) => path === one || (one.endsWith("/") && path.startsWith(one)));
    return slow >= 0 ? slow : SLOW.length;
  };
  return paths.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** Every file in a folder and the folders in it whose name ends so. */
async function filesIn(folder: string, ending: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...await filesIn(path, ending));
    else if (entry.name.endsWith(ending)) files.push(path);
  }
  return files;
}

async function testPart(path: string): Promise<void> {
  const { outcome, counts, troubles } = await runTests(path);
  const count = () => conclude(path, outcome, counts, troubles);
  if (!isWhole || outcome.code === 0) return count();
  say(`${path}: failed beside other parts; it is run again when they are over. What it said:`);
  say(troubles.trimEnd());
  failedBeside.push({ path, count });
}

/**
 * Parts that failed beside others are run once more, nothing beside them: what counts is what comes of that, and that they
 * failed is said again.
 */
async function runAgain(): Promise<void> {
  if (failedBeside.length > MOST_AGAIN) return failedBeside.forEach(({ count }) => count());
  for (const { path } of failedBeside) {
    const { outcome, counts, troubles } = await runTests(path);
    conclude(path, outcome, counts, troubles);
    if (outcome.code === 0) say(`unsteady: ${path} failed beside other parts, and passed alone`);
  }
}

async function runTests(path: string): Promise<{ outcome: Outcome; counts: Counts; troubles: string }> {
  if (path === CONDUCTOR) await prepareConductor();
  const report = `${REPORTS}/${path.replaceAll("/", "_")}.xml`;
  await Deno.remove(report).catch(() => {});
  const argv = [deno, "test", "--quiet", "--permission-set", "--no-check", `--junit-path=${report}`, path];
  const limitSeconds = LIMITS[path] ?? LIMIT_SECONDS;
  const outcome = await runCommand(argv, { limitSeconds, env });
  const xml = await Deno.readTextFile(report).catch(() => "");
  const at = outcome.output.search(/^ (ERRORS|FAILURES) $/m);
  const troubles = at < 0 ? lastLines(outcome.output) : outcome.output.slice(at);
  return { outcome, counts: countJunit(xml), troubles };
}

async function testCoreOnNode(): Promise<void> {
  const name = "core on Node";
  const missing = await whyNoNode();
  if (missing !== undefined) {
    const isRequired = Deno.env.get("SCHELLY_TEST_REQUIRE") === "all";
    say(`The tests of the core are ${isRequired ? "needed" : "skipped"} on Node: ${missing}.`);
    addCounts(
      total,
      isRequired ? { ...noCounts(), failed: 1, failures: [name] } : { ...noCounts(), skipped: 1 },
    );
    return;
  }
  const outcome = await runCoreOnNode({ limitSeconds: LIMIT_SECONDS, env });
  const troubles = outcome.output.match(/^not ok [\s\S]*?^ {2}\.\.\.$/gm)?.join("\n");
  conclude(name, outcome, countTap(outcome.output), troubles ?? lastLines(outcome.output));
}

/** Prints a part's line, and its troubles when it has some, and adds it to the total. */
function conclude(name: string, outcome: Outcome, counts: Counts, troubles: string): void {
  if (outcome.code !== 0 && counts.failed === 0) {
    counts.failed = 1;
    counts.failures.push(
      outcome.code === null
        ? `${name}: did not end within ${LIMITS[name] ?? LIMIT_SECONDS} s`
        : `${name}: ended with exit code ${outcome.code}`,
    );
  }
  addCounts(total, counts);
  const { passed, failed, skipped } = counts;
  const words = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
  say(
    `${name.padEnd(32)} ${words.filter((word) => word !== false).join(", ")} (${
      outcome.seconds.toFixed(1)
    } s)`,
  );
  for (const line of outcome.output.matchAll(/^(?:skipped: .*|.* \.\.\. ignored.*|ok .* # SKIP.*)$/gm)) {
    say(`    ${line[0].replace(/^ok \d+ - /, "")}`);
  }
  if (counts.failed > 0) say(troubles.trimEnd());
}

function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-MOST_LINES).join("\n");
}
