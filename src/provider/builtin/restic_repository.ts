// Opens the repository, makes a missing one where that is wanted, and notices when it is not the one it was: a disk
// that is not mounted, or another one in its place, may come between any two calls.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { z } from "zod";
import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import { repositoryIdentity } from "../../domain/repository_identity.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { CheckResult } from "../../ports/provider.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import { readRepositoryId, troubleOf } from "./restic_output.ts";
import type { ResticPorts, ResticProgram } from "./restic_program.ts";

/** One repository, and whether it is the one it was. */
export interface ResticRepository {
  /** Rejects with `BackupFailure` that says what to mend. */
  open(): Promise<void>;
  /**
   * Rejects with `BackupFailure` unless what is there now is the repository that was used before; to be asked before it
   * is written, and after it said that something is not there. Where none is known yet, this one is from now on.
   */
  demandSame(signal: AbortSignal): Promise<void>;
  /** The same within the time that a look may take. */
  proveSame(): Promise<void>;
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
  /** Its config's digest, null where that cannot be read without restic. */
  let seen: { id: string; digest: string | null } | undefined;

  /** Costs no start of restic. */
  async function digestNow(signal: AbortSignal): Promise<string | null> {
    try {
      const bytes = await restic.location.config?.(signal);
      return bytes === undefined ? null : bytesToHex(sha256(bytes));
    } catch {
      return null;
    }
  }

  const { known, remember } = createMemo(notes, restic.repository, spec.hidden !== undefined);
  const { vanished, other } = refusals(restic.repository, notes?.toForget("repository") ?? "start again");

  /** Its id, or undefined when there is none. */
  async function look(signal: AbortSignal): Promise<string | undefined> {
    const result = await restic.run(CONFIG_ARGS, { signal });
    if (result.code === 0) return readRepositoryId(result.stdout);
    if (troubleOf(result.code, result.stderr) === "no_repository") return undefined;
    throw restic.failure("open the repository", result);
  }

  async function demandSame(signal: AbortSignal): Promise<void> {
    const before = notes === null ? seen?.id : await known();
    const digest = await digestNow(signal);
    if (digest !== null && digest === seen?.digest && before === seen.id) return;
    const id = await look(signal);
    if (id === undefined) {
      if (before === undefined) return;
      throw vanished();
    }
    if (before === undefined) await remember(id);
    else if (id !== before) throw other(id, before);
    // Only if it stayed there meanwhile is the digest that of this one.
    seen = { id, digest: digest === await digestNow(signal) ? digest : null };
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
    demandSame,
    async proveSame() {
      const limit = clock.timeout(spec.timeouts.getMs);
      try {
        await demandSame(limit.signal);
      } finally {
        limit.dispose();
      }
    },
    async open() {
      const limit = clock.timeout(OPEN_LIMIT_MS);
      try {
        const before = await known();
        let id = await look(limit.signal);
        if (id === undefined && before !== undefined) throw vanished();
        id ??= await make(limit.signal);
        if (before !== undefined && id !== before) throw other(id, before);
        await remember(id);
        seen = { id, digest: null };
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

/** What is said where the repository is not the one that was used before. */
function refusals(repository: string, toForget: string) {
  return {
    vanished: () =>
      new BackupFailure(
        "no_repository",
        `The repository '${repository}' is no longer there: is its disk mounted, its server right? No new one ` +
          `is made in its place; to begin anew on purpose ${toForget}`,
      ),
    other: (id: string, before: string) =>
      new BackupFailure(
        "other_repository",
        `The repository at '${repository}' is another one (${id.slice(0, 10)}) than the one used before ` +
          `(${before.slice(0, 10)}): is its disk mounted, its server right? ` +
          `To go on with this one ${toForget}`,
      ),
  };
}

/**
 * Which repository is the one in use; `known` is undefined as long as none was remembered. `isHidden`: where it is must not
 * be read in the notes, so a digest of that stands there.
 */
function createMemo(notes: ProviderNotes | null, repository: string, isHidden: boolean) {
  const digest = `sha256:${bytesToHex(sha256(new TextEncoder().encode(repositoryIdentity(repository))))}`;
  return {
    async known(): Promise<string | undefined> {
      const text = await notes?.read("repository");
      if (text === undefined) return undefined;
      try {
        const memo = memoSchema.parse(JSON.parse(text));
        // Another place is another repository, which the settings chose.
        const isHere = memo.repository === digest ||
          repositoryIdentity(memo.repository) === repositoryIdentity(repository);
        return isHere ? memo.id : undefined;
      } catch {
        return undefined;
      }
    },
    async remember(id: string): Promise<void> {
      await notes?.write(
        "repository",
        JSON.stringify({ repository: isHidden ? digest : repository, id }) + "\n",
      );
    },
  };
}
