// `schelly backups restore ID --to DIR --on-server`: the server restores, below the folders that its configuration names.

import type { Host } from "../../ports/host.ts";
import { RestoreAnswer } from "../client/answers.ts";
import { connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { displayOf } from "../terminal/render.ts";
import { meant, ofServer } from "./known_backups.ts";
import { demandWord, warningOf } from "./restore_word.ts";

interface ServerRestoreArgs extends ServerArgs {
  id: string;
  job?: string;
  to: string;
  include?: string[];
  dryRun?: boolean;
  overwrite?: boolean;
  anyOwner?: boolean;
  anyway?: boolean;
  json?: boolean;
}

/** Between two looks how far it is. */
const LOOK_MS = 1_000;

/** Waits for its end; the first SIGINT or SIGTERM tells the server to end it, the second leaves it to the server. */
export async function restoreOnServer(args: ServerRestoreArgs, host: Host): Promise<number> {
  const display = displayOf(host);
  const client = await connect(args, host);
  const { job, to: target, include = [], dryRun = false, overwrite = false, anyOwner = false } = args;
  const body = { target, include, dry_run: dryRun, overwrite, any_owner: anyOwner };
  const found = await meant(ofServer(client, host.clock.now()), args.id, job, display.note);
  const id = found.run_id ?? found.id ?? args.id;
  const known = { id: found.id ?? id, job: found.job ?? job ?? "", warning: warningOf(found) };
  await demandWord(known, args, host, display.note);
  let one = await client.post(`/backups/${segment(id)}/restore`, RestoreAnswer, {
    query: { job },
    body,
  });
  const path = `/operations/${segment(one.operation_id)}`;
  display.note(`The server restores backup '${one.id}' into ${target}; operation ${one.operation_id}.`);
  let code: number | undefined;
  const left = new AbortController();
  const on = (asked: number) => () => {
    if (code !== undefined) return left.abort();
    code = asked;
    const cancelled = client.post(`${path}/cancel`, RestoreAnswer);
    cancelled.catch((error) => display.note((error as Error).message));
  };
  const removers = [
    host.onSignal("SIGINT", on(EXIT.interrupted)),
    host.onSignal("SIGTERM", on(EXIT.terminated)),
  ];
  try {
    let told = "";
    while (one.state === "running") {
      await host.clock.sleep(LOOK_MS, left.signal).catch(() => {});
      if (left.signal.aborted) return code!;
      one = await client.get(path, RestoreAnswer);
      if (one.state === "running" && one.message && one.message !== told) display.note(told = one.message);
    }
  } finally {
    removers.forEach((remove) => remove());
  }
  if (args.json) display.json(one);
  if (one.state === "done") {
    if (!args.json) display.print(`${one.message || "restored"}, in ${target}`);
    return EXIT.ok;
  }
  if (code !== undefined) display.note(one.message);
  else throw new Failure(EXIT.failed, `Cannot restore backup '${one.id}': ${one.message}`);
  return code;
}
