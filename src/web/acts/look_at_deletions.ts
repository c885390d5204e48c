// What retention would delete of a job, as somebody has to have seen it before they approve it.

import { counted } from "../../domain/count_text.ts";
import type { ActLook, LookSources } from "./act.ts";

/** Of more the rest is counted; `schelly retention show` names all of them. */
const MOST_ROWS = 200;

/** The exact set with its digest, and why it is stopped; undefined where there is no such job. */
export async function lookAtDeletions(
  job: string,
  { operations }: LookSources,
): Promise<ActLook | undefined> {
  const page = await operations.retentionPage(job, { limit: MOST_ROWS, decision: "remove" });
  if (page === undefined) return undefined;
  const { remove, remove_count: going, keep_count: staying, guards, digest } = page.view;
  const latched = guards.filter(({ latched }) => latched);
  return {
    sentences: [
      ...latched.map(({ message }) => `Stopped, since ${message}.`),
      `${counted(going, "backup")} ${going === 1 ? "goes" : "go"}, ${counted(staying, "backup")} ${
        staying === 1 ? "stays" : "stay"
      }.`,
    ],
    rows: remove.length === 0 ? null : {
      caption: remove.length < going
        ? `The oldest ${remove.length} of the ${going} that go`
        : "Those that go, oldest first",
      head: ["Of", "Backup"],
      rows: remove.map(({ id, run_id, period_time }) => [
        period_time.replace("T", " ").replace(/:\d\d\.\d+Z$/, " UTC"),
        id ?? run_id,
      ]),
    },
    seen: { digest },
  };
}
