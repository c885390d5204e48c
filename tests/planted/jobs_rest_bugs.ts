// Ways in which jobs over REST would lose a job, or make a shell of a token.

import type { PlantedBug } from "./planted_bug.ts";

const EDITS = ["tests/app/job_files/job_edits_test.ts"];

export const JOBS_REST_BUGS: readonly PlantedBug[] = [
  {
    id: "JR1",
    what: "a token may write a command into a job",
    file: "src/app/job_files/job_edits.ts",
    find: "const reserved = by.isLocal ? [] : reservedIn(wanted, wanted.text);",
    replace: "const reserved = by.isLocal ? [] : reservedIn({ own: {}, variables: new Set() }, wanted.text);",
    tests: EDITS,
  },
  {
    id: "JR2",
    what: "what the reload refuses stays in the file",
    file: "src/app/job_files/job_edits.ts",
    find: "const undo = () => made.undo().then(() => true, () => false);",
    replace: "const undo = () => Promise.resolve(made).then(() => true, () => false);",
    tests: EDITS,
  },
  {
    id: "JR3",
    what: "two callers replace each other's job unseen",
    file: "src/app/job_files/job_edits.ts",
    find: "last = mine.catch(() => {});",
    replace: "last = last.catch(() => {});",
    tests: EDITS,
  },
  {
    id: "JR4",
    what: "a link in the folder is replaced by a file",
    file: "src/app/job_files/job_file.ts",
    find: 'if (entry.type === "file") return',
    replace: 'if (entry.type !== "folder") return',
    tests: EDITS,
  },
  {
    id: "JR5",
    what: "a file with other jobs too is replaced by one job",
    file: "src/app/job_files/job_edits.ts",
    find: "const known = before === null ? { own: {}, variables: new Set() } : readJobText(before, job);",
    replace:
      "const known = before === null ? { own: {}, variables: new Set() } : readJobText(`jobs: [ { name: ${job} } ]`, job);",
    tests: EDITS,
  },
  {
    id: "JR6",
    what: "If-Match is not looked at",
    file: "src/app/job_files/preconditions.ts",
    find: "if (ifMatch !== undefined && !names(ifMatch, etag))",
    replace: "if (ifMatch === '' && !names(ifMatch, etag))",
    tests: ["tests/app/job_files/preconditions_test.ts", ...EDITS],
  },
  {
    id: "JR7",
    what: "with auth none anybody who reaches the port writes jobs",
    file: "src/app/job_files/job_edits.ts",
    find: 'if (!by.isLocal && auth().kind !== "named") {',
    replace: 'if (!by.isLocal && auth().kind === "default") {',
    tests: EDITS,
  },
  {
    id: "JR8",
    what: "jobs of the folder are not seen to change by the watcher",
    file: "src/config/fingerprint.ts",
    find: "[...found?.texts ?? [], ...more, ...troubles]",
    replace: "[...found?.texts ?? [], ...more.slice(0, 0), ...troubles]",
    tests: ["tests/config/document/jobs_folder_test.ts"],
  },
];
