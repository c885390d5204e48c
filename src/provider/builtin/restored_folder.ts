// What is done with the folder that a backup is restored into to be tested: room is asked for, files are counted, a command
// of the user is run in it.

import { bytesText } from "../../domain/size_text.ts";
import type { HookSpec } from "../../domain/provider_spec.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import type { VerifyTask } from "../../ports/verification.ts";
import { BackupFailure } from "../host/backup_failure.ts";

interface FolderPorts {
  clock: Clock;
  processes: Processes;
}

/** Left free beside what is restored. */
const SPARE_BYTES = 64 * 1024 * 1024;

/** Rejects where so much is not to be restored, or does not fit. A machine that cannot say what is free is not asked twice. */
export async function demandSpace(
  { processes }: FolderPorts,
  { scratch, signal }: VerifyTask,
  bytes: number,
  maxSizeMb: number | null,
): Promise<void> {
  if (maxSizeMb !== null && bytes > maxSizeMb * 1e6) {
    const limit = bytesText(maxSizeMb * 1e6);
    throw new BackupFailure(
      "too_large",
      `it has ${bytesText(bytes)}, and verify.max_size restores ${limit} at most`,
    );
  }
  const result = await processes.run({ argv: ["df", "-Pk", scratch], signal }).catch(() => undefined);
  const free = Number(/^\S.*?\s+\d+\s+\d+\s+(\d+)\s+\d+%/m.exec(result?.stdout ?? "")?.[1] ?? NaN) * 1024;
  if (result?.code !== 0 || Number.isNaN(free) || free >= bytes + SPARE_BYTES) return;
  const message =
    `it needs ${bytesText(bytes)}, and ${bytesText(free)} are free at '${scratch}': make room, or let ` +
    "TMPDIR or the state lie elsewhere";
  throw new BackupFailure("no_space", message);
}

/** How many files lie in it, and their bytes; null where the machine's `find` cannot say. */
export async function countRestored(
  { processes }: Pick<FolderPorts, "processes">,
  { scratch, signal }: Pick<VerifyTask, "scratch" | "signal">,
): Promise<{ files: number; bytes: number | null }> {
  let [files, bytes] = [0, 0];
  const onStdoutLine = (line: string) => {
    files++;
    bytes += Number(line);
  };
  const argv = ["find", scratch, "-type", "f"] as [string, ...string[]];
  const result = await processes.run({ argv: [...argv, "-printf", "%s\\n"], signal, onStdoutLine });
  if (result.code === 0) return { files, bytes };
  let found = 0;
  const plain = await processes.run({
    argv: [...argv, "-exec", "echo", "x", ";"],
    signal,
    onStdoutLine: () => void found++,
  });
  if (plain.code === 0) return { files: found, bytes: null };
  throw new BackupFailure(
    "uncounted",
    `the restored files cannot be counted: ${plain.stderr.trim() || result.stderr.trim()}`,
  );
}

/** Exit code 0: passed, 1: what was restored is of no use; rejects for any other, which says nothing of the backup. */
export async function runTest(
  { clock, processes }: FolderPorts,
  task: VerifyTask,
  { argv, timeoutMs }: HookSpec,
): Promise<{ passed: boolean; message: string }> {
  const limit = clock.timeout(timeoutMs);
  let last = "";
  const take = (line: string) => {
    task.output(line);
    if (line.trim() !== "") last = line.trim();
  };
  try {
    task.progress(`testing it with '${argv[0]}'`);
    const result = await processes.run({
      argv,
      cwd: task.scratch,
      env: { SCHELLY_SCRATCH: task.scratch, SCHELLY_BACKUP_ID: task.id, SCHELLY_DATA_ID: task.dataId },
      signal: AbortSignal.any([task.signal, limit.signal]),
      onStart: task.started,
      scope: task.scope,
      onStdoutLine: take,
      onStderrLine: take,
    });
    const said = last === "" ? "" : `: ${last}`;
    if (task.signal.aborted) throw new BackupFailure("stopped", "its test was stopped");
    if (limit.signal.aborted) {
      throw new BackupFailure("test", `its test took longer than ${timeoutMs / 1000} s${said}`);
    }
    if (result.code === 0) return { passed: true, message: `its test passed${said}` };
    if (result.code === 1) return { passed: false, message: `its test failed${said}` };
    const how = result.signal === null ? `exit code ${result.code}` : result.signal;
    throw new BackupFailure(
      "test",
      `its test '${argv[0]}' ended with ${how}, which says nothing of the backup${said}`,
    );
  } finally {
    limit.dispose();
  }
}
