// The verifications of all jobs: never more of them beside backups than the provider takes, and a backup that is due never
// waits for one.

import type { Run } from "../../domain/backup.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { Verification } from "../../domain/verification/verification.ts";
import type { VerifyMethod } from "../../domain/verification/verify_settings.ts";
import type { Agenda } from "../agenda.ts";
import type { ProviderCalls } from "../context/calls.ts";
import type { EngineContext } from "../context/context.ts";
import type { DeclaredJob } from "../job_parts.ts";
import type { JobScheduler } from "../job_scheduler.ts";
import { JobVerifier, type VerifierHooks } from "./job_verifier.ts";

/** What they ask of the engine. */
interface VerificationParts {
  agenda: Agenda;
  scheduler(job: string): JobScheduler | undefined;
  callsOf(providerKey: string, job: string): ProviderCalls | undefined;
  /** Something may be due at once. */
  nudge(): void;
  /** A verification of the job ended with a word on a backup: its guard may stand for nothing any more. */
  told(job: string): Promise<void>;
  failed(error: unknown): void;
}

/** One for the life of the engine. */
export class Verifications {
  #verifiers = new Map<string, JobVerifier>();
  /** Jobs that make a backup now, and verifications under way, with the service they are at. */
  #running = new Map<JobScheduler | JobVerifier, string>();
  #services = new Map<string, Service>();
  readonly #hooks: VerifierHooks;

