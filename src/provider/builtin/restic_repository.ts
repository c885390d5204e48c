// Opens the repository, makes a missing one where that is wanted, and notices when it is not the one it was: a disk
// that is not mounted, or another one in its place, may come between any two calls.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import { type CheckResult, UNSEEN } from "../../ports/provider.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import type { RepositoryMemo } from "./restic_memo.ts";
import { readRepositoryId, troubleOf } from "./restic_output.ts";
import type { ResticPorts, ResticProgram } from "./restic_program.ts";

/** One repository, and whether it is the one it was. */
export interface ResticRepository {
  /** Rejects with `BackupFailure` that says what to fix. */
  open(): Promise<void>;
  /**
   * Rejects with `BackupFailure` unless what is there now is the repository that was used before; to be asked before it
   * is written, and after it said that something is not there. Where none is known yet, this one is from now on.
   */
  demandSame(signal: AbortSignal): Promise<void>;
  /**
   * What `look` finds, within a repository that is the one used before: that is asked before the look, since neither
   * presence nor absence elsewhere is an answer, and once more after it, since another may have come meanwhile. Where
   * asking costs a start of restic, only after what `saysAbsent`: a claim that needs more proof. `signal`: of what asks,
   * which has its own time; absent: each question has the time that a look may take.
   */
  lookInSame<T>(
    look: () => Promise<T>,
    saysAbsent: (found: T) => boolean,
    signal?: AbortSignal,
  ): Promise<T>;
  /** Opens it without changing or making anything. */
  check(): Promise<CheckResult>;
  checkVersion(): Promise<CheckResult>;
}

/** What `confirm` finds after a backup: where another came in its place meanwhile nobody knows in which of them that is. */
export async function stillIn<T>(
  { demandSame }: Pick<ResticRepository, "demandSame">,
  { signal }: { signal: AbortSignal },
  confirm: () => Promise<T>,
): Promise<T> {
  await demandSame(signal).catch((error) => {
    throw signal.aborted ? error : new BackupFailure(UNSEEN, (error as Error).message);
  });
  return await confirm();
}

const OPEN_LIMIT_MS = 120_000;
const CONFIG_ARGS = ["cat", "config", "--no-lock"];

/** The repository of `spec`; what `memo` says of it must hold. */
export function createResticRepository(
  spec: ResticProviderSpec,
  ports: ResticPorts,
  restic: ResticProgram,
  memo: RepositoryMemo,
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

  const { vanished, other } = refusals(restic.repository);

  /** Its id, or undefined when there is none. */
  async function look(signal: AbortSignal): Promise<string | undefined> {
    const result = await restic.run(CONFIG_ARGS, { signal });
    if (result.code === 0) return readRepositoryId(result.stdout);
    if (troubleOf(result.code, result.stderr) === "no_repository") return undefined;
    throw restic.failure("open the repository", result);
  }

  async function demandSame(signal: AbortSignal): Promise<void> {
    const before = await memo.expected();
    const digest = await digestNow(signal);
    if (digest !== null && digest === seen?.digest && before?.id === seen.id) return;
    const id = await look(signal);
    if (id === undefined) {
      if (before === undefined) return;
      throw vanished(before);
    }
    if (before !== undefined && id !== before.id) throw other(id, before);
    if (await memo.known() === undefined) await memo.remember(id);
    // Only if it stayed there meanwhile is the digest that of this one.
    seen = { id, digest: digest === await digestNow(signal) ? digest : null };
  }

  async function make(signal: AbortSignal): Promise<string> {
    if (!spec.init) {
      throw restic.failure("open the repository", { code: 10, signal: null, stdout: "", stderr: "" });
    }
    // The chunks of both are cut alike then, and restic refuses to make one without where it is told of another.
    const args = spec.copyFrom === undefined ? ["init"] : ["init", "--copy-chunker-params"];
    await restic.must("make the repository", args, { signal });
    const id = await look(signal);
    if (id !== undefined) return id;
    throw new BackupFailure(
      "no_repository",
      `restic made '${restic.repository}', but it cannot be found there`,
    );
  }

  return {
    demandSame,
    lookInSame: sameLook(spec, ports, restic, demandSame),
    async open() {
      const limit = clock.timeout(OPEN_LIMIT_MS);
      try {
        const before = await memo.expected();
        let id = await look(limit.signal);
        if (id === undefined && before !== undefined) throw vanished(before);
        id ??= await make(limit.signal);
        if (before !== undefined && id !== before.id) throw other(id, before);
        await memo.remember(id);
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
          const [before, id] = [await memo.expected(), await look(limit.signal)];
          if (id !== undefined && before !== undefined && id !== before.id) throw other(id, before);
          if (id !== undefined) {
            return {
              name,
              ok: true,
              message: `repository ${id.slice(0, 10)} at '${restic.repository}' opens`,
            };
          }
          if (before !== undefined) throw vanished(before);
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
    checkVersion: () => checkVersion(restic),
  };
}

async function checkVersion(restic: ResticProgram): Promise<CheckResult> {
  const name = "restic runs";
  try {
    const result = await restic.ask("ask restic for its version", ["version"]);
    return { name, ok: true, message: result.stdout.trim().split("\n")[0] ?? "" };
  } catch (error) {
    return { name, ok: false, message: (error as Error).message };
  }
}

/** See `lookInSame`. */
function sameLook(
  { timeouts }: ResticProviderSpec,
  { clock }: ResticPorts,
  { location }: ResticProgram,
  demandSame: ResticRepository["demandSame"],
): ResticRepository["lookInSame"] {
  async function proveSame(signal?: AbortSignal): Promise<void> {
    if (signal !== undefined) return await demandSame(signal);
    const limit = clock.timeout(timeouts.getMs);
    try {
      await demandSame(limit.signal);
    } finally {
      limit.dispose();
    }
  }

  return async (look, saysAbsent, signal) => {
    await proveSame(signal);
    const found = await look();
    if (location.config !== undefined || saysAbsent(found)) await proveSame(signal);
    return found;
  };
}

/** What is said where the repository is not the one that was used before. */
function refusals(repository: string) {
  return {
    vanished: ({ toForget }: { toForget: string }) =>
      new BackupFailure(
        "no_repository",
        `The repository '${repository}' is no longer there: is its disk mounted, its server right? No new one ` +
          `is made in its place; to begin anew on purpose ${toForget}`,
      ),
    other: (id: string, before: { id: string; toForget: string }) =>
      new BackupFailure(
        "other_repository",
        `The repository at '${repository}' is another one (${id.slice(0, 10)}) than the one used before ` +
          `(${before.id.slice(0, 10)}): is its disk mounted, its server right? ` +
          `To go on with this one ${before.toForget}`,
      ),
  };
}
