// Ways for a picture to say something else than is so.

import type { PlantedBug } from "./planted_bug.ts";

export const PICTURE_BUGS: readonly PlantedBug[] = [
  {
    id: "PI1",
    what: "a suspect backup is shown as the newest that can be restored",
    file: "src/web/pictures/timeline_model.ts",
    find: "!suspect && !rejected && verification",
    replace: "!rejected && verification",
    tests: ["tests/web/pictures/timeline_test.ts"],
  },
  {
    id: "PI7",
    what: "a rejected backup is shown as the newest that can be restored",
    file: "src/web/pictures/timeline_model.ts",
    find: "!suspect && !rejected && verification",
    replace: "!suspect && verification",
    tests: ["tests/web/pictures/timeline_test.ts"],
  },
  {
    id: "PI2",
    what: "marks that lie on each other count one backup each",
    file: "src/web/pictures/timeline_marks.ts",
    find: "dots: dots.slice(begin, end),",
    replace: "dots: dots.slice(begin, begin + 1),",
    tests: ["tests/web/pictures/timeline_test.ts"],
  },
  {
    id: "PI3",
    what: "what others wrote becomes markup of a picture",
    file: "src/web/pictures/svg.ts",
    find: '"<": "&lt;"',
    replace: '"<": "<"',
    tests: ["tests/web/pictures/timeline_test.ts"],
  },
  {
    id: "PI4",
    what: "a policy that is tried drops what the edit does not name",
    file: "src/web/job/tried_policy.ts",
    find: 'const parts = new Map(inForce.split(",").map((part) => entryOf(part)));',
    replace: 'const parts = new Map([""].filter((one) => one === inForce).map((part) => entryOf(part)));',
    tests: ["tests/web/job/tried_policy_test.ts"],
  },
  {
    id: "PI5",
    what: "a freeze is not told beside what would go",
    file: "src/web/job/job_reading.ts",
    find: 'if (typeof freeze !== "string" && freeze.frozen) {',
    replace: 'if (typeof freeze !== "string" && freeze.frozen && !enabled) {',
    tests: ["tests/web/job/job_page_test.ts"],
  },
  {
    id: "PI6",
    what: "the calendar leaves out what is overdue",
    file: "src/web/pictures/deletion_calendar.ts",
    find: "const day = Math.max(Date.parse(row.day) / DAY, today);",
    replace: "const day = Date.parse(row.day) / DAY;",
    tests: ["tests/web/pictures/deletion_calendar_test.ts"],
  },
];
