// The file that holds one job and nothing else: what it says, how one is written, and what of a job only those may say who
// are on the machine.

import { stringify } from "yaml";
import type { Json } from "../domain/job.ts";
import { parseYaml } from "./document/document.ts";
import { isMapping, type Mapping } from "./document/tree.ts";
import { ALL_HOSTS } from "./schema/schema_hosts.ts";
import { NAME_PATTERN } from "./schema/schema_leaves.ts";

/** A text taken apart; values are as written, with no variable put in. */
type JobText = { own: Mapping; variables: ReadonlySet<string> } | { problems: string[] };

/** True for what may be the name of a job, and so of its file. */
export function isJobName(name: string): boolean {
  return NAME_PATTERN.test(name);
}

/** The text of a file with this one job. */
export function jobText(own: Mapping): string {
  return stringify({ jobs: [own] }, { lineWidth: 100 });
}

/** The settings of the one job of this name; whether they are right, the whole configuration says. */
export function readJobText(text: string, name: string): JobText {
  const { tree, issues, source, variables } = parseYaml(`${name}.yaml`, text, {}, new WeakMap());
  // Variables are those of the server.
  const problems = issues.filter(({ unset }) => unset !== true).map(({ offset, message, hint }) => {
    const { line, column } = source.position(offset);
    return `${line}:${column}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
  });
  if (tree === undefined || problems.length > 0) {
    return { problems: problems.length > 0 ? problems : ["the text cannot be read as YAML"] };
  }
  const others = Object.keys(tree).filter((key) => key !== "jobs");
  if (others.length > 0) {
    return { problems: [`'${others[0]!.slice(0, 80)}' stands beside 'jobs': expected jobs alone`] };
  }
  const { jobs } = tree;
  if (!Array.isArray(jobs) || jobs.length !== 1 || !isMapping(jobs[0])) {
    const count = Array.isArray(jobs) ? `${jobs.length} jobs` : "no list of jobs";
    return { problems: [`the text has ${count}: expected one job, as 'jobs: [ { name: ${name}, … } ]'`] };
  }
  const [own] = jobs;
  if (own!.name !== name) {
    return { problems: [`the job is called ${JSON.stringify(own!.name ?? null)}: expected '${name}'`] };
  }
  return { own: own!, variables };
}

/** The name of the one job of a text; undefined where it has none, or is none. */
export function nameIn(text: string): string | undefined {
  const jobs = parseYaml("job", text, {}, new WeakMap()).tree?.jobs;
  const name = Array.isArray(jobs) && jobs.length === 1 && isMapping(jobs[0]) ? jobs[0].name : undefined;
  return typeof name === "string" ? name : undefined;
}

/** True for a job that becomes one on each host of its provider, so that no job has its very name. */
export function isOnAllHosts({ provider }: Mapping): boolean {
  return isMapping(provider) && provider.host === ALL_HOSTS;
}

/** What runs something on the machine, or sends something from it. */
const RUNS = ["on_success", "on_failure", "ping", "notify"] as const;

/**
 * What in a job would give somebody who merely has a token the rights of this program's user: each in words, after the key.
 * Empty: anybody who may change jobs may write it.
 */
export function reservedIn(
  { own, variables }: { own: Mapping; variables: ReadonlySet<string> },
  text: string,
): string[] {
  const found: string[] = [];
  const { provider } = own;
  if (isMapping(provider) && provider.use === undefined) {
    found.push("provider: is written out: expected the name of one of `providers`, or { use: NAME }");
  }
  for (const key of RUNS) {
    if (own[key] !== undefined && own[key] !== "off") found.push(`${key}: expected none, or off`);
  }
  for (const key of fileKeys(own)) found.push(`${key}: names a file of the machine: expected none`);
  // As YAML reads it: there are other ways to write these signs.
  if (variables.size > 0 || text.includes("${")) {
    found.push("${: stands for a variable of the server: expected none");
  }
  return found;
}

function fileKeys(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(fileKeys);
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key.endsWith("_file") ? [key.slice(0, 80)] : []),
    ...fileKeys(inner),
  ]);
}
