// Ways in which the page lets in who should stay out, or has somebody else's deletions go on.

import type { PlantedBug } from "./planted_bug.ts";

export const WEBBASE_BUGS: readonly PlantedBug[] = [
  {
    id: "WB1",
    what: "a page of a stranger releases a freeze by the form of whoever is logged in",
    file: "src/web/form.ts",
    find: "  if (page !== undefined) {\n",
    replace: '  if (page === "") {\n',
    tests: ["tests/web/pages_test.ts"],
  },
  {
    id: "WB2",
    what: "a form counts whatever word it carries",
    file: "src/web/form.ts",
    find: "  if (!sessions.isCsrf(",
    replace: "  if (token !== token && !sessions.isCsrf(",
    tests: ["tests/web/pages_test.ts"],
  },
  {
    id: "WB3",
    what: "whoever was taken out of the configuration stays logged in",
    file: "src/web/sessions.ts",
    find: "(session.rules === null || session.rules === rules());",
    replace: "(session.rules === null || rules() !== null);",
    tests: ["tests/web/sessions_test.ts", "tests/web/pages_test.ts"],
  },
  {
    id: "WB4",
    what: "a link of the socket logs in as often as it is opened",
    file: "src/web/sessions.ts",
    find: "      links.delete(key);\n      return link",
    replace: "      return link",
    tests: ["tests/web/sessions_test.ts"],
  },
  {
    id: "WB5",
    what: "what somebody does who is logged in to the page is asked of the API as if by nobody",
    file: "src/api/mod.ts",
    find: "const identity = c.env.vouched ?? await door.identify(request, c.env.peer);",
    replace: "const identity = await door.identify(request, c.env.peer);",
    tests: ["tests/web/acts/acts_test.ts"],
  },
  {
    id: "WB6",
    what: "a freeze is released without its word being typed",
    file: "src/web/acts/act_routes.tsx",
    find: 'if (kind === "typed" && value !== expected)',
    replace: 'if (kind === "typed" && value === "")',
    tests: ["tests/web/acts/acts_test.ts"],
  },
  {
    id: "WB7",
    what: "a viewer is shown the configuration",
    file: "src/web/settings/settings.tsx",
    find: 'door.may("GET /config", caller) ?',
    replace: 'door.may("GET /status", caller) ?',
    tests: ["tests/web/settings/settings_test.ts"],
  },
  {
    id: "WB8",
    what: "a backup under way hides on the first page that the one before failed",
    file: "src/web/overview/job_table.tsx",
    find: "<HealthBadge health={health} />{",
    replace: '<HealthBadge health={job.running === null ? health : { state: "running", well: true }} />{',
    tests: ["tests/web/overview/overview_test.ts"],
  },
];
