// The state store on a file. Also tests reads.ts, run_reads.ts, stats_query.ts and json_rows.ts.

import { testRunStore } from "../contracts/run_store.ts";
import { filePlace } from "./fixture.ts";

testRunStore("file", () => filePlace());
