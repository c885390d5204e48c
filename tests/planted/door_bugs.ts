// Ways in which strangers at the port end the program, fill its memory, or have backups made and deleted.

import type { PlantedBug } from "./planted_bug.ts";

export const DOOR_BUGS: readonly PlantedBug[] = [
  {
    id: "D1",
    what: "a connection that breaks off in the middle of a request ends the process",
    file: "src/runtime/http_connection.ts",
    find: "finished.then(end, end)",
    replace: "finished.then(end)",
    tests: ["tests/e2e/flood_test.ts"],
  },
  {
    id: "D2",
    what: "a body is read before its kind is looked at",
    file: "src/api/inputs.ts",
    find: "  if (refusal !== undefined && isSomething) throw refusal;\n",
    replace: "",
    tests: ["tests/api/limits_test.ts"],
  },
  {
    id: "D3",
    what: "a served provider has backups made and reads bodies for whoever shows no token",
    file: "src/provider/server/callers.ts",
    find: "return mayCall(request, auth) ?",
    replace: 'return request.method === "POST" || mayCall(request, auth) ?',
    tests: ["tests/provider/server/server_test.ts"],
  },
  {
    id: "D4",
    what: "a page of a stranger may have backups made and deleted by a provider that asks for no token",
    file: "src/provider/server/callers.ts",
    find: "  const page = foreignPage(request);\n",
    replace: "  const page = undefined;\n",
    tests: ["tests/provider/server/server_test.ts"],
  },
  {
    id: "D5",
    what: "whoever is on the network may have backups made and deleted by a provider that asks for no token",
    file: "src/domain/http/loopback.ts",
    find: 'name === "localhost" ||',
    replace: 'name === "localhost" || name === "0.0.0.0" ||',
    tests: ["tests/domain/http/loopback_test.ts"],
  },
];
