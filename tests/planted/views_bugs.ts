// Ways to show a number of jobs that is not true any more: what is kept between two looks is not brought up to date.

import type { PlantedBug } from "./planted_bug.ts";

const BOOK = ["tests/store/read/facts_book_test.ts"];

export const VIEWS_BUGS: readonly PlantedBug[] = [
  {
    id: "VW1",
    what: "a change that was saved leaves what is shown of its job as it was",
    file: "src/store/run_store.ts",
    find: "  book.touch(jobs);\n  // The texts",
    replace: '  if (fate === "perhaps") book.touch(jobs);\n  // The texts',
    tests: BOOK,
  },
  {
    id: "VW2",
    what: "what is dated ahead of the clock stays hidden once its time has come",
    file: "src/store/read/facts_book.ts",
    find: "    addAll(touched, ahead);\n",
    replace: "",
    tests: BOOK,
  },
  {
    id: "VW3",
    what: "a success that a wrong clock dated ahead is still the last one when the clock is right again",
    file: "src/store/read/facts_book.ts",
    find: "    for (const [job, dated] of dates) if (dated > now) touched.add(job);\n",
    replace: "",
    tests: BOOK,
  },
  {
    id: "VW4",
    what: "a guard goes on naming a job that has another name now",
    file: "src/store/run_store.ts",
    find:
      '  if (writes.some(({ write }) => write === "renameJob" || write === "joinJobs")) book.touchAll();\n',
    replace: "",
    tests: BOOK,
  },
  {
    id: "VW5",
    what: "what happens to a job while it is read is not seen until it happens again",
    file: "src/store/read/facts_book.ts",
    find: "      const found = await read(jobs);\n",
    replace: "      const found = await read(jobs);\n      for (const job of jobs) touched.delete(job);\n",
    tests: BOOK,
  },
  {
    id: "VW6",
    what: "a backup that is deleted goes on being counted, and its size with it",
    file: "src/store/schema/tallies.ts",
    find: 'old.status <> new.status BEGIN\n    ${removedTally("old")};\n',
    replace: "old.status <> new.status BEGIN\n",
    tests: BOOK,
  },
  {
    id: "VW7",
    what: "a change whose answer was lost and that is carried out late never shows",
    file: "src/store/read/facts_book.ts",
    find: "    addAll(touched, doubted);\n    const now",
    replace: "    const now",
    tests: BOOK,
  },
  {
    id: "VW8",
    what: "the rows that tidying removes are counted for ever",
    file: "src/store/run_store.ts",
    find: "tidy(database, group, now, (jobs) => book.touch(jobs))",
    replace: "tidy(database, group, now, () => {})",
    tests: BOOK,
  },
  {
    id: "VW9",
    what: "a list that was read before a change is shown after it",
    file: "src/store/read/page_memo.ts",
    find: "        kept.clear();\n",
    replace: "",
    tests: ["tests/store/read/page_memo_test.ts"],
  },
  {
    id: "VW10",
    what: "a list that was read while something changed is kept as if it were of after",
    file: "src/store/read/page_memo.ts",
    find: "now === keptAt && ",
    replace: "",
    tests: ["tests/store/read/page_memo_test.ts"],
  },
  {
    id: "VW11",
    what: "a sum of counters falls when a job leaves the configuration",
    file: "src/observe/exposition.ts",
    find: "          dropped.set(beforeSum, (dropped.get(beforeSum) ?? 0) + value);\n",
    replace: "",
    tests: ["tests/observe/bounded_jobs_test.ts"],
  },
  {
    id: "VW12",
    what: "of many jobs those that do best are shown, and the failing ones are not",
    file: "src/observe/bounded_jobs.ts",
    find: "Number(a.health.well) - Number(b.health.well) ||",
    replace: "Number(b.health.well) - Number(a.health.well) ||",
    tests: ["tests/observe/bounded_jobs_test.ts"],
  },
];
