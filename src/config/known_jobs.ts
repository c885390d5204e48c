// What one load of a configuration keeps for the next: of ten thousand jobs an edit changes one, and the others are not
// read, judged and built anew.
//
// A job is known by its whole text, so whatever is written in it is the same. Only jobs are kept of which nothing else
// decides: no variable is put in, no file is named, no secret is written, nothing was said of it. What was built of it holds
// while the defaults, the usual zone and what it takes of its provider are the same; whether it ever fires again is asked
// each time.

import type { Job } from "../domain/job.ts";
import type { ProviderSpec } from "../domain/provider_spec.ts";
import type { Schedule, ScheduleCache } from "../domain/schedule/schedule.ts";
import { namesFile } from "./environment/secrets.ts";
import { hasWrittenSecret } from "./readable_files.ts";
import { isMapping, type JudgedJobs, type KnownPieces, type Mapping } from "./document/tree.ts";

/** A job that was read and judged. */
interface Known {
  text: string;
  /** Where in it the settings begin. */
  from: number;
  /** Its settings, which nobody changes any more. */
  own: Mapping;
  /** What was built of it; null where that depends on more than is kept. */
  built: Built | null;
}

interface Built {
  job: Job;
  provider: string;
  /** That of its runs, and that of passes where they have one of their own. */
  schedules: readonly Schedule[];
}

interface Kept {
  byText: ReadonlyMap<string, Known>;
  /** What the built ones share: see `basisOf`. */
  basis: string;
}

/** Kept from load to load of one configuration, within one process. */
export class KnownJobs {
  #kept: Kept = { byText: new Map(), basis: "" };

  /** `schedules`: whoever runs the jobs has the same. */
  constructor(private readonly schedules: ScheduleCache) {}

  /** What one load takes and leaves; nothing is left of one that fails. */
  turn(): KnownTurn {
    return new KnownTurn(this.schedules, this.#kept, (kept) => this.#kept = kept);
  }
}

/** The known jobs as one load sees them. */
export class KnownTurn implements KnownPieces, JudgedJobs {
  /** Those of this load, by their settings. */
  #jobs = new Map<object, Known>();
  #texts = new Set<string>();
  #judged = new Set<object>();
  readonly #providers = new WeakMap<ProviderSpec, string>();
  #basis = "";

  constructor(
    readonly schedules: ScheduleCache,
    private readonly before: Kept,
    private readonly leave: (kept: Kept) => void,
  ) {}

  /** Each is taken once: two may not share a place. */
  take(text: string): Pick<Known, "own" | "from"> | undefined {
    const known = this.before.byText.get(text);
    if (known === undefined || this.#texts.has(text)) return undefined;
    this.#texts.add(text);
    this.#judged.add(known.own);
    // The text of before would keep all the texts around it in memory.
    known.text = text;
    this.#jobs.set(known.own, known);
    return known;
  }

  found(text: string, own: unknown, from: number): void {
    if (isMapping(own) && !this.#texts.has(text)) {
      this.#texts.add(text);
      this.#jobs.set(own, { text, from, own, built: null });
    }
  }

  isJudged(own: unknown): boolean {
    return this.#judged.has(own as object);
  }

  /** Nothing is to be said of these settings, nor of any like them. */
  setJudged(own: unknown): void {
    const known = this.#jobs.get(own as object);
    // Whatever of it is told elsewhere is told each time.
    if (known === undefined || namesFile(known.own) || hasWrittenSecret(known.own)) return;
    this.#judged.add(known.own);
  }

  /** What all that is built in this load depends on. */
  buildOn(basis: string): void {
    this.#basis = basis;
  }

  /** What was built of these settings before, when it would be built in the same way by this provider. */
  builtOf(own: unknown, spec: ProviderSpec): Built | undefined {
    const built = this.#basis === this.before.basis ? this.#jobs.get(own as object)?.built ?? null : null;
    return built !== null && built.provider === this.#providerText(spec) ? built : undefined;
  }

  /** True where something was built of these settings in a load before. */
  wasBuilt(own: unknown): boolean {
    return (this.#jobs.get(own as object)?.built ?? null) !== null;
  }

  /** What these settings were built to; null where it depends on more than the text, the defaults and the provider. */
  setBuilt(own: unknown, built: { job: Job; spec: ProviderSpec } | null): void {
    const known = this.#jobs.get(own as object);
    if (known === undefined || known.built?.job === built?.job) return;
    // The one that is known may be needed as it is, when this load fails.
    this.#jobs.set(known.own, { ...known, built: built && this.#builtBy(built.job, built.spec) });
  }

  /** Leaves the jobs of this load to the next one. Yields after each. */
  *keep(): Generator<void, void> {
    const byText = new Map<string, Known>();
    for (const known of this.#jobs.values()) {
      if (this.#judged.has(known.own)) byText.set(known.text, known);
      yield;
    }
    this.leave({ byText, basis: this.#basis });
  }

  #builtBy(job: Job, spec: ProviderSpec): Built {
    const patterns = job.retentionSchedule === null ? [job.schedule] : [job.schedule, job.retentionSchedule];
    const schedules = patterns.flatMap((pattern) => {
      const parsed = this.schedules.parse(pattern, job.timezone);
      return "schedule" in parsed ? [parsed.schedule] : [];
    });
    return { job, provider: this.#providerText(spec), schedules };
  }

  /** All that a job takes of its provider. */
  #providerText(spec: ProviderSpec): string {
    let text = this.#providers.get(spec);
    if (text === undefined) {
      const { kind, key, createBody, deleteBody, timeouts, pollIntervalMs, verifyBeforeDelete } = spec;
      text = JSON.stringify([
        kind,
        key,
        createBody,
        deleteBody,
        timeouts,
        pollIntervalMs,
        verifyBeforeDelete,
      ]);
      this.#providers.set(spec, text);
    }
    return text;
  }
}

/** What every built job depends on besides its own text and its provider. */
export function basisOf(defaults: Mapping, timezone: { name: string; variable: string | null }): string {
  return JSON.stringify([defaults, timezone]);
}

/** True where a job is built from its text, the defaults and its provider alone. */
export function isBuiltAlone(own: Mapping, defaults: Mapping): boolean {
  const valueOf = (key: string) => own[key] ?? defaults[key];
  const isOff = (key: string) => valueOf(key) === undefined || valueOf(key) === "off";
  const expect = valueOf("expect");
  // These read files and variables, or look at other jobs.
  return ["ping", "on_success", "on_failure", "verify"].every(isOff) &&
    !(Array.isArray(expect) && expect.some((one) => isMapping(one) && one.copies !== undefined));
}
