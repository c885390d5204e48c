// Writes docs/configuration.md from the schema and docs/bad_config.md from the answers to bad inputs.
// deno run -P=default --no-check scripts/config_docs.ts

import { badConfigTable } from "../tests/support/bad_config.ts";
import { configurationReference } from "../tests/support/config_reference.ts";

const docs = new URL("../docs/", import.meta.url);
await Deno.writeTextFile(new URL("configuration.md", docs), configurationReference());
await Deno.writeTextFile(new URL("bad_config.md", docs), await badConfigTable());
