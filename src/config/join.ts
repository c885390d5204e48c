// Joins the texts of a configuration into one document: jobs of all files, every other section from one file.

import type { Json } from "../domain/job.ts";
import { isExtension, unknownKey } from "./schema/diagnostics.ts";
import type { Report } from "./document/report.ts";
import { parsingYaml, type YamlDocument } from "./document/document.ts";
import type { FoundText } from "./document/find.ts";
import { keysAt, SECTIONS } from "./schema/schema.ts";
import { type KnownPieces, type Mapping, markEntry, type Marks } from "./document/tree.ts";

interface Joined {
  /** False when a text could not be read, so that what it would have said is missing. */
  whole: boolean;
  /** Variables named in values. */
  variables: Set<string>;
}

/**
 * Fills `root` from the texts; everything wrong with them is reported. `only: "jobs"`: nothing else may stand in them. Yields
 * after each job.
 */
export function* joinTexts(
  texts: readonly FoundText[],
  env: Record<string, string>,
  root: Mapping,
  marks: Marks,
  report: Report,
  mode: "required" | "optional",
  known?: KnownPieces,
  only?: "jobs",
): Generator<void, Joined> {
  const joined: Joined = { whole: true, variables: new Set() };
  for (const { name, text } of texts) {
    const document = yield* parsingYaml(name, text, env, marks, known === undefined ? {} : { known });
    for (const { offset, path, message, hint, unset } of document.issues) {
      report.addAt(document.source, offset, {
        message,
        ...(hint === undefined ? {} : { hint }),
        severity: unset && mode === "optional" ? "note" : "error",
      }, path);
    }
    for (const variable of document.variables) joined.variables.add(variable);
    if (document.tree === undefined) joined.whole = false;
    else addDocument(document, document.tree, root, marks, report, only);
  }
  return joined;
}

/** A document without any jobs is told of, once all of it is there. */
export function noteLackOfJobs(texts: readonly FoundText[], root: Mapping, report: Report): void {
  if (root.jobs === undefined && texts.length > 0) {
    if (root.jobs_dir === undefined) {
      report.addAt(texts[0]!.name, undefined, { message: "'jobs' is missing: expected a list of jobs" });
    }
    root.jobs = [];
  }
  if (Array.isArray(root.jobs) && root.jobs.length === 0 && !report.hasErrors()) {
    report.add(["jobs"], { message: "there are no jobs: nothing will be backed up", severity: "warning" });
  }
}

function addDocument(
  document: YamlDocument,
  tree: Mapping,
  root: Mapping,
  marks: Marks,
  report: Report,
  only?: "jobs",
): void {
  const { source } = document;
  const marksHere = marks.get(tree);
  for (const [key, value] of Object.entries(tree)) {
    const mark = marksHere?.get(key) ?? { source };
    if (key === "jobs") {
      addJobs(value, root, marks);
      if (marks.get(root)?.has("jobs") !== true) markEntry(marks, root, "jobs", mark);
      if (!Array.isArray(value)) {
        const message = value === null
          ? "empty: expected a list of jobs"
          : "the jobs are no list: expected each to begin with '- name:'";
        report.addAt(source, mark.keyAt, { message }, ["jobs"]);
      }
    } else if (isExtension(key)) {
      continue;
    } else if (!(SECTIONS as readonly string[]).includes(key)) {
      report.addAt(source, mark.keyAt, unknownKey(key, keysAt([])), [key]);
    } else if (only === "jobs") {
      report.addAt(source, mark.keyAt, {
        message: `'${key}' does not belong into a file of jobs_dir: expected jobs alone`,
        hint: "put it into the configuration itself",
      }, [key]);
    } else if (Object.hasOwn(root, key)) {
      const first = report.positionText([key]);
      report.addAt(source, mark.keyAt, {
        message: `the section stands in ${first} too: expected it in one file only`,
      }, [key]);
    } else {
      root[key] = value;
      markEntry(marks, root, key, mark);
    }
  }
}

function addJobs(value: Json, root: Mapping, marks: Marks): void {
  const jobs = Array.isArray(root.jobs) ? root.jobs : [];
  root.jobs = jobs;
  if (!Array.isArray(value)) return;
  const marksHere = marks.get(value);
  for (const [index, job] of value.entries()) {
    jobs.push(job);
    const mark = marksHere?.get(index) ?? {};
    mark.index = index;
    markEntry(marks, jobs, jobs.length - 1, mark);
  }
}
