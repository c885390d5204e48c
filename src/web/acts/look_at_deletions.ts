// What retention would delete of a job, as somebody has to have seen it before they approve it.

import { zoneOf } from "../../domain/calendar/zone.ts";
import { counted } from "../../domain/count_text.ts";
import { dayTimeText } from "../../domain/notify/words.ts";
import { guardFinding } from "../../domain/retention/guard.ts";
import { sizeText } from "../../domain/size_text.ts";
import type { Operations } from "../../ports/operations.ts";
import type { RetentionRowView } from "../../ports/views/retention.ts";
import { freedText } from "../../domain/freed_text.ts";
import type { ActLook, LookSources } from "./act.ts";

/** Of more the rest is counted; `schelly retention show` names all of them. */
const MOST_ROWS = 200;
/** So many are read at once, and so many at most, to say how much room they make. */
const ROWS_READ = 1_000;
const MOST_READ = 20_000;

/** The exact set with its digest, how much it frees, and why it is stopped; undefined where there is no such job. */
export async function lookAtDeletions(
  job: string,
  { operations, now }: LookSources,
): Promise<ActLook | undefined> {
  const [found, of] = await Promise.all([readGoing(job, operations), operations.job(job)]);
  if (found === undefined) return undefined;
  const zone = zoneOf(of?.timezone ?? "UTC");
  const { view, rows } = found;
  const { remove_count: going, keep_count: staying, guards, digest } = view;
  const latched = guards.filter(({ latched }) => latched);
  const named = rows.slice(0, MOST_ROWS);
  return {
    sentences: [
      ...latched.map(({ message }) => `Stopped, since ${guardFinding(message)}.`),
      `${counted(going, "backup")} ${going === 1 ? "goes" : "go"}, ${counted(staying, "backup")} ${
        staying === 1 ? "stays" : "stay"
      }.`,
      ...(going === 0 ? [] : [`That frees ${freedText(rows.map(({ size_mb }) => size_mb), going)}.`]),
    ],
    rows: named.length === 0 ? null : {
      caption: named.length < going
        ? `The oldest ${named.length} of the ${going} that go`
        : "Those that go, oldest first",
      head: [`Of (${zone.name})`, "Backup", "Size"],
      rows: named.map(({ id, run_id, period_time, size_mb }) => [
        dayTimeText(Date.parse(period_time), now, zone),
        id ?? run_id,
        size_mb === null ? "–" : sizeText(size_mb),
      ]),
    },
    seen: { digest },
  };
}

/** The first page of them as it is, and the rows of those that follow, as long as they are of the same set. */
async function readGoing(job: string, operations: Pick<Operations, "retentionPage">) {
  const ask = (cursor?: string) =>
    operations.retentionPage(job, {
      limit: ROWS_READ,
      decision: "remove",
      ...(cursor === undefined ? {} : { cursor }),
    });
  const first = await ask();
  if (first === undefined) return undefined;
  const rows: RetentionRowView[] = [...first.view.remove];
  for (let { cursor } = first; cursor !== undefined && rows.length < MOST_READ;) {
    const next = await ask(cursor);
    if (next === undefined || next.view.digest !== first.view.digest) break;
    rows.push(...next.view.remove);
    cursor = next.cursor;
  }
  return { view: first.view, rows };
}
