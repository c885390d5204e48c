// The truth about a world of built-ins, and what the program says of it: each move of a row, each lock, signal and
// snapshot passes the checkers.

import type { Run } from "../../../src/domain/backup.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { Change } from "../../../src/ports/store.ts";
import type { OpenStore } from "../../../src/store/run_store.ts";
import { I37_goneOnProof } from "../checkers/proof.ts";
import { I38_backupsOfOthersLive, I38_locksOfLiving, I38_processesOfOthers } from "../checkers/others.ts";
import { I40_importsNameUs } from "../checkers/imports.ts";
import { I17_victimsAreNotKept, passOf } from "../checkers/retention.ts";
import { I51_newestProvedStays, I52_soundOneStays } from "../checkers/verified.ts";
import type { Witness } from "../checkers/witness.ts";
import { I42_damageStops } from "../checkers/upkeep.ts";
import { I43_wholeIsNoLeftover, P2_availableWasMade } from "../checkers/wholes.ts";
import { Model } from "../model.ts";
import type { Life } from "../sim_clock.ts";
import { REPOSITORY } from "./builtin_scenario.ts";
import type { CommandStore } from "./command_store.ts";
import type { SimDisk } from "./disk.ts";
import type { Machine, SimProcess, SimSignal } from "./machine.ts";
import type { Loss } from "./memories.ts";
import type {
  RepositoryWatch,
  SimLock,
  SimRepository,
  SimSnapshot,
  SimStorage,
} from "./restic_repository.ts";
import type { Placed, StorageTruth } from "./storage_truth.ts";
import { I42_provedDamageStops, I57_proofsAreTrue, I58_emptyIsSuspect } from "../checkers/builtin_proofs.ts";
import { RotBook } from "./rot_book.ts";

/** What is asked of the world. */
interface Surroundings {
  readonly storage: SimStorage;
  readonly scripts: CommandStore;
  readonly disk: SimDisk;
  readonly machine: Machine;
  now(): number;
  note(line: string): void;
  jobOf(name: string): Job | undefined;
  find(finding: string | undefined): void;
}

/** Watches everything that a repository loses. */
export class Grounds implements RepositoryWatch, StorageTruth {
  /** All that ever were, mounted or not. */
  readonly repositories: SimRepository[] = [];
  /** Someone else took the lock of what lives, or a pack: what is made there proves nothing against the program. */
  readonly spoiled = new Set<SimRepository>();
  /** A check of the program has found damage, and none went well since; nobody has answered it. */
  foundDamage = false;
  /** Since when, as the last check said. */
  #damagedSince: unknown;
  /** Backups of which a snapshot was ever saved. */
  readonly #saved = new Set<string>();
  /** Runs whose end was told by a repository in the place of their own. */
  readonly aside = new Set<string>();
  /** Backups of which nothing says any more that their `post` is still to run. */
  readonly lostPosts = new Set<string>();
  /** Nothing says which repository is the program's; it takes the first that it meets. */
  #forgotRepository = false;
  /** That one was another: until a person says otherwise nobody can know, and what is not there is gone there. */
  isDeceived = false;
  /** Jobs that somebody has approved since a verification found damage. */
  readonly approved = new Set<string>();
  /** What became of the data of which snapshot, and when. */
  readonly rot: RotBook;
  #model: Model;

  constructor(private readonly world: Surroundings) {
    this.#model = this.#newModel();
    this.rot = new RotBook(() => world.now());
    world.scripts.dropped = (id) => this.#judge("I43", I43_wholeIsNoLeftover(this.#runOf(id)));
  }

