// A job on all hosts of a provider becomes one job a host, in the document itself: whatever is read of it later finds
// each with its own name, and all of them where the one was written.

import type { Json } from "../../domain/job.ts";
import type { Report } from "../document/report.ts";
import {
  isMapping,
  type Mapping,
  markAt,
  markEntry,
  type Marks,
  type Path,
  valueAt,
} from "../document/tree.ts";
import { ALL_HOSTS } from "../schema/schema_hosts.ts";
import { NAME_PATTERN } from "../schema/schema_leaves.ts";
import { hostsOf, type ProviderHost } from "./provider_hosts.ts";

interface Document {
  root: Mapping;
  marks: Marks;
  report: Report;
}

/** Longest name of a job. */
const MOST_LETTERS = 63;

/**
 * Spreads those of the `jobs` that have `host: all`. Answers the indexes of all jobs, in their order; the copies stand at
 * the end of the document, so that no other job changes its place.
 */
export function spreadJobs(jobs: readonly number[], document: Document): number[] {
  const { root, report } = document;
  const names = new Map<string, number>();
  const spread = new Map<number, ProviderHost[]>();
  for (const index of jobs) {
    const hosts = hostsFor((root.jobs as Mapping[])[index]!, root);
    if (hosts !== undefined) spread.set(index, hosts);
  }
  if (spread.size === 0) return [...jobs];
  for (const index of jobs) {
    const name = valueAt(root, ["jobs", index, "name"]) as string;
    const first = names.get(name);
    if (first === undefined) names.set(name, index);
    else if (spread.has(first) || spread.has(index)) {
      report.add(["jobs", index, "name"], {
        message: `the name '${name}' is taken by the job at ${
          report.positionText(["jobs", first, "name"])
        }: expected another one`,
      });
    }
  }
  return jobs.flatMap((index) => {
    const hosts = spread.get(index);
    return hosts === undefined ? [index] : spreadOne(index, hosts, document);
  });
}

/** The hosts that a job is on, where it is on all of one provider. */
function hostsFor(own: Mapping, root: Mapping): ProviderHost[] | undefined {
  const provider = own.provider ?? valueAt(root, ["defaults", "provider"]);
  if (!isMapping(provider) || provider.host !== ALL_HOSTS || typeof provider.use !== "string") {
    return undefined;
  }
  return hostsOf(root, provider.use);
}

/** Two hosts of one name, and an earlier name that a host has, are told of where they are written. */
function spreadOne(index: number, hosts: readonly ProviderHost[], document: Document): number[] {
  const { root, marks, report } = document;
  const list = root.jobs as Json[];
  const own = list[index] as Mapping;
  // What is within is marked only when it is asked for, and as it stands now.
  markAt(root, marks, ["jobs", index, "name"]);
  const known = new Map(hosts.map((host) => [host.name, host]));
  const usable = [...known.values()]
    .map((host) => known.has(host.renamedFrom ?? "") ? { ...host, renamedFrom: null } : host)
    .filter(({ name }) => NAME_PATTERN.test(`${own.name}.${name}`));
  const tooLong = hosts.find((host) => !usable.some(({ name }) => name === host.name));
  if (tooLong !== undefined) {
    const name = `${own.name}.${tooLong.name}`;
    report.add(["jobs", index, "name"], {
      message:
        `on the host '${tooLong.name}' the job is called '${name}', which has ${name.length} letters: ` +
        `expected at most ${MOST_LETTERS}`,
      hint: `give the host a shorter name: { name: …, address: "${tooLong.address}" }`,
    });
  }
  judgeRenames(index, own, usable, report);
  const mark = markAt(root, marks, ["jobs", index]);
  return usable.map((host, at) => {
    const copy = copyFor(host, own, document, index);
    const place = at === 0 ? index : list.length;
    list[place] = copy;
    if (mark !== undefined) markEntry(marks, list, place, mark);
    return place;
  });
}

/** Two renames at once would need to be told apart by what is on record. */
function judgeRenames(index: number, own: Mapping, hosts: readonly ProviderHost[], report: Report): void {
  const renamed = hosts.find(({ renamedFrom }) => renamedFrom !== null);
  if (own.renamed_from === undefined || renamed === undefined) return;
  report.add(["jobs", index, "renamed_from"], {
    message: `the host '${renamed.name}' has an earlier name too (${
      report.positionText([...renamed.path, "renamed_from"])
    }): expected one of them at a time`,
    hint: `take out the one that is done; what the host's backups are known by stays in its formerly: ` +
      `["${renamed.path[1]}@${renamed.renamedFrom}"]`,
  });
}

/** The settings of the job on one host; its entries are marked as those they come from. */
function copyFor(host: ProviderHost, own: Mapping, { root, marks }: Document, index: number): Mapping {
  const ofDefaults = own.provider === undefined;
  const provider = (ofDefaults ? valueAt(root, ["defaults", "provider"]) : own.provider) as Mapping;
  const at: Path = ofDefaults ? ["defaults"] : ["jobs", index];
  const copy: Mapping = { ...own, name: `${own.name}.${host.name}` };
  const shared = marks.get(own);
  if (shared !== undefined) marks.set(copy, new Map(shared));
  copy.provider = { ...provider, host: host.name };
  const providerMarks = marks.get(provider);
  if (providerMarks !== undefined) marks.set(copy.provider, providerMarks);
  const mark = markAt(root, marks, [...at, "provider"]);
  if (mark !== undefined) markEntry(marks, copy, "provider", mark);
  const former = host.renamedFrom !== null
    ? `${own.name}.${host.renamedFrom}`
    : typeof own.renamed_from === "string"
    ? `${own.renamed_from}.${host.name}`
    : undefined;
  if (former !== undefined) {
    copy.renamed_from = former;
    const written = markAt(root, marks, host.renamedFrom !== null ? [...host.path, "renamed_from"] : []);
    if (written !== undefined) markEntry(marks, copy, "renamed_from", written);
  }
  return copy;
}
