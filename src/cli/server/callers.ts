// `schelly callers list`: who may ask the server over TCP, until when, and when they last did.

import type { Command } from "commander";
import type { Host } from "../../ports/host.ts";
import { CallerAnswer } from "../client/answers.ts";
import { connect } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { displayOf } from "../terminal/render.ts";

/** Declares the command. */
export function addCallers(program: Command, { host, finish }: Context): void {
  const callers = program.command("callers").description("list the tokens and users that the server lets in");
  const list = callers.command("list").description(
    "list them with their roles, when they expire and when they last asked",
  );
  example(serverOptions(jsonOption(list)), "schelly callers list");
  list.action(async (options) => finish(await listCallers(options, host)));
}

async function listCallers(args: ServerArgs & { json?: boolean }, host: Host): Promise<number> {
  const client = await connect(args, host);
  const callers = await client.get("/config/callers", CallerAnswer.array());
  const display = displayOf(host);
  if (args.json) display.json(callers);
  else {
    await display.table(
      ["NAME", "KIND", "ROLE", "STATE", "EXPIRES", "LAST USED"],
      callers.map((caller) => [
        caller.name,
        caller.kind ?? "-",
        caller.role ?? "-",
        display.status(caller.state ?? "-"),
        caller.expires ? display.time(caller.expires) : "never",
        caller.last_used ? display.time(caller.last_used) : "not since the start",
      ]),
      "The server names nobody: over TCP whoever reaches it has the rights that `server.auth` leaves.",
    );
  }
  return EXIT.ok;
}
