// Plants each bug in a scratch copy, runs the tests that should notice, and tells which did. Exit 1 when one got by.
//
//   deno run -P tests/planted/main.ts [ID …]

import process from "node:process";
import { copy } from "./scratch.ts";
import { BUGS, type PlantedBug } from "./bugs.ts";

/** The parts named take seconds; one that takes this long does not end. */
const HANGS_MS = 75_000;

interface Verdict {
  bug: PlantedBug;
  caughtBy: string | null;
  seconds: number;
}

const wanted = Deno.args.length === 0 ? BUGS : BUGS.filter((bug) => Deno.args.includes(bug.id));
const verdicts: Verdict[] = [];
for (const bug of wanted) {
  const verdict = await plant(bug);
  verdicts.push(verdict);
  say(line(verdict));
}
const missed = verdicts.filter((verdict) => verdict.caughtBy === null);
say(`${verdicts.length - missed.length} of ${verdicts.length} planted bugs caught`);
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
    return { bug, caughtBy, seconds: (performance.now() - started) / 1000 };
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

function line({ bug, caughtBy, seconds }: Verdict): string {
  return `${bug.id.padEnd(4)} ${bug.what.padEnd(72)} ${caughtBy ?? "NOT CAUGHT"} (${seconds.toFixed(1)} s)`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
