// `schelly ui`: a link that logs a browser in, once.

import type { Command } from "commander";
import { z } from "zod";
import type { Host } from "../../ports/host.ts";
import { connect } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, serverOptions } from "../terminal/options.ts";
import { displayOf } from "../terminal/render.ts";

const LinkAnswer = z.object({
  /** Below the address of the server. */
  path: z.string().regex(/^\/ui\/link\?code=[\w-]+$/),
  address: z.string().nullable(),
  ends: z.string(),
  caller: z.string(),
});

interface UiArgs extends ServerArgs {
  open?: boolean;
}

/** Declares the command. */
export function addUi(program: Command, { host, finish }: Context): void {
  const ui = program.command("ui").description(
    "print a link to the page that logs in once, within five minutes",
  )
    .option("--open", "open it in the browser of this machine as well");
  example(serverOptions(ui), "schelly ui", "schelly ui --open");
  ui.action(async (options) => finish(await printLink(options, host)));
}

async function printLink(args: UiArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const { path, address, caller, ends } = await client.post("/ui/link", LinkAnswer);
  // Who named a server by its address reaches it there, whatever it knows of itself.
  const base = client.name.startsWith("unix:") ? address : client.name;
  if (base === null) {
    throw new Failure(
      EXIT.failed,
      "Cannot open the page: the server listens at no TCP port, which a browser needs: set server.listen, or " +
        "server.public_url to where a proxy serves it",
    );
  }
  const display = displayOf(host);
  display.print(`${base}${path}`);
  display.note(`Logs in as ${caller}, once, until ${display.time(ends)}.`);
  if (args.open) await openBrowser(`${base}${path}`, host);
  return EXIT.ok;
}

/** The link stands printed already: whoever has no browser here takes it elsewhere. */
async function openBrowser(url: string, { processes, version }: Host): Promise<void> {
  const program = version.target.includes("darwin") ? "open" : "xdg-open";
  const why = await processes.run({ argv: [program, url] }).then(
    ({ code }) => code === 0 ? undefined : `it ended with exit code ${code}`,
    (error) => (error as Error).message,
  );
  if (why !== undefined) {
    throw new Failure(EXIT.failed, `Cannot open a browser by ${program}: ${why}: open the link by hand`);
  }
}
