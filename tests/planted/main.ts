// Plants each bug in a scratch copy, runs the tests that should notice, and tells which did. Exit 1 when one got by.
//
//   deno run -P tests/planted/main.ts [ID …]

import process from "node:process";
import { copy } from "./scratch.ts";
import { BUGS } from "./bugs.ts";
import type { PlantedBug } from "./planted_bug.ts";

/** Those with a real restic take a minute; what takes this long does not end, or the machine is too busy to tell. */
const MOST_MS = 240_000;
/** Of a bug that hangs. */
const HANGS_MS = 75_000;

/** Seeds within which the simulation is to notice what it is said to notice. */
const MOST_SEEDS = 200;
const SIMULATION_MOST_MS = 300_000;

/** What came of asking one of those that should notice. */
interface Word {
  isCaught: boolean;
  /** By what, or why not. */
  text: string;
}

interface Verdict {
  bug: PlantedBug;
  /** What the tests and the simulation say; undefined where these are not asked. */
  tests: Word | undefined;
  simulation: Word | undefined;
  seconds: number;
}

const NOT_CAUGHT: Word = { isCaught: false, text: "NOT CAUGHT" };
const TIMED_OUT: Word = { isCaught: false, text: "TIMED OUT, NOT CAUGHT" };

const wanted = Deno.args.length === 0 ? BUGS : BUGS.filter((bug) => Deno.args.includes(bug.id));
const verdicts: Verdict[] = [];
for (const bug of wanted) {
  const verdict = await plant(bug);
  verdicts.push(verdict);
  say(line(verdict));
}
const words = ({ tests, simulation }: Verdict) => [tests, simulation].filter((word) => word !== undefined);
const missed = verdicts.filter((verdict) => words(verdict).some(({ isCaught }) => !isCaught));
const simulated = verdicts.filter(({ simulation }) => simulation?.isCaught);
say(
  `${verdicts.length - missed.length} of ${verdicts.length} planted bugs caught, ` +
    `${simulated.length} of them by the simulation`,
);
Deno.exit(missed.length === 0 ? 0 : 1);

async function plant(bug: PlantedBug): Promise<Verdict> {
  const started = performance.now();
  const scratch = await copy();
  try {
    const path = `${scratch}/${bug.file}`;
    const text = await Deno.readTextFile(path);
    const places = text.split(bug.find).length - 1;
    if (places !== 1) {
      throw new Error(
        `Cannot plant ${bug.id} in ${bug.file}: its text stands there ${places} times, expected once`,
      );
    }
    await Deno.writeTextFile(path, text.replace(bug.find, () => bug.replace));
    const tests = bug.tests.length === 0 ? undefined : await firstFailure(scratch, bug);
    const simulation = bug.simulated && await firstSeed(scratch, bug);
    return { bug, tests, simulation, seconds: (performance.now() - started) / 1000 };
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** The name of the first test that fails. */
async function firstFailure(scratch: string, bug: PlantedBug): Promise<Word> {
  let isSlow = false;
  for (const test of bug.tests) {
    const limit = bug.hangs ? HANGS_MS : MOST_MS;
    const ended = await deno(scratch, ["test", "--fail-fast", test], limit, { SCHELLY_SIM_SEEDS: "200" });
    if (ended === undefined && bug.hangs) return caught(`${test}: it hangs`);
    if (ended === undefined) isSlow = true;
    if (ended === undefined || ended.code === 0) continue;
    const text = ended.stdout + ended.stderr;
    const name = /^(.*?) => \.\/(tests\/\S+?):\d+/m.exec(text);
    if (name !== null) return caught(`${name[2]}: ${name[1]}`);
    // Nothing is left that could answer it: a test that waits for ever fails at once.
    if (/Promise resolution is still pending/.test(text)) return caught(`${test}: it waits for ever`);
    throw new Error(`Cannot run ${test}: ${text.slice(-2000)}`);
  }
  return isSlow ? TIMED_OUT : NOT_CAUGHT;
}

/** How many seeds the simulation takes to notice, and what it notices. */
async function firstSeed(scratch: string, { simulated, from = 1 }: PlantedBug): Promise<Word> {
  const option = simulated === "builtin" ? "--builtin" : "--seeds";
  const args = ["run", "tests/simulation/main.ts", "--until-red", option, String(MOST_SEEDS)].concat(
    "--seed",
    String(from),
  );
  const ended = await deno(scratch, args, SIMULATION_MOST_MS);
  if (ended === undefined) return TIMED_OUT;
  const answer = ended.stdout.trim().split("\n").at(-1) ?? "";
  if (answer === "null") return NOT_CAUGHT;
  if (!answer.startsWith("{")) throw new Error(`Cannot play: ${ended.stderr.slice(-2000)}`);
  const { seeds, violation } = JSON.parse(answer) as { seeds: number; violation: string };
  return caught(`${seeds} seed${seeds === 1 ? "" : "s"}: ${violation.split("\n")[0]!.slice(0, 100)}`);
}

/** Runs it in the copy; undefined when it did not end in time. */
async function deno(
  scratch: string,
  [command, ...args]: string[],
  mostMs: number,
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string } | undefined> {
  const signal = AbortSignal.timeout(mostMs);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [command!, "--permission-set", "--no-check", "--quiet", ...args],
    cwd: scratch,
    env: { NO_COLOR: "1", ...env },
    signal,
  }).output();
  if (signal.aborted && code !== 0) return undefined;
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function caught(text: string): Word {
  return { isCaught: true, text };
}

function line({ bug, tests, simulation, seconds }: Verdict): string {
  const said = [tests?.text, simulation && `simulation, ${simulation.text}`].filter((text) =>
    text !== undefined
  );
  return `${bug.id.padEnd(4)} ${bug.what.padEnd(72)} ${said.join("\n     ")} (${seconds.toFixed(1)} s)`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
