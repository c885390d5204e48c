// Brings the transcripts in docs/retention.md up to date: `deno run -P scripts/retention_docs.ts` plays the demo's history
// and runs every command of the page's `console` blocks in it, one after the other.

import { playHistory } from "./demo_history.ts";
import type { Said } from "./demo_world.ts";
import { say } from "./run_command.ts";

const PAGE = new URL("../docs/retention.md", import.meta.url);
/** The end of the demo's history; times on the page are before and after it. */
const END = Date.UTC(2026, 10, 20, 12, 12);
/** What stands on the page for the folder of the demo. */
const FOLDER = "/srv/demo";

/** The page as it is, and as the program as it is would have it. */
export async function retentionPage(): Promise<{ is: string; should: string }> {
  const is = await Deno.readTextFile(PAGE);
  const before = Deno.cwd();
  const folder = await Deno.makeTempDir({ prefix: "schelly-demo-" });
  try {
    Deno.chdir(folder);
    const world = await playHistory(END);
    const should = await transcribe(is, async (args) => {
      const said = await world.run(...args);
      // What a command sets off is over before the next one looks.
      await new Promise((resolve) => setTimeout(resolve, 20));
      await world.until(world.clock.now() + 60_000);
      return said;
    });
    await world.stop();
    return { is, should: withSizeOf(is, should.replaceAll(Deno.cwd(), FOLDER)) };
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
}

/** How many pages a state has differs from run to run by a few: the size that the page has stays. */
function withSizeOf(is: string, should: string): string {
  const size = /^size {8}.*$/m.exec(is)?.[0];
  return size === undefined ? should : should.replace(/^size {8}.*$/m, size);
}

/** Replaces what stands below each `$ schelly …` of the `console` blocks by what the command says. */
export async function transcribe(page: string, run: (args: string[]) => Promise<Said>): Promise<string> {
  let written = "";
  let isConsole = false;
  for (const line of page.split(/(?<=\n)/)) {
    if (line.startsWith("```")) isConsole = line === "```console\n";
    if (!isConsole || line.startsWith("```")) written += line;
    else if (line.startsWith("$ ")) written += line + await transcript(line.slice(2).trim(), run);
  }
  return written;
}

async function transcript(line: string, run: (args: string[]) => Promise<Said>): Promise<string> {
  const parts = /^schelly (.*?)(?:( 2>&1)? \| (head|tail) -n (\d+))?$/.exec(line);
  if (parts === null) {
    throw new Error(`Cannot run '${line}': expected \`schelly …\`, | head -n N or | tail -n N`);
  }
  const [, words, all, cut, count] = parts;
  const args = Array.from(words!.matchAll(/"([^"]*)"|\S+/g), ([word, quoted]) => quoted ?? word);
  const { code, out, err, seen } = await run(args);
  let text = seen;
  if (cut !== undefined) {
    const lines = (all ? seen : out).split(/(?<=\n)/);
    text = (cut === "head" ? lines.slice(0, +count!) : lines.slice(-count!)).join("") + (all ? "" : err);
  }
  return text + (code === 0 ? "" : `[exit code ${code}]\n`);
}

if (import.meta.main) {
  const { is, should } = await retentionPage();
  await Deno.writeTextFile(PAGE, should);
  say(is === should ? "docs/retention.md was current." : "docs/retention.md was brought up to date.");
}
