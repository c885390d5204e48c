// Whether a server that does not know a job is the one that the configuration here means.

import type { Host } from "../../ports/host.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { Failure } from "../terminal/exit.ts";
import type { ServerArgs } from "./discovery.ts";

/** As every server says it. */
const UNKNOWN_JOB = /^There is no job '([^']+)'/;

/**
 * The failure, with a word on the server where it says that there is no job which the configuration has that the server
 * was found by. Only then is that read, and one that cannot be says nothing.
 */
export async function withDoubt(
  failure: Failure,
  server: string,
  args: ServerArgs,
  host: Host,
): Promise<Failure> {
  const { code, message, status, reason, details } = failure;
  const job = UNKNOWN_JOB.exec(message)?.[1];
  const isNamed = (args.server ?? (host.env.SCHELLY_SERVER || undefined) ?? args.socket) !== undefined;
  if (status !== 404 || job === undefined || isNamed || !await isConfigured(job, args, host)) return failure;
  const doubt =
    `the configuration here has it: the server that answered at ${server} is another one, or has not ` +
    "taken this configuration over ('schelly reload' makes it, --server names another)";
  return new Failure(code, `${message}; ${doubt}`, status, reason, details);
}

async function isConfigured(job: string, { config }: ServerArgs, host: Host): Promise<boolean> {
  try {
    return (await loadConfiguration({ config }, host, "optional")).jobs.some(({ name }) => name === job);
  } catch {
    // What is wrong with it is not what was asked.
    return false;
  }
}
