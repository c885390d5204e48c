// Builds dist/schelly: one file that needs neither Deno nor node_modules. Run by `make build`.

import config from "../deno.json" with { type: "json" };
import { bundleProgram, compileProgram } from "./compile_program.ts";
import { endWithSignals, runCommand, say } from "./run_command.ts";
import { ownTarget, programName } from "./targets.ts";

const START_SECONDS = 60;
/** The program's bundle and its few packages while it is built. */
const STAGE = "dist/stage";

endWithSignals();
Deno.chdir(new URL("..", import.meta.url));
const target = ownTarget();
const binary = `dist/${programName(target)}`;
await Deno.remove(STAGE, { recursive: true }).catch(() => {});
try {
  const commit = await bundleProgram(`${STAGE}/bundle`);
  await compileProgram(`${STAGE}/bundle`, `${STAGE}/program`, target, binary);
  await startOnce(binary);
  const { size } = await Deno.stat(binary);
  say(`Built ${binary}: version ${config.version}, commit ${commit}, ${(size / 1e6).toFixed(1)} MB.`);
} catch (error) {
  const { message, cause } = error as Error;
  if (cause !== undefined) say(String(cause));
  say(`Cannot build ${binary}: ${message}`);
  Deno.exitCode = 1;
} finally {
  await Deno.remove(STAGE, { recursive: true }).catch(() => {});
}

/** A runtime stub of another version of Deno makes a file that does not start: better known now than on a server. */
async function startOnce(binary: string): Promise<void> {
  const started = await runCommand([binary, "version"], { limitSeconds: START_SECONDS });
  if (started.code === 0 && started.output.includes(config.version)) return;
  await Deno.remove(binary);
  const stub = Deno.env.get("DENORT_BIN");
  throw new Error(
    `what was compiled does not start (exit code ${started.code}): expected a runtime stub of Deno ${Deno.version.deno}` +
      (stub === undefined ? "" : `, found DENORT_BIN=${stub}`),
    { cause: started.output.trimEnd() },
  );
}
