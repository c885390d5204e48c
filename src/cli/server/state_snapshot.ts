// `schelly state snapshot`: a copy of the state, by the running server or, where none holds it, of the idle file.

import { resolvePath } from "../../domain/path.ts";
import type { Command } from "commander";
import { StoreError } from "../../domain/errors.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { Host } from "../../ports/host.ts";
import { SnapshotAnswer } from "../client/answers.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { configOption, type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { addStateCompact } from "./state_compact.ts";
import { addStateRestore } from "./state_restore.ts";
import { forgetNote } from "./state_forget.ts";
import { serverOrNone } from "./server_or_none.ts";
import { displayOf } from "../terminal/render.ts";

interface SnapshotArgs extends ServerArgs {
  path: string;
  json?: boolean;
}

const PUT_IN_PLACE = `
\`schelly state restore FILE\` puts a copy in place while the server is stopped. By hand: stop the server, remove the
state's -wal and -shm files, copy the snapshot over the state file, start the server. Either way it notices the copy
and deletes nothing until you have looked: \`schelly retention show JOB\`, then \`schelly retention approve JOB\`.
`;

/** Declares the commands. */
export function addState(program: Command, context: Context): void {
  const { host, finish } = context;
  const state = program.command("state").description(
    "copy, restore and compact the file that remembers every run and backup",
  );
  const snapshot = state.command("snapshot").description("copy the state, while the server runs or not")
    .argument("<path>", "a new file, on the machine of the server")
    .addHelpText("after", PUT_IN_PLACE);
  example(serverOptions(jsonOption(snapshot)), "schelly state snapshot /backup/schelly-$(date +%F).db");
  addStateRestore(state, context);
  addStateCompact(state, context);
  const forget = configOption(state.command("forget"))
    .description("let a built-in begin anew with its storage; the server is stopped")
    .argument("<provider>", "key of the provider")
    .argument("<note>", "what it is to forget, such as repository");
  example(forget, "schelly state forget nas repository");
  forget.action(async (provider, note, options) =>
    finish(await forgetNote({ ...options, provider, note }, host))
  );
  snapshot.action(async (path, options) => finish(await takeSnapshot({ ...options, path }, host)));
}

/** Copies through the server that is found; else, where no server was named, the state file of the configuration. */
async function takeSnapshot(args: SnapshotArgs, host: Host): Promise<number> {
  const path = resolvePath(host.files.workingFolder(), args.path);
  const client = await serverOrNone(args, host);
  const answer = client === undefined
    ? await ofIdleFile(args, path, host)
    : await client.post("/state/snapshot", SnapshotAnswer, { body: { path } });
  const display = displayOf(host);
  if (args.json) display.json(answer);
  else {
    await display.fields([
      ["path", answer.path],
      ["taken", answer.taken_at],
      ["size", bytesText(answer.bytes)],
      ["jobs", String(answer.jobs)],
      ["runs", String(answer.runs)],
      ["backups", `${answer.available} available`],
      ["newest run", display.longTime(answer.newest_run_at)],
      ["store", answer.store_id],
    ]);
  }
  display.note(
    "To put it in place: stop the server, then `schelly state restore FILE`; or remove the state's -wal and -shm files " +
      "and copy it over the state file.",
  );
  return EXIT.ok;
}

async function ofIdleFile(args: SnapshotArgs, path: string, host: Host): Promise<SnapshotAnswer> {
  const { state } = await loadConfiguration({ config: args.config }, host, "optional");
  const [{ snapshotFile }, { snapshotView }] = await Promise.all([
    import("../../store/read/snapshot.ts"),
    import("../../app/operations/snapshot_view.ts"),
  ]);
  try {
    return { ...snapshotView(await snapshotFile(state.url, path, host)) };
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== "in_use") throw error;
    throw new Failure(
      EXIT.inUse,
      `${error.message}: a server holds the state but was not found: name it by --server or --socket`,
    );
  }
}
