// Ways to let a dead man's switch believe what is not so, to tell its address, to run a hook twice or never.

import type { PlantedBug } from "./planted_bug.ts";

const JOB_PINGS = ["tests/app/outcomes/job_pings_test.ts"];
const PING_CALL = ["tests/app/outcomes/ping_call_test.ts"];
const JOB_HOOKS = ["tests/app/outcomes/job_hooks_test.ts"];
const HEARTBEAT = ["tests/app/outcomes/heartbeat_test.ts"];

export const OUTCOME_BUGS: readonly PlantedBug[] = [
  {
    id: "PO1",
    what: "a suspect backup is told to be there",
    file: "src/domain/outcome.ts",
    find: 'run.suspectAt !== null && run.acceptedAt === null ? "suspect" : "available"',
    replace: '"available"',
    tests: ["tests/domain/outcome_test.ts", ...JOB_PINGS],
  },
  {
    id: "PO2",
    what: "a run that was given up is not told of when its try is not made",
    file: "src/domain/outcome.ts",
    find: '  "run.tries_ended": "failed",\n',
    replace: "",
    tests: JOB_PINGS,
  },
  {
    id: "PO3",
    what: "what a receiver answers 200 to counts as taken, although it knows no such check",
    file: "src/app/outcomes/ping_call.ts",
    find: "return { why: refused?.[1], isPassing: false };",
    replace: "return { why: undefined, isPassing: refused === undefined };",
    tests: PING_CALL,
  },
  {
    id: "PO4",
    what: "the heartbeat goes on while the scheduler stands still",
    file: "src/app/outcomes/heartbeat.ts",
    find: "if (silence > LONGEST_SILENCE_MS) {",
    replace: "if (silence > LONGEST_SILENCE_MS * 1_000) {",
    tests: HEARTBEAT,
  },
  {
    id: "PO5",
    what: "the heartbeat goes on while nothing can be saved",
    file: "src/app/outcomes/heartbeat.ts",
    find: "await within(clock, SAVE_MS, save(),",
    replace: "await within(clock, SAVE_MS, save().catch(() => {}),",
    tests: HEARTBEAT,
  },
  {
    id: "PO6",
    what: "the address of a check is shown",
    file: "src/config/document/redact.ts",
    find: "  if (isCheck(path)) return true;\n",
    replace: "",
    tests: ["tests/config/build/build_ping_test.ts"],
  },
  {
    id: "PO7",
    what: "a receiver that does not take pings is told of with each",
    file: "src/app/outcomes/ping_told.ts",
    find: "const isNews = this.#troubles.get(job) !== why;",
    replace: 'const isNews = why !== "";',
    tests: [...JOB_PINGS, ...HEARTBEAT],
  },
  {
    id: "PO8",
    what: "a slow receiver of one host holds up those of all",
    file: "src/app/outcomes/job_pings.ts",
    find: "inTurn: (work) => this.#atHost(new URL(url).host, work),",
    replace: 'inTurn: (work) => this.#atHost("any", work),',
    tests: JOB_PINGS,
  },
  {
    id: "PO9",
    what: "a hook that a kill hit is run again",
    file: "src/app/outcomes/job_hooks.ts",
    find: "new Set([...left?.ended ?? [], ...left?.running ?? []])",
    replace: "new Set([...left?.ended ?? []])",
    tests: JOB_HOOKS,
  },
  {
    id: "PO10",
    what: "a hook that a kill kept from beginning is forgotten",
    file: "src/app/outcomes/job_hooks.ts",
    find: "this.#position = left?.seen ?? newest;",
    replace: "this.#position = newest;",
    tests: JOB_HOOKS,
  },
  {
    id: "PO11",
    what: "a hook begins before it is written down to begin",
    file: "src/app/outcomes/job_hooks.ts",
    find: "    if (!await this.#saved(book, [])) return;\n",
    replace: "    void this.#saved(book, []);\n",
    tests: JOB_HOOKS,
  },
  {
    id: "PO12",
    what: "hooks find the secrets of Schelly's own environment",
    file: "src/app/outcomes/job_hooks.ts",
    find: "{ ...passedOn(env), ...hook.env, ...outcome.env }",
    replace: "{ ...env, ...hook.env, ...outcome.env }",
    tests: JOB_HOOKS,
  },
  {
    id: "PO15",
    what: "a hook that prints its environment tells what secrets it inherited",
    file: "src/app/outcomes/job_hooks.ts",
    find: "[...Object.values(hook.env), ...inheritedSecrets(env)]",
    replace: "Object.values(hook.env)",
    tests: JOB_HOOKS,
  },
  {
    id: "PO13",
    what: "nobody is told of a slot that was missed",
    file: "src/app/outcomes/hook_outcome.ts",
    find: 'missed: "missed", ',
    replace: "",
    tests: JOB_HOOKS,
  },
  {
    id: "PO14",
    what: "what ended behind one that still runs counts as not run",
    file: "src/domain/hook_ledger.ts",
    find: "    this.#ended.add(seq);\n",
    replace: "",
    tests: ["tests/domain/hook_ledger_test.ts"],
  },
];
