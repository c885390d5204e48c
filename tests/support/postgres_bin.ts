// Where PostgreSQL's server programs are; Debian keeps them out of PATH.

import { existsSync, readdirSync } from "node:fs";
import process from "node:process";
import { missing } from "./require_tool.ts";

const VERSIONS = "/usr/lib/postgresql";

/** Their folder; undefined where there are none. */
export function postgresBin(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const folders = [
    ...(process.env.PATH ?? "").split(":"),
    ...versions.map((one) => `${VERSIONS}/${one}/bin`),
  ];
  return folders.find((folder) => existsSync(`${folder}/initdb`));
}

/** Why a test with a server is skipped; false where it is not. */
export function whyNoPostgres(): string | false {
  return postgresBin() === undefined && missing("initdb", "PostgreSQL's server is not installed");
}
