// Opens the repository, makes a missing one where that is wanted, and notices when it is not the one it was.

import { z } from "zod";
import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { CheckResult } from "../../ports/provider.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import { readRepositoryId, troubleOf } from "./restic_output.ts";
import type { ResticPorts, ResticProgram } from "./restic_program.ts";

interface ResticRepository {
  /** Rejects with `BackupFailure` that says what to mend. */
  open(): Promise<void>;
  /** Opens it without changing or making anything. */
  check(): Promise<CheckResult>;
  checkVersion(): Promise<CheckResult>;
}

const memoSchema = z.object({ repository: z.string(), id: z.string() });
const OPEN_LIMIT_MS = 120_000;
const CONFIG_ARGS = ["cat", "config", "--no-lock"];

/** The repository of `spec`; what `notes` say of it must hold. */
export function createResticRepository(
  spec: ResticProviderSpec,
  ports: ResticPorts,
  restic: ResticProgram,
  notes: ProviderNotes | null,
): ResticRepository {
  const { clock } = ports;
  const toForget = notes?.toForget("repository");

  async function known(): Promise<string | undefined> {
    const text = await notes?.read("repository");
    if (text === undefined) return undefined;
    try {
      const memo = memoSchema.parse(JSON.parse(text));
      // Another place is another repository, which the settings chose.
      return memo.repository === restic.repository ? memo.id : undefined;
    } catch {
      return undefined;
    }
  }

  async function remember(id: string): Promise<void> {
    await notes?.write("repository", JSON.stringify({ repository: restic.repository, id }) + "\n");
  }

  function vanished(): BackupFailure {
    return new BackupFailure(
      "no_repository",
      `The repository '${restic.repository}' is no longer there: is its disk mounted, its server right? No new one ` +
        `is made in its place; to begin anew on purpose ${toForget}`,
    );
  }

  function other(id: string, before: string): BackupFailure {
    return new BackupFailure(
      "other_repository",
      `The repository at '${restic.repository}' is another one (${
        id.slice(0, 10)
      }) than the one used before ` +
        `(${before.slice(0, 10)}): is its disk mounted, its server right? To go on with this one ${toForget}`,
    );
  }

  /** Its id, or undefined when there is none. */
  async function look(signal: AbortSignal): Promise<string | undefined> {
    const result = await restic.run(CONFIG_ARGS, { signal });
    if (result.code === 0) return readRepositoryId(result.stdout);
    if (troubleOf(result.code, result.stderr) === "no_repository") return undefined;
    throw restic.failure("open the repository", result);
  }

  async function make(signal: AbortSignal): Promise<string> {
    if (!spec.init) {
      throw restic.failure("open the repository", { code: 10, signal: null, stdout: "", stderr: "" });
    }
    await restic.must("make the repository", ["init"], { signal });
    const id = await look(signal);
    if (id !== undefined) return id;
    throw new BackupFailure(
      "no_repository",
      `restic made '${restic.repository}', but it cannot be found there`,
    );
  }

  return {
    async open() {
      const limit = clock.timeout(OPEN_LIMIT_MS);
      try {
        const before = await known();
        let id = await look(limit.signal);
        if (id === undefined && before !== undefined) throw vanished();
        id ??= await make(limit.signal);
        if (before !== undefined && id !== before) throw other(id, before);
        await remember(id);
      } catch (error) {
        if (!limit.signal.aborted) throw error;
        const seconds = OPEN_LIMIT_MS / 1000;
        throw new BackupFailure(
          "too_long",
          `restic could not open '${restic.repository}' within ${seconds} s`,
        );
      } finally {
        limit.dispose();
      }
    },
    async check() {
      const name = "repository opens";
      try {
        const limit = clock.timeout(spec.timeouts.getMs);
        try {
          const [before, id] = [await known(), await look(limit.signal)];
          if (id !== undefined && before !== undefined && id !== before) throw other(id, before);
          if (id !== undefined) {
            return {
              name,
              ok: true,
              message: `repository ${id.slice(0, 10)} at '${restic.repository}' opens`,
            };
          }
          if (before !== undefined) throw vanished();
          if (spec.init) {
            const message = `there is none at '${restic.repository}' yet; the first backup makes it`;
            return { name, ok: true, message };
          }
          throw restic.failure("open the repository", { code: 10, signal: null, stdout: "", stderr: "" });
        } finally {
          limit.dispose();
        }
      } catch (error) {
        return { name, ok: false, message: (error as Error).message };
      }
    },
    async checkVersion() {
      const name = "restic runs";
      try {
        const result = await restic.ask("ask restic for its version", ["version"]);
        return { name, ok: true, message: result.stdout.trim().split("\n")[0] ?? "" };
      } catch (error) {
        return { name, ok: false, message: (error as Error).message };
      }
    },
  };
}
