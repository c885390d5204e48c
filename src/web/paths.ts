// Where the pages are: all of them below /ui, so that no name of theirs can ever be one of the API's.

import { type AssetName, assetPath } from "./assets/assets.ts";

/** Addresses of one server, below its base path. */
export interface Paths {
  overview: string;
  restore: string;
  deletions: string;
  activity: string;
  settings: string;
  plan: string;
  logIn: string;
  live: string;
  logOut: string;
  asset(name: AssetName): string;
  job(job: string): string;
  backup(runId: string): string;
  run(runId: string): string;
  /** Leads to the newest run of a job that ended. */
  lastRun(job: string): string;
  act(act: string): string;
}

/** `base`: as `/schelly`, or empty. */
export function pathsBelow(base: string): Paths {
  const ui = `${base}/ui`;
  return {
    overview: `${ui}/`,
    restore: `${ui}/restore`,
    deletions: `${ui}/deletions`,
    activity: `${ui}/activity`,
    settings: `${ui}/settings`,
    live: `${ui}/live`,
    plan: `${ui}/settings/plan`,
    logIn: `${ui}/login`,
    logOut: `${ui}/logout`,
    asset: (name) => assetPath(base, name),
    job: (job) => `${ui}/jobs/${encodeURIComponent(job)}`,
    backup: (runId) => `${ui}/backups/${encodeURIComponent(runId)}`,
    lastRun: (job) => `${ui}/jobs/${encodeURIComponent(job)}/last-run`,
    act: (act) => `${ui}/acts/${act}`,
    run: (runId) => `${ui}/runs/${encodeURIComponent(runId)}`,
  };
}
