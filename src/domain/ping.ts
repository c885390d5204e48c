// What is told of each run to a dead man's switch of the shape of healthchecks.io, and where.

/** Where the pings of a job go. */
export interface PingSpec {
  /** The address of the check. A secret: whoever has it can keep a dead job looking alive. */
  url: string;
  /** Whether the start of a run is told, too. */
  start: boolean;
  /** Whether the end of the provider's output goes along with a failure. */
  output: boolean;
}

/** Where Schelly tells that it lives itself, and how often. */
export interface HeartbeatSpec {
  /** A secret, as above. */
  url: string;
  everyMs: number;
}

/**
 * `start` begins a measurement; `success` says that the backup is there, `fail` that it is not; `log` is only noted, and
 * changes nothing of how the check stands.
 */
export type PingSignal = "start" | "success" | "fail" | "log";

/** Stands for the name of the job in an address that many jobs share. */
const JOB_PLACEHOLDER = "{job}";

/** The address of a job's own check; a slug has no dots. */
export function checkUrl(template: string, job: string): string {
  return template.replaceAll(JOB_PLACEHOLDER, job.replaceAll(".", "-"));
}

/** The address of one ping: the signal ends the path, the run stands in the query beside what is there already. */
export function pingUrl(url: string, signal: PingSignal, runId?: string): string {
  const address = new URL(url);
  if (signal !== "success") address.pathname = `${address.pathname.replace(/\/+$/, "")}/${signal}`;
  if (runId !== undefined) address.searchParams.set("rid", runId);
  return address.href;
}
