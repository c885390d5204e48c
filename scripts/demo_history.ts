// Two years of backups of four jobs in a state file, made by the real program on a virtual clock:
// `deno run -P scripts/demo_history.ts FOLDER [END]`. The folder gets schelly.yaml for it, and edited.yaml,
// an edit of that, and week.json, a list of ten days of which two were proved.

import { DemoWorld } from "./demo_world.ts";
import { say } from "./run_command.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const ZONE = "Europe/Berlin";
const NIGHTLY = "30 2 * * *";
const MONTHLY = "0 4 1 * *";

/** How the configuration of the demo may differ. */
interface Edits {
  mailDaily: number;
  /** Its five cron fields. */
  postgresSchedule: string;
  postgresDaily: number;
  postgresMonthly: number;
  /** A line of the job `postgres`, or empty. */
  promises: string;
}

const PROMISES = '    expect: [ { after: 400d, monthly: ">=12" }, { max_gap: 2h, within: 20h } ]\n';
const TODAY: Edits = {
  promises: PROMISES,
  mailDaily: 30,
  postgresSchedule: "0 * * * *",
  postgresDaily: 14,
  postgresMonthly: 24,
};

/** The configuration as YAML. */
function configuration(edits: Edits): string {
  return `server:
  listen: 127.0.0.1:8080
  socket: schelly.sock
state: { url: "file:schelly.db" }
log: { level: warning }
providers:
  storage: { url: "http://127.0.0.1:7079/backups", poll_interval: 5m }
defaults: { timezone: ${ZONE}, provider: storage }
jobs:
  - name: postgres
    schedule: "${edits.postgresSchedule}"
    retention: { hourly: 24, daily: ${edits.postgresDaily}, weekly: 8, monthly: ${edits.postgresMonthly} }
${edits.promises}  - name: files
    schedule: "${NIGHTLY}"
    retention: { daily: 14@2, weekly: 8, monthly: 12 }
  - name: mail
    schedule: "${NIGHTLY}"
    retention: { daily: ${edits.mailDaily}, monthly: 12 }
  - name: archive
    schedule: "${MONTHLY}"
    retention: { monthly: 12, yearly: 5 }
`;
}

/** A backup each night of the ten days before `end` (UTC ms); the second and the seventh were proved. */
function provedWeek(end: number) {
  return Array.from({ length: 10 }, (_, day) => {
    const start = new Date(end - (end % DAY_MS) - (9 - day) * DAY_MS + 2 * HOUR_MS).toISOString();
    const isProved = day === 1 || day === 6;
    return {
      id: `files-${start.slice(0, 10)}`,
      start_time: start,
      ...(isProved ? { verification: "passed" } : {}),
    };
  });
}

/** Plays the two years before `end` (UTC ms) into the working folder; answers the world, its server running. */
export async function playHistory(end: number): Promise<DemoWorld> {
  const midnight = end - end % DAY_MS;
  const ago = (days: number, hours = 0) => midnight - days * DAY_MS + hours * HOUR_MS;
  const world = new DemoWorld(ago(731, 9), {
    unmountedSince: ago(2),
    failures: [
      { job: "mail", from: ago(11), until: ago(10), message: "mail store is locked by a migration" },
      { job: "postgres", from: ago(3, 3), until: ago(3, 6), message: "pg_dump: connection refused" },
    ],
  });
  const write = async (edits: Edits, name = "schelly.yaml") => {
    if (name === "schelly.yaml") world.expect([edits.postgresSchedule, NIGHTLY, MONTHLY], ZONE);
    await Deno.writeTextFile(name, configuration(edits));
  };
  const must = async (...args: string[]) => {
    const said = await world.run(...args);
    if (said.code !== 0) throw new Error(`schelly ${args.join(" ")}: ${said.err}`);
    return said.out;
  };

  const early: Edits = { ...TODAY, mailDaily: 90, promises: "", postgresSchedule: "0 23 * * *" };
  await write({ ...early, postgresDaily: 7, postgresMonthly: 12 });
  await world.start();
  // The machine was away for two days and a half.
  await world.until(ago(620, 14.5));
  await world.stop();
  await world.until(ago(617, 6.6));
  await world.start();
  await world.until(ago(400, 10));
  await write(early);
  await must("reload");
  await world.until(ago(320, 11));
  const archived = JSON.parse(await must("backups", "list", "--job", "archive", "--json"));
  const { id } = archived.at(-1);
  await must("backups", "hold", id, "--reason", "tax audit 2024", "--owner", "finance");
  await world.until(ago(158, 13) + 20 * 60_000);
  await must("jobs", "trigger", "postgres");
  // Every hour from now on, no longer every night.
  await world.until(ago(9, 9));
  await write({ ...TODAY, mailDaily: early.mailDaily, promises: "" });
  await must("reload");
  // Away again for a night and a day, lately.
  await world.until(ago(6, 20.5));
  await world.stop();
  await world.until(ago(4, 7.3));
  await world.start();
  await world.until(ago(1, 15));
  await write(TODAY);
  await must("reload");
  await world.until(end);
  await write({ ...TODAY, postgresDaily: 7, postgresMonthly: 6 }, "edited.yaml");
  await Deno.writeTextFile("week.json", JSON.stringify(provedWeek(end), null, 2));
  return world;
}

if (import.meta.main) {
  const [folder, text] = Deno.args;
  const end = text === undefined ? Math.floor(Date.now() / 1000) * 1000 : Date.parse(text);
  if (folder === undefined || Number.isNaN(end)) {
    say("Usage: deno run -P scripts/demo_history.ts FOLDER [END, such as 2026-11-20T12:10:00Z]");
    Deno.exit(2);
  }
  await Deno.mkdir(folder, { recursive: true });
  Deno.chdir(folder);
  for await (const { name } of Deno.readDir(".")) {
    if (name.startsWith("schelly.db")) {
      say(`There is a state in ${folder} already: expected a folder without one`);
      Deno.exit(2);
    }
  }
  const world = await playHistory(end);
  await world.stop();
  say(`In ${folder}: schelly.yaml, edited.yaml, week.json and two years of backups in schelly.db.`);
}
