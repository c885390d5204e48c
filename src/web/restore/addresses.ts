// Where the pages of the place Restore are, with what was chosen so far.

import type { Paths } from "../paths.ts";

/** The moments of one job. */
export function momentsAddress(paths: Paths, job: string, cursor?: string): string {
  return addressOf(`${paths.restore}/moments`, { job, cursor });
}

/** A folder of a backup, `run` being the id of its run. */
export function filesAddress(paths: Paths, run: string, path = "", after?: string): string {
  return addressOf(`${paths.restore}/files`, { run, path, after });
}

/** The form that asks the server to restore. */
export function orderAddress(paths: Paths, run?: string, path?: string): string {
  return addressOf(`${paths.restore}/order`, { run, path });
}

/** How far a restore is. */
export function operationAddress(paths: Paths, operation: string): string {
  return addressOf(`${paths.restore}/operation`, { id: operation });
}

/** What gets everything back without Schelly. */
export function sheetAddress(paths: Paths): string {
  return `${paths.restore}/sheet`;
}

function addressOf(path: string, fields: Record<string, string | undefined>): string {
  const given = Object.entries(fields).filter((field): field is [string, string] =>
    field[1] !== undefined && field[1] !== ""
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
