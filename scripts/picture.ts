// Draws docs/pictures/terminal.svg, the picture of README.md: `deno run -P scripts/picture.ts` runs the real program on
// the demo's clock, with four months of backups behind it.

import { EXIT } from "../src/cli/terminal/exit.ts";
import { DemoWorld } from "./demo_world.ts";
import { say } from "./run_command.ts";
import { type Step, terminalSvg } from "./terminal_svg.ts";

export const PICTURE = new URL("../docs/pictures/terminal.svg", import.meta.url);
const TITLE =
  "Schelly in a terminal: its jobs, why a backup is kept, and what an edit of the policy would delete";
const END = Date.UTC(2026, 10, 20, 12, 12);
const DAY_MS = 86_400_000;
const ZONE = "Europe/Berlin";
const NIGHTLY = "30 2 * * *";
const COLUMNS = 110;
const COMMANDS = [
  "schelly jobs list",
  "schelly backups explain postgres-20261114-013000",
  "schelly plan -f edited.yaml",
];

/** The configuration, keeping so many days of `postgres`. */
function configuration(daily: number): string {
  return `server: { listen: "127.0.0.1:8080", socket: schelly.sock }
state: { url: "file:schelly.db" }
log: { level: warning }
defaults: { timezone: ${ZONE}, provider: storage, schedule: "${NIGHTLY}" }
providers:
  storage: { url: "http://127.0.0.1:7079/backups", poll_interval: 5m }
jobs:
  - name: postgres
    retention: { daily: ${daily}, weekly: 8, monthly: 12 }
    expect: [ { max_gap: 25h, within: 10d } ]
  - name: files
    retention: { daily: 14@2, monthly: 12 }
`;
}

/** The picture as the program as it is would have it. */
export async function drawPicture(): Promise<string> {
  const before = Deno.cwd();
  const folder = await Deno.makeTempDir({ prefix: "schelly-picture-" });
  try {
    Deno.chdir(folder);
    await Deno.writeTextFile("schelly.yaml", configuration(14));
    await Deno.writeTextFile("edited.yaml", configuration(5));
    const world = new DemoWorld(END - 120 * DAY_MS, { unmountedSince: END - DAY_MS, failures: [] }, {});
    world.expect([NIGHTLY], ZONE);
    await world.start();
    await world.until(END);
    const steps: Step[] = [];
    for (const command of COMMANDS) {
      const { code, seen } = await world.run(...command.split(" ").slice(1));
      if (code !== EXIT.ok && code !== EXIT.overBudget) throw new Error(`${command}: ${seen}`);
      steps.push({ command, seen });
    }
    await world.stop();
    return terminalSvg(TITLE, steps, COLUMNS);
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  await Deno.writeTextFile(PICTURE, await drawPicture());
  say("docs/pictures/terminal.svg is drawn.");
}
