// The state store on a file.

import { testRunStore } from "../contracts/run_store.ts";
import { filePlace } from "./fixture.ts";

testRunStore("file", () => filePlace());
