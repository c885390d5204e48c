// The state store on a file.
// Also tests active.ts, missing.ts, batch.ts, change_parts.ts, change_sql.ts, columns.ts, cursor.ts, election_columns.ts,
// election_head.ts, election_query.ts, event_store.ts, forgotten.ts, freeze.ts, guard_rows.ts, held_lease.ts, json_rows.ts, lease_watch.ts, leftovers.ts, list_queries.ts, known_locks.ts, locks.ts,
// open_deletions.ts, proved.ts, reads.ts, rename_sql.ts, run_parts.ts, run_reads.ts, shared_data.ts, stamps.ts, stats_query.ts, suspects.ts, tidy.ts and unmanaged.ts.

import { testRunStore } from "../contracts/run_store.ts";
import { testLease } from "../contracts/run_store_lease.ts";
import { filePlace } from "./fixture.ts";

testRunStore("file", () => filePlace());
testLease("file", () => filePlace(), false);