  #newModel(): Model {
    return new Model({
      runChanged: (before, after) => {
        this.#moved(before, after);
        this.#proved(before, after);
      },
      jobChanged: () => {},
    });
  }

  get runs(): ReadonlyMap<string, Run> {
    return this.#model.runs;
  }

  /** A repository that this program, or someone else, has made. */
  owns(repository: SimRepository): void {
    repository.watch = this;
    this.repositories.push(repository);
  }

  /** Every snapshot of this backup, wherever it lies. */
  snapshotsOf(id: string): Placed[] {
    return this.repositories.flatMap((repository) =>
      repository.snapshots.filter(({ tags }) => tags.includes(`backup:${id}`))
        .map((snapshot) => ({ repository, snapshot }))
    );
  }

  /** True where a backup of this id can be found by its storage, whole or not. */
  isThere(id: string): boolean {
    return this.snapshotsOf(id).length > 0 || this.world.scripts.backups.get(id)?.whole === true;
  }

  wasMade(id: string): boolean {
    return this.#saved.has(id) || this.snapshotsOf(id).length > 0 || this.world.scripts.begun.has(id);
  }

  #runOf(id: string): Run | undefined {
    return [...this.runs.values()].find((run) => run.id === id);
  }

  lost({ postDue, repository }: Loss): void {
    for (const id of postDue) this.lostPosts.add(id);
    if (repository) this.#forgotRepository = true;
  }

  /** The program has written down that what lies there is its repository; `isOther`: it is not the one of before. */
  noted(isOther: boolean): void {
    if (this.#forgotRepository && isOther) this.isDeceived = true;
    this.#forgotRepository = false;
  }

  committed(change: Change): void {
    this.#passed(change);
    this.#model.apply(change);
    for (const write of change.writes) {
      if (write.write === "verification") {
        this.#judge(
          "I57",
          I57_proofsAreTrue(this, this.world.storage.repositories.get(REPOSITORY), write.verification),
        );
      }
    }
  }

  /** What a pass of retention makes of proofs. */
  #passed(change: Change): void {
    const { world } = this;
    const asked = { model: this.#model, now: () => world.now(), jobOf: (name: string) => world.jobOf(name) };
    const witness = asked as unknown as Witness;
    const pass = passOf(witness, change);
    if (pass === undefined) return;
    if (typeof pass === "string") return this.#judge("I17", pass);
    this.#judge("I17", I17_victimsAreNotKept(witness, pass));
    this.#judge("I51", I51_newestProvedStays(witness, pass));
    this.#judge("I52", I52_soundOneStays(witness, pass));
  }

  #proved(before: Run | undefined, after: Run): void {
    if (after.verification === "failed" && after.suspectAt !== (before?.suspectAt ?? null)) {
      this.approved.delete(after.job);
    }
    const isSent = before !== undefined && after.deleteAttempts > before.deleteAttempts;
    const others = [...this.runs.values()].filter(({ job }) => job === after.job);
    if (isSent) this.#judge("I42", I42_provedDamageStops(after, others, this.approved));
    const isNew = after.status === "available" && before?.status !== "available" && before !== undefined;
    if (isNew) this.#judge("I58", I58_emptyIsSuspect(this, after, others));
  }

  rots(repository: SimRepository, pack: string): void {
    this.world.note(`rots: ${pack}`);
    repository.rotten.add(pack);
    this.rot.began(repository, pack);
  }

  loses(repository: SimRepository, pack: string): void {
    this.world.note(`lost: ${pack}`);
    repository.packs.delete(pack);
    this.rot.began(repository, pack);
  }

  /** The rotten packs are put back as they were. */
  repaired(): void {
    this.world.note("repaired");
    for (const repository of this.repositories) {
      for (const pack of repository.rotten) this.rot.ended(repository, pack);
      repository.rotten.clear();
    }
  }

  /** What was committed and not answered shows at the next boot. */
  async booted(open: OpenStore): Promise<void> {
    const before = new Map(this.#model.runs);
    const rows = (await open.runs({ limit: 1_000 })).items.toReversed();
    this.#model = this.#newModel();
    await this.#model.replaceAll(open, rows);
    for (const row of rows) {
      if (before.get(row.runId)?.status !== row.status) this.#moved(before.get(row.runId), row);
    }
  }

  told({ type, data, message }: EngineEvent): void {
    if (type !== "provider.upkeep" || data?.task !== "check" || data.news !== true) return;
    // Found again it is the damage that somebody may have approved.
    const isNew = data.damaged_since !== this.#damagedSince;
    this.#damagedSince = data.damaged_since;
    if (data.ok === true) this.foundDamage = false;
    else if (isNew && /contains errors/.test(message)) this.foundDamage = true;
  }

  #moved(before: Run | undefined, after: Run): void {
    if (before?.status === after.status) return;
    this.world.note(
      `row ${after.job} ${after.runId} ${before?.status ?? "-"} -> ${after.status} ${after.id ?? "-"}`,
    );
    const isAside = this.#isAside(after);
    if (!(isAside && this.isDeceived)) {
      this.#judge(isAside ? "I37 of another repository" : "I37", I37_goneOnProof(this, before, after));
    }
    this.#judge("P2", P2_availableWasMade(this, before, after));
    this.#judge("I40", I40_importsNameUs(this, this.world.machine.host, before, after));
  }

  /** The checks of the end: what was concluded before still holds. */
  atTheEnd(): void {
    for (const run of this.runs.values()) {
      if (!this.aside.has(run.runId)) this.#judge("I37", I37_goneOnProof(this, undefined, run));
    }
  }

  /** It was judged by a repository that lay in the place of its own. */
  #isAside(run: Run): boolean {
    const there = this.world.storage.repositories.get(REPOSITORY);
    const placed = this.snapshotsOf(run.id ?? "");
    const isAside = there !== undefined && placed.length > 0 &&
      placed.every(({ repository }) => repository !== there);
    if (isAside) this.aside.add(run.runId);
    return isAside;
  }

  #judge(invariant: string, finding: string | undefined): void {
    if (finding !== undefined) this.world.find(`${invariant}: ${finding}`);
  }

  lockRemoved(repository: SimRepository, lock: SimLock, by: SimProcess | null): void {
    const life = by === null ? this.world.disk.lockRemoval?.by ?? null : by.ours;
    const who = by === null ? "a file was removed" : "unlock";
    this.world.note(`lock of ${lock.owner.user} (${lock.owner.pid}) goes: ${who}`);
    if (life === null && lock.owner.alive) this.spoiled.add(repository);
    this.#judge("I38", I38_locksOfLiving(lock, life));
  }

  signalled(to: SimProcess, signal: SimSignal, by: Life | null): void {
    this.#judge("I38", I38_processesOfOthers(to, signal, by));
  }

  forgotten(repository: SimRepository, snapshot: SimSnapshot, by: SimProcess): void {
    this.world.note(`${by.user} forgets ${snapshot.tags.join()}`);
    if (by.ours === null) return;
    const run = this.#runOf(idOf(snapshot) ?? "");
    this.#judge("I42", I42_damageStops(this.foundDamage, run));
    const isWhole = repository.hasPacks(snapshot) && !snapshot.tags.includes("incomplete");
    if (isWhole) this.#judge("I43", I43_wholeIsNoLeftover(run));
  }

  saved(repository: SimRepository, snapshot: SimSnapshot, by: SimProcess): void {
    const id = idOf(snapshot);
    if (id !== undefined) this.#saved.add(id);
    if (!this.spoiled.has(repository)) this.#judge("I38", I38_backupsOfOthersLive(repository, snapshot, by));
  }
}

/** Of which backup it is by its tags. */
function idOf({ tags }: SimSnapshot): string | undefined {
  return tags.find((tag) => tag.startsWith("backup:"))?.slice("backup:".length);
}
