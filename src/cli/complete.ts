// The hidden command `complete`: names and ids that the running server knows, for the completions of a shell. Whatever
// goes wrong, it says nothing: it is asked in the middle of a line that somebody types.

import { Argument, type Command } from "commander";
import { z } from "zod";
import type { Host } from "../ports/host.ts";
import { type Client, connect } from "./client/client.ts";
import type { ServerArgs } from "./client/discovery.ts";
import { VALUE_KINDS, type ValueKind } from "./command_tree.ts";
import { EXIT } from "./terminal/exit.ts";
import type { Context } from "./terminal/options.ts";
import { clean } from "../domain/steering.ts";

/** Longer nobody waits after a tab. */
const MOST_MS = 250;
/** Of jobs and of ids that a shell lists. */
const MOST_JOBS = 1_000;
const MOST_IDS = 50;
/** Offered as they are: no shell reads anything else into these. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._@/+=,:%-]*$/;

/** One value, and what tells a person which one it is. */
type Offer = [value: string, about: string];

/** Declares the command, which is for shells and stands in no help. */
export function addComplete(program: Command, { host, finish }: Context): void {
  program.command("complete", { hidden: true }).description("print values for the completions of a shell")
    .addArgument(new Argument("<kind>", "of what").choices(VALUE_KINDS))
    .argument("[words...]", "of the line so far, after --")
    .action(async (kind: ValueKind, words: string[]) => {
      for (const [value, about] of await offersInTime(kind, words, host)) {
        host.terminal.out(`${value}\t${clean(about).replaceAll("\t", " ")}\n`);
      }
      finish(EXIT.ok);
    });
}

async function offersInTime(kind: ValueKind, words: readonly string[], host: Host): Promise<Offer[]> {
  const limit = host.clock.timeout(MOST_MS);
  const late = new Promise<Offer[]>((resolve) =>
    limit.signal.addEventListener("abort", () => resolve([]), { once: true })
  );
  try {
    return await Promise.race([offersOf(kind, words, host), late]);
  } catch {
    // No server, no token, another version: a line that is being typed is no place for any of it.
    return [];
  } finally {
    limit.dispose();
  }
}

async function offersOf(kind: ValueKind, words: readonly string[], host: Host): Promise<Offer[]> {
  const offers = await ASK[kind](await connect(serverIn(words, host), host));
  const seen = new Set<string>();
  return offers.filter(([value]) => PLAIN.test(value) && !seen.has(value) && seen.add(value));
}

const text = z.string().nullish();
const Job = z.looseObject({
  job: z.string(),
  provider: text,
  schedule: text,
  health: z.looseObject({ state: text }).nullish(),
});
const Run = z.looseObject({ run_id: z.string(), job: text, state: text, status: text, start_time: text });
const Backup = z.looseObject({ id: z.string(), job: text, state: text, status: text, start_time: text });
const Channels = z.looseObject({ channels: z.array(z.looseObject({ name: z.string(), type: text })) });

const ASK: Readonly<Record<ValueKind, (client: Client) => Promise<Offer[]>>> = {
  jobs: async (client) =>
    (await jobsOf(client)).map(({ job, schedule, health }) => [job, wordsOf(schedule, health?.state)]),
  providers: async (client) =>
    (await jobsOf(client)).flatMap(({ job, provider }) => provider ? [[provider, `of ${job}`]] : []),
  runs: async (client) =>
    (await client.get("/runs", Run.array(), { limit: MOST_IDS })).map((run) => [run.run_id, aboutRun(run)]),
  backups: async (client) =>
    (await client.get("/backups", Backup.array(), { limit: MOST_IDS }))
      .filter(({ status }) => status !== "deleted").map((backup) => [backup.id, aboutRun(backup)]),
  channels: async (client) =>
    (await client.get("/notify", Channels)).channels.map(({ name, type }) => [name, wordsOf(type)]),
};

function jobsOf(client: Client) {
  return client.get("/jobs", Job.array(), { limit: MOST_JOBS });
}

function aboutRun(row: { [K in "job" | "state" | "status" | "start_time"]?: string | null }): string {
  const { job, state, status, start_time } = row;
  return wordsOf(job, state ?? status, start_time?.replace(/\.\d+Z$/, "Z"));
}

function wordsOf(...words: (string | null | undefined)[]): string {
  return words.filter((word) => word).join(" ");
}

/** Which options of a line say where the server is. */
const PLACES: Readonly<Record<string, keyof ServerArgs>> = {
  "--server": "server",
  "--socket": "socket",
  "--token-file": "tokenFile",
  "--ca-file": "caFile",
  "--config": "config",
  "-c": "config",
};

/** What the line so far says of the server; words are as they were typed. */
function serverIn(words: readonly string[], { env }: Host): ServerArgs {
  const args: ServerArgs = {};
  for (const [at, word] of words.entries()) {
    const [, option, own] = /^(-[-a-z]+)(?:=(.*))?$/s.exec(word) ?? [];
    const place = option === undefined || !Object.hasOwn(PLACES, option) ? undefined : PLACES[option];
    const value = own ?? words[at + 1];
    if (place !== undefined && value !== undefined) {
      args[place] = value.replace(/^(["'])(.*)\1$/, "$2").replace(/^~(?=\/)/, env.HOME ?? "~");
    }
  }
  return args;
}
