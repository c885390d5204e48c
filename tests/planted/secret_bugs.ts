// Ways in which secrets come out, questions hold up the schedule, and commands reach no server or another one.

import type { PlantedBug } from "./planted_bug.ts";

export const SECRET_BUGS: readonly PlantedBug[] = [
  {
    id: "DS1",
    what: "a broken edit of the configuration takes every command down that asks a server",
    file: "src/config/document/document.ts",
    find: "  if (document.issues.length > 0 && !how.anyhow) return document;\n",
    replace: "  if (document.issues.length > 0) return document;\n",
    tests: ["tests/config/server_place_test.ts"],
  },
  {
    id: "DS2",
    what:
      "a command asks the server at the usual address where the configuration cannot tell which one is meant",
    file: "src/cli/client/discovery.ts",
    find: "place.supposed.includes(door) ? found.supposed : found.targets",
    replace: "found.targets",
    tests: ["tests/cli/client/discovery_test.ts"],
  },
  {
    id: "DS3",
    what: "the value of a variable is shown in the configuration in force",
    file: "src/config/effective.ts",
    find: "  if (raw !== undefined) return redactUrl(raw);\n",
    replace: "",
    tests: ["tests/config/effective_test.ts"],
  },
  {
    id: "DS4",
    what:
      "what a variable gives to the address of a provider stands in its key: in lists, logs and the state",
    file: "src/config/build/address_key.ts",
    find: "  if (template === undefined) return plain;\n",
    replace: "  if (plain !== undefined) return plain;\n",
    tests: ["tests/config/build/address_key_test.ts"],
  },
  {
    id: "DS5",
    what:
      "another value of a variable passes for the same provider, which is asked for backups of another one",
    file: "src/config/build/address_key.ts",
    find: "encode(plain)",
    replace: "encode(template)",
    tests: ["tests/config/build/address_key_test.ts"],
  },
  {
    id: "DS6",
    what: "a provider whose key now leaves out what a variable gives loses the backups made before",
    file: "src/config/build/build_providers.ts",
    find: "  for (const [spec, keys] of written) take(spec, [...keys].filter((key) => !inJobs.has(key)));\n",
    replace: "",
    tests: ["tests/config/build/address_key_test.ts"],
  },
  {
    id: "DS7",
    what: "a refusal of the configuration quotes what a variable holds",
    file: "src/config/load.ts",
    find: "  report.hideValues(env, variables);\n",
    replace: "",
    tests: ["tests/config/document/variables_test.ts"],
  },
  {
    id: "DS8",
    what: "one caller may have the server play futures without end",
    file: "src/engine/context/long_work.ts",
    find: "      this.#budgets.use(caller, spent);\n",
    replace: "",
    tests: ["tests/engine/context/long_work_test.ts"],
  },
  {
    id: "DS9",
    what: "as many elections are held at once as anybody asks for",
    file: "src/engine/context/long_work.ts",
    find: "large: new PQueue({ concurrency: 1 })",
    replace: "large: new PQueue()",
    tests: ["tests/engine/context/long_work_test.ts"],
  },
  {
    id: "DS10",
    what: "what is shown of retention may be older than the change that its reader made before",
    file: "src/engine/context/long_work.ts",
    find: "    if (!begun) this.#waiting.set(what, answer);\n",
    replace: "    this.#waiting.set(what, answer);\n",
    tests: ["tests/engine/context/long_work_test.ts"],
  },
  {
    id: "DS11",
    what: "who has an admin's token writes copies of the state anywhere on the machine",
    file: "src/app/operations/state.ts",
    find: '      if (refusal !== undefined) return { outcome: "refused", message: refusal };\n',
    replace: "",
    tests: ["tests/app/operations/state_test.ts"],
  },
  {
    id: "DS12",
    what: "a token file that every user of the machine may read is passed over",
    file: "src/config/readable_files.ts",
    find: "    if (!await isReadable(path, modeOf)) continue;\n",
    replace: "    if (path !== null) continue;\n",
    tests: ["tests/config/readable_files_test.ts"],
  },
  {
    id: "DS13",
    what: "each program that is started finds every secret of the environment of Schelly",
    file: "src/provider/builtin/builtin_provider.ts",
    find: "    run: (spec) => processes.run({ ...spec, env: { ...env, ...spec.env }, clearEnv: true }),\n",
    replace: "    run: (spec) => processes.run({ ...spec, env: { ...env, ...spec.env } }),\n",
    tests: ["tests/provider/builtin/command_test.ts"],
  },
];
