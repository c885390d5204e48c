// Proves that a snapshot can be restored: by reading the next part of the repository's data, or by restoring it into a
// private folder with restic's own `--verify`, comparing counts and sizes with the listing, and running a test in it.
//
// Bytes that are turned in a pack pass restic's plain `check`, which reads no data.

import { z } from "zod";
import { counted } from "../../domain/count_text.ts";
import { bytesText } from "../../domain/size_text.ts";
import { type ResticProviderSpec, VERIFY_PARTS } from "../../domain/provider_spec.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { VerifyResult, VerifyTask } from "../../ports/verification.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import { DAMAGE, errorLines, named, withoutNoise } from "./restic_damage.ts";
import { lastWords } from "./restic_output.ts";
import type { ResticPorts, ResticProgram } from "./restic_program.ts";
import type { ResticRepository } from "./restic_repository.ts";
import type { ResticSnapshots } from "./restic_snapshots.ts";
import type { Snapshot } from "./restic_output.ts";
import { countRestored, demandSpace, runTest } from "./restored_folder.ts";
import { damageOf } from "./restic_upkeep.ts";
import type { Upkeep } from "./upkeep.ts";
import { DAMAGED } from "./upkeep_state.ts";

/** Damaged packs of which it is asked which files they hold. */
const MOST_PACKS = 3;
const LISTING_BYTES = 4 * 1024 * 1024;

/** What keeps whoever is not root from giving files to others, and what never was the data's fault. */
const RIGHTS = /chown|operation not permitted|permission denied|xattr|UtimesNano|not supported/i;

interface VerifyParts {
  spec: ResticProviderSpec;
  ports: ResticPorts;
  restic: ResticProgram;
  repository: ResticRepository;
  snapshots: ResticSnapshots;
  notes: ProviderNotes | null;
  upkeep: Pick<Upkeep, "beginLook">;
}

/** Rejects where nothing was found out. */
export function createResticVerify(parts: VerifyParts): (task: VerifyTask) => Promise<VerifyResult> {
  return async (task) => {
    const leave = await parts.upkeep.beginLook(task.signal);
    try {
      return await verify(parts, task);
    } finally {
      leave();
    }
  };
}

async function verify(parts: VerifyParts, task: VerifyTask): Promise<VerifyResult> {
  const { spec, repository, snapshots } = parts;
  await repository.demandSame(task.signal);
  const snapshot = await repository.lookInSame(
    () => snapshots.find(task.id, task.dataId),
    (found) => found === undefined,
    task.signal,
  );
  if (snapshot === undefined) return { passed: false, message: "its snapshot is not in the repository" };
  return task.method === "check"
    ? await checkPart(parts, task, snapshot, spec.verify?.parts ?? VERIFY_PARTS)
    : await restoreAll(parts, task, snapshot.id);
}

/** Of which part of how many the next check is, and when the walk over all of them began (UTC ms). */
const walkSchema = z.object({ parts: z.int(), next: z.int().min(1), begun: z.number().optional() });

async function nextPart(
  notes: ProviderNotes | null,
  parts: number,
): Promise<{ part: number; begun: number | undefined }> {
  const text = await notes?.read("verify");
  const parsed = walkSchema.safeParse(parsedJson(text ?? ""));
  const isOurs = parsed.success && parsed.data.parts === parts && parsed.data.next <= parts;
  return isOurs ? { part: parsed.data.next, begun: parsed.data.begun } : { part: 1, begun: undefined };
}

/**
 * The trees of the snapshot as a whole, then the next part of the data of all. It proves the snapshot only where that was
 * the last part of a walk that began after it was made: all that it rests on was read by then.
 */
async function checkPart(
  parts: VerifyParts,
  task: VerifyTask,
  { id: snapshot, time }: Pick<Snapshot, "id" | "time">,
  of: number,
): Promise<VerifyResult> {
  const { restic, notes, ports: { clock } } = parts;
  const listing = await listOf(parts, task, snapshot);
  if ("damage" in listing) return { passed: false, message: listing.damage };
  const walk = await nextPart(notes, of);
  const { part } = walk;
  const begun = part === 1 ? clock.now() : walk.begun;
  task.progress(`reading part ${part} of ${of} of the data`);
  const call = { ...callOf(task), lockWaitMs: LOCK_WAIT_MS, keepBytes: LISTING_BYTES };
  const result = await restic.run(["check", `--read-data-subset=${part}/${of}`], call);
  if (result.code !== 0) {
    const failure = restic.failure("check the repository", result);
    if (!isDamage(failure)) throw failure;
    const packs = packsIn(`${result.stdout}\n${result.stderr}`);
    const files = await filesOf(parts, task, snapshot, packs);
    const where = files.length > 0
      ? `it lacks data of ${named(files)}`
      : "none of its own files is known to be hit, but the repository is damaged";
    return { passed: false, message: `${where}: ${damageWords(result.stdout, result.stderr)}` };
  }
  await notes?.write("verify", JSON.stringify({ parts: of, next: part % of + 1, begun }) + "\n");
  const isWhole = of === 1 || part === of && begun !== undefined && time !== undefined && time < begun;
  const read = of === 1 ? "all of the data" : `part ${part} of ${of} of the data`;
  const message = `${listing.text}, and ${read} of the repository was read`;
  return isWhole
    ? { passed: true, message: of === 1 ? message : `${message}, as were all others since it was made` }
    : { passed: true, partial: true, message: `${message}, which alone proves no backup` };
}

