// Which tags of a backup are worth showing: those of levels that its job's policy keeps.

import { JobAnswer } from "../client/answers.ts";
import { type Client, segment } from "../client/client.ts";
import { Failure } from "../terminal/exit.ts";

/** The tags of levels that the policy (`daily=7@L,…`) keeps; all of them where it is not known. */
export function keptTags(tags: readonly string[], policy: string | null | undefined): string[] {
  return tags.filter((tag) => !policy || policy.includes(`${tag}=`));
}

/** The policies of these jobs by name, as far as the server tells them: no list fails for want of them. */
export async function policiesOf(client: Client, jobs: Iterable<string>): Promise<Map<string, string>> {
  const names = [...new Set(jobs)];
  if (names.length === 0) return new Map();
  try {
    const answers = names.length === 1
      ? [await client.get(`/jobs/${segment(names[0]!)}`, JobAnswer)]
      : await client.get("/jobs", JobAnswer.array());
    return new Map(answers.flatMap(({ job, policy }) => policy ? [[job, policy]] : []));
  } catch (error) {
    if (error instanceof Failure) return new Map();
    throw error;
  }
}
