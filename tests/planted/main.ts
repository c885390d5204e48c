// Plants each bug in a scratch copy, runs the tests that should notice, and tells which did. Exit 1 when one got by.
//
//   deno run -P tests/planted/main.ts [ID …]

import process from "node:process";
import { copy } from "./scratch.ts";
import { BUGS } from "./bugs.ts";
import type { PlantedBug } from "./planted_bug.ts";

/** The parts named take seconds; one that takes this long does not end. */
const HANGS_MS = 75_000;

/** Seeds within which the simulation is to notice what it is said to notice. */
const MOST_SEEDS = 200;
const SIMULATION_HANGS_MS = 300_000;
const SIGTERM_CODE = 143;

interface Verdict {
  bug: PlantedBug;
  caughtBy: string | null;
  /** What the simulation says; null when it should have noticed and did not, undefined when it is not asked. */
  simulation?: string | null;
  seconds: number;
}

const wanted = Deno.args.length === 0 ? BUGS : BUGS.filter((bug) => Deno.args.includes(bug.id));
const verdicts: Verdict[] = [];
for (const bug of wanted) {
  const verdict = await plant(bug);
  verdicts.push(verdict);
  say(line(verdict));
}
const missed = verdicts.filter(({ caughtBy, simulation }) => caughtBy === null || simulation === null);
const twice = verdicts.filter(({ simulation }) => typeof simulation === "string");
say(
  `${verdicts.length - missed.length} of ${verdicts.length} planted bugs caught, ` +
    `${twice.length} of them by the simulation too`,
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
    const caughtBy = await firstFailure(scratch, bug.tests);
    const simulation = bug.simulated && await firstSeed(scratch);
    return { bug, caughtBy, simulation, seconds: (performance.now() - started) / 1000 };
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** The name of the first test that fails; null when all pass. */
async function firstFailure(scratch: string, tests: string[]): Promise<string | null> {
  for (const test of tests) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--permission-set", "--no-check", "--quiet", "--fail-fast", test],
      cwd: scratch,
      env: { NO_COLOR: "1", SCHELLY_SIM_SEEDS: "200" },
      signal: AbortSignal.timeout(HANGS_MS),
    }).output();
    if (code === 0) continue;
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const name = /^(.*?) => \.\/(tests\/\S+?):\d+/m.exec(text);
    if (name !== null) return `${name[2]}: ${name[1]}`;
    if (/Promise resolution is still pending|has been running for over/.test(text)) {
      return `${test}: it hangs`;
    }
    throw new Error(`Cannot run ${test}: ${text.slice(-2000)}`);
  }
  return null;
}

/** How many seeds the simulation takes to notice, and what it notices; null when it does not. */
async function firstSeed(scratch: string): Promise<string | null> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--permission-set", "--no-check", "--quiet", "tests/simulation/main.ts", "--until-red"]
      .concat("--seeds", String(MOST_SEEDS)),
    cwd: scratch,
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(SIMULATION_HANGS_MS),
  }).output();
  const answer = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  // Ended by the limit, it noticed nothing in time.
  if (answer === "null" || code === SIGTERM_CODE) return null;
  if (!answer.startsWith("{")) {
    throw new Error(`Cannot play: ${new TextDecoder().decode(stderr).slice(-2000)}`);
  }
  const { seeds, violation } = JSON.parse(answer) as { seeds: number; violation: string };
  return `${seeds} seed${seeds === 1 ? "" : "s"}: ${violation.split("\n")[0]!.slice(0, 100)}`;
}

function line({ bug, caughtBy, simulation, seconds }: Verdict): string {
  const said = simulation === undefined ? "" : `\n     simulation, ${simulation ?? "NOT CAUGHT"}`;
  const test = caughtBy ?? "NOT CAUGHT";
  return `${bug.id.padEnd(4)} ${bug.what.padEnd(72)} ${test} (${seconds.toFixed(1)} s)${said}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
