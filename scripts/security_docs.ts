// Writes the table of roles into docs/security.md.
// deno run -P=default --no-check scripts/security_docs.ts

import { withRoleTable } from "../tests/support/role_table.ts";

const page = new URL("../docs/security.md", import.meta.url);
await Deno.writeTextFile(page, await withRoleTable(await Deno.readTextFile(page)));