  constructor(private readonly context: EngineContext, private readonly parts: VerificationParts) {
    this.#hooks = {
      changed: (of) => this.#changed(of),
      isFull: (of) => this.#isFull(of),
      callsOf: parts.callsOf,
      told: (of) => parts.told(of.ofJob),
      failed: parts.failed,
    };
  }

  /** Takes over the declared jobs; the first time also what a former process left under way. */
  async take(declared: readonly DeclaredJob[]): Promise<void> {
    const names = new Set(declared.map(({ job }) => job.name));
    for (const [name, verifier] of this.#verifiers) {
      if (names.has(name)) continue;
      verifier.retire();
      this.parts.agenda.remove(verifier);
      this.#verifiers.delete(name);
    }
    // Nobody tells of the end of what runs on in a job that left.
    for (const what of [...this.#running.keys()]) {
      if (!(what instanceof JobVerifier) && this.parts.scheduler(what.job.name) !== what) {
        this.#count(what, undefined);
      }
    }
    const { store } = this.context;
    const proved = declared.filter(({ job }) => job.verify !== undefined);
    const open = (await store.openVerifications()).filter(({ job }) => names.has(job));
    const fresh = new Set([...proved.map(({ job }) => job.name), ...open.map(({ job }) => job)]
      .filter((name) => !this.#isCurrent(name)));
    const states = fresh.size === 0 ? [] : await store.verifyStates([...fresh]);
    for (const name of fresh) this.#add(name, states.find(({ job }) => job === name));
    for (const { job, verifySlots } of declared) this.#verifiers.get(job.name)?.take(verifySlots);
    for (const one of open) {
      const verifier = this.#verifiers.get(one.job);
      if (verifier !== undefined && verifier.active === null && fresh.has(one.job)) verifier.resume(one);
    }
    await Promise.all(Array.from(this.#verifiers.values(), (verifier) => verifier.known()));
  }

  /** A job began or ended a backup, or changed otherwise. */
  moved(scheduler: JobScheduler): void {
    const { running } = scheduler;
    this.#count(scheduler, running === null ? undefined : this.#serviceOf(running.providerKey));
  }

  /** Begins one by hand; see `JobVerifier`. */
  async byHand(run: Run, method: VerifyMethod | undefined, by: string): Promise<
    { busy: string } | { verification: Verification }
  > {
    const verifier = this.#verifiers.get(run.job) ??
      this.#add(run.job, (await this.context.store.verifyStates([run.job]))[0]);
    if (verifier === undefined) return { busy: `job '${run.job}' is not in the configuration` };
    if (verifier.active === null && this.#isFull(verifier)) {
      return { busy: "a backup or another verification is under way at its provider" };
    }
    return await verifier.byHand(run, method, by);
  }

  of(job: string): JobVerifier | undefined {
    return this.#verifiers.get(job);
  }

  /** Why the provider of this backup surely cannot be asked; undefined where it may. Rejects as its calls do not. */
  async canVerify(run: Run): Promise<string | undefined> {
    const calls = this.parts.callsOf(run.providerKey, run.job);
    if (calls === undefined) return `its provider '${run.providerKey}' is not in the configuration`;
    try {
      if ((await calls.capabilities()).verify === true) return undefined;
      return `its provider '${run.providerKey}' has no extension 'verify': restore it by hand to see that it is whole`;
    } catch (error) {
      if (error instanceof ProviderError) return error.message;
      throw error;
    }
  }

  async idle(): Promise<void> {
    await Promise.all([...this.#verifiers.values()].map((verifier) => verifier.idle()));
  }

  #isCurrent(name: string): boolean {
    const known = this.#verifiers.get(name);
    return known !== undefined && known.scheduler === this.parts.scheduler(name);
  }

  #add(name: string, state: ConstructorParameters<typeof JobVerifier>[3]): JobVerifier | undefined {
    const scheduler = this.parts.scheduler(name);
    if (scheduler === undefined) return undefined;
    const before = this.#verifiers.get(name);
    if (before !== undefined) this.parts.agenda.remove(before);
    const verifier = new JobVerifier(this.context, scheduler, this.#hooks, state);
    this.#verifiers.set(name, verifier);
    this.parts.agenda.add(verifier);
    return verifier;
  }

  #changed(of: JobVerifier): void {
    this.#count(of, of.active === null ? undefined : this.#serviceOf(of.provider));
    this.parts.agenda.changed(of);
    this.parts.nudge();
  }

  #serviceOf(providerKey: string): string {
    return this.context.serviceOf?.(providerKey) ?? providerKey;
  }

  /** What it finds no room for is asked again once there is some. */
  #isFull(of: JobVerifier): boolean {
    const service = this.#services.get(this.#serviceOf(of.provider));
    if (service === undefined || service.load < mostOf(of)) return false;
    service.blocked.add(of);
    return true;
  }

  /** What is under way is at this service now; undefined: nowhere. */
  #count(what: JobScheduler | JobVerifier, at: string | undefined): void {
    const before = this.#running.get(what);
    if (before === at) return;
    if (at === undefined) this.#running.delete(what);
    else this.#running.set(what, at);
    if (before !== undefined) this.#left(what, before);
    if (at !== undefined) this.#came(what, at);
  }

  #came(what: JobScheduler | JobVerifier, at: string): void {
    const service = this.#services.get(at) ?? { load: 0, active: new Set(), blocked: new Set() };
    this.#services.set(at, service);
    service.load++;
    if (what instanceof JobVerifier) {
      service.active.add(what);
      // A backup came while it was being begun, or was there as it was taken up: the newcomer gives way.
      if (service.load > mostOf(what)) what.cutOff();
      return;
    }
    // What is cut off counts until it has ended, and is told only once.
    let over = service.load;
    for (const verifier of service.active) {
      if (over > mostOf(verifier)) verifier.cutOff();
      over--;
    }
  }

  #left(what: JobScheduler | JobVerifier, at: string): void {
    const service = this.#services.get(at)!;
    service.load--;
    if (what instanceof JobVerifier) service.active.delete(what);
    if (service.load === 0) this.#services.delete(at);
    const { blocked } = service;
    service.blocked = new Set();
    for (const verifier of blocked) this.parts.agenda.changed(verifier);
    if (blocked.size > 0) this.parts.nudge();
  }
}

/** What is under way at one service. */
interface Service {
  /** Backups and verifications. */
  load: number;
  active: Set<JobVerifier>;
  /** Those that found no room. */
  blocked: Set<JobVerifier>;
}

function mostOf({ settings }: JobVerifier): number {
  return settings?.maxConcurrent ?? 1;
}
