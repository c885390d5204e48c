// Which tags of a backup are worth showing: those of levels that its job's policy keeps.

import { JobAnswer } from "../client/answers.ts";
import { type Client, segment } from "../client/client.ts";
import { Failure } from "../terminal/exit.ts";

/** The tags of levels that the policy (`daily=7@L,…`) keeps; all of them where it is not known. */
export function keptTags(tags: readonly string[], policy: string | null | undefined): string[] {
  return tags.filter((tag) => !policy || policy.includes(`${tag}=`));
}

/** So many jobs are asked for by name; an answer about one costs the server a look at all, so more of them do not. */
const FEW = 10;

/** The policies of these jobs by name, as far as the server tells them: no list fails for want of them. */
export async function policiesOf(client: Client, jobs: Iterable<string>): Promise<Map<string, string>> {
  const names = [...new Set(jobs)];
  const answers = names.length > FEW
    ? await told(() => client.get("/jobs", JobAnswer.array()))
    : await Promise.all(names.map((name) => told(() => client.get(`/jobs/${segment(name)}`, JobAnswer))));
  return new Map((answers ?? []).flatMap((answer) => answer?.policy ? [[answer.job, answer.policy]] : []));
}

/** What is answered; undefined for a refusal, such as for a job that is gone. */
async function told<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
