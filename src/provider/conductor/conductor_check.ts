// Asks Conductor, without starting anything, whether backups could be made: workflows defined, workers at their tasks.

import { formatDuration } from "../../domain/duration.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { CheckResult } from "../../ports/provider.ts";
import type { ConductorParts } from "./conductor_parts.ts";

/** A worker that has not asked for work for so long is taken for gone. */
const GONE_MS = 300_000;

/** Never rejects for a trouble of the provider's. */
export async function checkConductor(parts: ConductorParts): Promise<CheckResult[]> {
  const { spec: { workflows, persistence, timeouts }, calls, clock } = parts;
  const purpose = (what: string) => ({ operation: "options", what, limitMs: timeouts.getMs } as const);
  const tasks = new Set<string>();
  const results: CheckResult[] = [];
  for (const name of [workflows.create, workflows.remove]) {
    results.push(
      await checked(`workflow ${name}`, async () => {
        const found = await calls.tasksOf(name, purpose(`look up the workflow '${name}'`));
        found?.forEach((task) => tasks.add(task));
        if (found !== undefined) return { ok: true, message: `it is defined at ${calls.shownUrl}` };
        return {
          ok: false,
          message: "it is not defined there: register it, as deploy/conductor/register.sh does",
        };
      }),
    );
  }
  for (const task of tasks) {
    results.push(
      await checked(`worker ${task}`, async () => {
        const last = await calls.lastPoll(task, purpose(`ask who works at '${task}'`));
        if (last === undefined) {
          return { ok: false, message: "no worker ever asked for this task: start one" };
        }
        const ago = Math.max(0, Math.round((clock.now() - last) / 1_000) * 1_000);
        const message = `a worker asked for it ${formatDuration(ago)} ago`;
        return ago < GONE_MS ? { ok: true, message } : { ok: false, message: `${message}: start one` };
      }),
    );
  }
  const sql = "a lost answer to a start is looked up by its run id";
  const other = "without 'persistence: sql' a lost answer to a start may cost a second backup";
  return [...results, {
    name: "provider extensions",
    ok: true,
    message: persistence === "sql" ? sql : other,
  }];
}

async function checked(
  name: string,
  ask: () => Promise<Omit<CheckResult, "name">>,
): Promise<CheckResult> {
  try {
    return { name, ...await ask() };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { name, ok: false, message: error.message };
  }
}
