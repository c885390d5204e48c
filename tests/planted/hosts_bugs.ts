// Ways in which one machine could stand for another.

import type { PlantedBug } from "./planted_bug.ts";

export const HOSTS_BUGS: readonly PlantedBug[] = [
  {
    id: "HO1",
    what: "a provider that knows its name takes calls that are meant for another host",
    file: "src/provider/server/stray_calls.ts",
    find: "meant === undefined || told.includes(meant)",
    replace: "meant === undefined || told.length > 0",
    tests: ["tests/provider/server/server_test.ts"],
  },
  {
    id: "HO6",
    what: "a host that was told no name forgets at a restart which one it is",
    file: "src/provider/server/stray_calls.ts",
    find: "let known = await readNote(notes);",
    replace: "let known = await readNote(null);",
    tests: ["tests/provider/server/server_test.ts"],
  },
  {
    id: "HO7",
    what: "a host that keeps its name takes calls for others all the same",
    file: "src/provider/server/stray_calls.ts",
    find: "if (known !== meant) {",
    replace: "if (known.length === 0) {",
    tests: ["tests/provider/server/server_test.ts"],
  },
  {
    id: "HO2",
    what: "a call does not say which host is meant",
    file: "src/provider/client/http_client.ts",
    find: "spec.host === undefined ? {} : { [HEADERS.host]: spec.host }",
    replace: "{}",
    tests: ["tests/provider/client/http_provider_test.ts"],
  },
  {
    id: "HO3",
    what: "two hosts at one place, so that the backups of one are deleted for those of the other",
    file: "src/config/build/provider_hosts.ts",
    find: "const other = urls.get(place);",
    replace: "const other = urls.get(host.name);",
    tests: ["tests/config/build/spread_jobs_test.ts"],
  },
  {
    id: "HO4",
    what: "a host that was renamed loses its backups: the key of before is nobody's",
    file: "src/config/build/provider_hosts.ts",
    find: "...renamedFrom === null ? [] : [hostKey(provider, renamedFrom)]",
    replace: "",
    tests: ["tests/config/build/spread_jobs_test.ts"],
  },
  {
    id: "HO5",
    what: "a job on a host may have the name of another job, whose state it then shares",
    file: "src/config/build/spread_jobs.ts",
    find: "spread.has(first) || spread.has(index)",
    replace: "false",
    tests: ["tests/config/build/spread_jobs_test.ts"],
  },
];