/** As for upkeep: another's backup may hold the repository for long. */
const LOCK_WAIT_MS = 60_000;

async function restoreAll(parts: VerifyParts, task: VerifyTask, snapshot: string): Promise<VerifyResult> {
  const { spec, ports, restic } = parts;
  const listing = await listOf(parts, task, snapshot);
  if ("damage" in listing) return { passed: false, message: listing.damage };
  await demandSpace(ports, task, listing.bytes, spec.verify?.maxSizeMb ?? null);
  task.progress(`restoring ${listing.text}`);
  const begun = ports.clock.monotonic();
  const args = ["restore", snapshot, "--target", task.scratch, "--verify"];
  const result = await restic.run(args, {
    ...callOf(task),
    lockWaitMs: LOCK_WAIT_MS,
    keepBytes: LISTING_BYTES,
  });
  const durationMs = Math.round(ports.clock.monotonic() - begun);
  const measured = { bytes: listing.bytes, files: listing.files, durationMs };
  const errors = errorLines(`${result.stdout}\n${result.stderr}`);
  const damaged = errors.filter((line) => DAMAGE.test(line));
  if (damaged.length > 0) return { passed: false, message: named(damaged.map(withoutNoise)), ...measured };
  const others = errors.filter((line) => !RIGHTS.test(line) && !/^Fatal: There were \d+ errors/.test(line));
  if (result.code !== 0 && (others.length > 0 || errors.length === 0)) {
    const failure = restic.failure("restore the backup", result);
    if (isDamage(failure)) return { passed: false, message: failure.message, ...measured };
    throw failure;
  }
  const found = await countRestored(ports, task);
  const hasSizes = found.bytes !== null;
  if (found.files !== listing.files || hasSizes && found.bytes !== listing.bytes) {
    const there = `${counted(found.files, "file")}${hasSizes ? `, ${found.bytes} bytes` : ""}`;
    const message = `${there} were restored, and its listing has ${
      counted(listing.files, "file")
    }, ${listing.bytes} bytes`;
    return { passed: false, message, ...measured };
  }
  const test = spec.verify?.test ?? null;
  const tested = test === null ? null : await runTest(ports, task, test);
  if (tested !== null && !tested.passed) return { passed: false, message: tested.message, ...measured };
  const rights = errors.length > 0 ? "; owners or modes of some could not be restored here" : "";
  const message = `${listing.text} restored and compared${
    tested === null ? "" : `; ${tested.message}`
  }${rights}`;
  return { passed: true, message, ...measured };
}

type Listing = { files: number; bytes: number; text: string } | { damage: string };

/** Reads every tree of the snapshot; the files and bytes it has. */
async function listOf(parts: VerifyParts, task: VerifyTask, snapshot: string): Promise<Listing> {
  const { restic } = parts;
  let [files, bytes] = [0, 0];
  const onLine = (line: string) => {
    if (!line.startsWith('{"name"')) return;
    const node = nodeSchema.safeParse(parsedJson(line));
    if (!node.success || node.data.type !== "file") return;
    files++;
    bytes += node.data.size ?? 0;
  };
  const call = {
    signal: task.signal,
    onStart: task.started,
    scope: task.scope,
    onLine,
    lockWaitMs: LOCK_WAIT_MS,
  };
  const result = await restic.run(["ls", "--json", snapshot], call);
  if (result.code === 0) return { files, bytes, text: `${counted(files, "file")}, ${bytesText(bytes)}` };
  const failure = restic.failure("list the backup", result);
  const words = `${result.stdout.slice(-2_000)}\n${result.stderr}`;
  if (DAMAGE.test(words) || isDamage(failure)) {
    return { damage: `its folders cannot be read: ${lastWords(result.stderr)}` };
  }
  throw failure;
}

const nodeSchema = z.looseObject({ type: z.string(), size: z.number().optional() });

function callOf(task: VerifyTask) {
  return { signal: task.signal, onStart: task.started, scope: task.scope, onLine: task.output };
}

/** The files of the snapshot that need these packs. */
async function filesOf(
  { restic }: VerifyParts,
  task: VerifyTask,
  snapshot: string,
  packs: readonly string[],
): Promise<string[]> {
  const files = new Set<string>();
  for (const pack of packs.slice(0, MOST_PACKS)) {
    const args = ["find", "--json", "--pack", pack, "--snapshot", snapshot];
    const call = { signal: task.signal, onStart: task.started, scope: task.scope, keepBytes: LISTING_BYTES };
    const result = await restic.run(args, call);
    const found = foundSchema.safeParse(parsedJson(result.stdout.trim().split("\n").at(-1) ?? ""));
    for (const { path } of found.success ? found.data : []) if (path !== undefined) files.add(path);
  }
  return [...files].sort();
}

const foundSchema = z.array(z.looseObject({ path: z.string().optional() }));

/** By the ids that are named beside what is wrong. */
function packsIn(output: string): string[] {
  const lines = output.split("\n").filter((line) => /pack/i.test(line));
  return [...new Set(lines.flatMap((line) => /\b[0-9a-f]{64}\b/.exec(line)?.[0] ?? []))];
}

function damageWords(stdout: string, stderr: string): string {
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim());
  return lines.findLast((line) =>
    /pack|blob|tree/i.test(line) && /match|damage|missing|not found|exist|fail/i.test(line)
  ) ??
    lastWords(stderr);
}

function isDamage(failure: BackupFailure): boolean {
  try {
    return damageOf(failure);
  } catch (error) {
    return error instanceof BackupFailure && error.reason === DAMAGED;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
