// The server for commands that can do without one.

import type { Host } from "../../ports/host.ts";
import { type Client, connect } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";

/** The server that is found; undefined where none was named and none answers. */
export async function serverOrNone(args: ServerArgs, host: Host): Promise<Client | undefined> {
  try {
    return await connect(args, host);
  } catch (error) {
    const isNamed = args.server !== undefined || args.socket !== undefined ||
      Boolean(host.env.SCHELLY_SERVER);
    if (!isNamed && error instanceof Failure && error.code === EXIT.unreachable) return undefined;
    throw error;
  }
}
