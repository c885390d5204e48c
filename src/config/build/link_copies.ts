// Which jobs keep copies of each other's backups, for promises of so many copies: those that are named, and those of a
// restic repository that is copied from, or into.

import type { Job } from "../../domain/job.ts";
import type { ProviderSpec } from "../../domain/provider_spec.ts";
import { repositoryIdentity } from "../../domain/repository_identity.ts";

/** What can be told of a promise that cannot be kept as it is written. */
type Complain = (job: string, promise: number, message: string) => void;

/** Fills in the jobs of each promise of copies. */
export function linkCopies(
  jobs: readonly Job[],
  specs: ReadonlyMap<string, ProviderSpec>,
  complain: Complain,
): void {
  const promising = jobs.filter(({ promises }) => promises.some(({ copies }) => copies !== undefined));
  if (promising.length === 0) return;
  const names = new Set(jobs.map(({ name }) => name));
  for (const job of promising) {
    const linked = jobs.filter((other) => other !== job && isLinked(job, other, specs));
    for (const [at, { copies }] of job.promises.entries()) {
      if (copies === undefined) continue;
      const unknown = copies.jobs.find((name) => !names.has(name) || name === job.name);
      if (unknown !== undefined) {
        complain(job.name, at, `copied_to names '${unknown}': expected the name of another job`);
        continue;
      }
      const found = new Set([...copies.jobs, ...linked.map(({ name }) => name)]);
      copies.jobs = jobs.map(({ name }) => name).filter((name) => found.has(name));
      const keys = new Set(
        [job, ...jobs.filter(({ name }) => found.has(name))].map(({ providerKey }) => providerKey),
      );
      if (keys.size >= copies.count) continue;
      complain(
        job.name,
        at,
        `promises ${copies.count} copies, but ${
          keys.size === 1 ? "only one provider has" : `only ${keys.size} have`
        } ` +
          "any: expected jobs in copied_to that keep copies elsewhere, or restic providers that copy_from one another",
      );
    }
  }
}

function isLinked(job: Job, other: Job, specs: ReadonlyMap<string, ProviderSpec>): boolean {
  const [mine, its] = [specs.get(job.providerKey), specs.get(other.providerKey)];
  return isCopiedInto(mine, its) || isCopiedInto(its, mine);
}

function isCopiedInto(from: ProviderSpec | undefined, into: ProviderSpec | undefined): boolean {
  if (from?.kind !== "restic" || into?.kind !== "restic" || into.copyFrom === undefined) return false;
  return repositoryIdentity(from.repository) === repositoryIdentity(into.copyFrom.repository);
}
