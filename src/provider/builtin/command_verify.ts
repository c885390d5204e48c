// The `verify` command of the built-in `command`: proves by its exit code whether a backup can be restored.

import { z } from "zod";
import type { CommandProviderSpec } from "../../domain/provider_spec.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import type { Backuper, BackupOrigin } from "../../ports/provider.ts";
import type { VerifyResult, VerifyTask } from "../../ports/verification.ts";
import { BackupFailure } from "../host/backup_failure.ts";

/** Exit code for "it cannot be restored". */
const DAMAGED_CODE = 1;

const proofSchema = z.looseObject({
  bytes: z.int().nonnegative().nullish(),
  files: z.int().nonnegative().nullish(),
  seconds: z.number().nonnegative().nullish(),
  message: z.string().nullish(),
});

type Env = Record<string, string>;

/** What a Backuper has of it: nothing where there is no such command. `envOf`: what every command is told. */
export function verifyOfCommand(
  spec: CommandProviderSpec,
  { clock, processes }: { clock: Clock; processes: Processes },
  envOf: (task: VerifyTask & { origin: BackupOrigin }) => Env,
): Pick<Backuper, "verify"> {
  const { verify: argv } = spec;
  if (argv === undefined) return {};
  return {
    async verify(task) {
      let [last, lastError] = ["", ""];
      const begun = clock.monotonic();
      const result = await processes.run({
        argv,
        env: {
          ...spec.env,
          ...envOf({ ...task, origin: { runId: null, job: task.job, slot: null } }),
          SCHELLY_VERIFY_METHOD: task.method,
          SCHELLY_SCRATCH: task.scratch,
        },
        cwd: spec.cwd ?? undefined,
        signal: task.signal,
        onStart: task.started,
        scope: task.scope,
        onStdoutLine(line) {
          task.output(line);
          if (line.trim() !== "") last = line.trim();
          if (!last.startsWith("{")) task.progress(last);
        },
        onStderrLine(line) {
          task.output(line);
          if (line.trim() !== "") lastError = line.trim();
        },
      });
      if (task.signal.aborted) throw new BackupFailure("stopped", "it was stopped before it was over");
      if (result.code !== 0 && result.code !== DAMAGED_CODE) {
        const how = result.signal === null
          ? `ended with exit code ${result.code}`
          : `was ended by ${result.signal}`;
        const said = lastError || last;
        const message = `the verify command '${argv[0]}' ${how}${said === "" ? "" : `: ${said}`}`;
        throw new BackupFailure("exit_code", message);
      }
      const said = readProof(last);
      const passed = result.code === 0;
      const message = said.message ?? (passed ? "" : lastError);
      const durationMs = said.durationMs ?? Math.round(clock.monotonic() - begun);
      return { ...said, passed, durationMs, ...(message === "" ? {} : { message }) };
    },
  };
}

/** What is no such object is the message; a word that cannot be read never changes what the exit code says. */
function readProof(last: string): Omit<VerifyResult, "passed"> {
  let value: unknown;
  try {
    value = JSON.parse(last);
  } catch {
    return last === "" ? {} : { message: last };
  }
  const parsed = proofSchema.safeParse(value);
  if (!parsed.success) return { message: last };
  const { bytes, files, seconds, message } = parsed.data;
  return {
    ...(typeof bytes === "number" ? { bytes } : {}),
    ...(typeof files === "number" ? { files } : {}),
    ...(typeof seconds === "number" ? { durationMs: Math.round(seconds * 1000) } : {}),
    ...(typeof message === "string" ? { message } : {}),
  };
}
