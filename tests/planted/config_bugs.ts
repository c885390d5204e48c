// Ways to read jobs one by one and get something else than the whole text says, or to hold everything up with it.

import type { PlantedBug } from "./planted_bug.ts";

const APART = ["tests/config/document/read_apart_test.ts"];
const MANY = ["tests/config/many_jobs_test.ts"];

export const CONFIG_BUGS: readonly PlantedBug[] = [
  {
    id: "CN1",
    what: "what stands after the jobs is told at a line above it",
    file: "src/config/document/yaml_values.ts",
    find: "    return offset < this.#places.from ? offset : offset + this.#places.by;\n",
    replace: "    return offset;\n",
    tests: APART,
  },
  {
    id: "CN2",
    what: "every job is told at the place of the first one",
    file: "src/config/document/yaml_values.ts",
    find: "        this.#base = piece.base;\n",
    replace: "        this.#base ||= piece.base;\n",
    tests: APART,
  },
  {
    id: "CN3",
    what: "an anchor in a job is lost to the jobs after it",
    file: "src/config/document/read_apart.ts",
    find: "  return item === undefined || mayShare && isShared(list) ? undefined : item;\n",
    replace: "  return item === undefined || mayShare && list === undefined ? undefined : item;\n",
    tests: APART,
  },
  {
    id: "CN4",
    what: "a comment at the margin ends the list of jobs, and those after it are not read",
    file: "src/config/document/pieces.ts",
    find: '    if (line.kind === "blank" || line.kind === "comment") continue;\n',
    replace:
      '    if (line.kind === "blank" || (line.kind === "comment" && line.indent >= column)) continue;\n',
    tests: APART,
  },
  {
    id: "CN5",
    what: "a number that is not plain digits is text",
    file: "src/config/document/plain_item.ts",
    find: '  if (typeof value === "string" && MAYBE_NUMBER.test(source)) return undefined;\n',
    replace: "",
    tests: APART,
  },
  {
    id: "CN6",
    what: "a reload of many jobs lets nothing else in between",
    file: "src/config/load.ts",
    find: "  return inSlices ?? ((work) => Promise.resolve(drain(work)));\n",
    replace: "  return inSlices === null ? inSlices : (work) => Promise.resolve(drain(work));\n",
    tests: MANY,
  },
  {
    id: "CN7",
    what: "a mistake in a long text is told at the line of its own job",
    file: "src/config/document/read_apart.ts",
    find: "issuesIn(piece, source, (at) => at + base)",
    replace: "issuesIn(piece, source, (at) => at)",
    tests: MANY,
  },
];
