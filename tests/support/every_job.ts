// What comes in slices or pieces, as one.

import type { Operations } from "../../src/ports/operations.ts";
import type { JobView } from "../../src/ports/views/job.ts";

/** Every job that the operations know. */
export async function everyJob(operations: Pick<Operations, "everyJob">): Promise<JobView[]> {
  const jobs: JobView[] = [];
  for await (const some of operations.everyJob()) jobs.push(...some);
  return jobs;
}

/** Pieces of text as one. */
export async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}
