// Takes an edited configuration over: one at a time, as a whole or not at all; part of the composition root.

import type { Config } from "../config/values/config.ts";
import { ConfigError, formatIssue } from "../domain/errors.ts";
import { iso } from "../domain/instant.ts";
import type { Clock } from "../ports/host.ts";
import type { ReloadOutcome } from "../ports/operations.ts";
import { NOTHING_CHANGED } from "./config_changes.ts";

/** How soon a valid configuration that could not be taken over is tried again. */
const AGAIN_MS = 5_000;

interface ReloadParts {
  clock: Pick<Clock, "sleep" | "now">;
  /** Aborts when the program stops: then nothing is taken over any more. */
  stop: AbortSignal;
  /** Rejects with `ConfigError`. */
  load(): Promise<Config>;
  /** Providers that cannot change now, since they make a backup under the settings of before. */
  busy(next: Config): string[];
  /**
   * Puts it into force and answers what changed. Rejects with `ConfigError` before anything is changed; when it rejects
   * otherwise, the next call fixes what is half done.
   */
  apply(next: Config): Promise<string[]>;
  /** `by`: who asked for it; empty where it was tried again by itself. */
  taken(text: string, by: readonly string[]): void;
  refused(text: string, by: readonly string[]): void;
}

/** The reloads of one running scheduler. */
export class Reloads {
  #last: ReloadOutcome | null = null;
  #running: Promise<ReloadOutcome> | undefined;
  #waiting: Promise<ReloadOutcome> | undefined;
  /** Who waits for the next one. */
  #askers: string[] = [];
  #again = false;
  /** Since when the configuration in force is that, in words. */
  #inForce: string;

  constructor(private readonly parts: ReloadParts) {
    this.#inForce = `this very configuration is in use since Schelly started, at ${iso(parts.clock.now())}`;
  }

  /** The outcome of the last one; null before the first. */
  get last(): ReloadOutcome | null {
    return this.#last;
  }

  /** Callers that come while one is under way share the next one, which reads the files after they asked. */
  reload(by?: string): Promise<ReloadOutcome> {
    if (by !== undefined && !this.#askers.includes(by)) this.#askers.push(by);
    return this.#ask(false);
  }

  #ask(byItself: boolean): Promise<ReloadOutcome> {
    if (this.#running === undefined) {
      return this.#running = this.#reload(byItself).finally(() => this.#running = undefined);
    }
    return this.#waiting ??= this.#running.catch(() => {}).then(() => {
      this.#waiting = undefined;
      return this.#ask(byItself);
    });
  }

  async #reload(byItself: boolean): Promise<ReloadOutcome> {
    const by = this.#askers;
    this.#askers = [];
    const before = this.#last === null ? undefined : reloadText(this.#last);
    let outcome: ReloadOutcome;
    try {
      outcome = this.#told(await this.#try(), by);
    } catch (error) {
      this.#last = { ok: false, messages: [error instanceof Error ? error.message : String(error)] };
      this.parts.refused(this.#last.messages[0]!, by);
      this.#tryAgain();
      throw error;
    }
    this.#last = outcome;
    const text = reloadText(outcome);
    if (outcome.ok) this.parts.taken(text, by);
    // What is tried again by itself is told once.
    else if (!byItself || text !== before) this.parts.refused(text, by);
    return outcome;
  }

  /** Whoever comes after the watcher of the files is told what that has taken up, not that his edit changed nothing. */
  #told({ ok, messages }: ReloadOutcome, by: readonly string[]): ReloadOutcome {
    if (!ok) return { ok, messages };
    if (messages.includes(NOTHING_CHANGED)) {
      const told = `${NOTHING_CHANGED} since: ${this.#inForce}`;
      return { ok, messages: messages.map((message) => message === NOTHING_CHANGED ? told : message) };
    }
    const at = iso(this.parts.clock.now());
    this.#inForce = `this very configuration is in use since ${at}, taken up ${whyOf(by)}: ${
      messages.join("; ")
    }`;
    return { ok, messages };
  }

  async #try(): Promise<ReloadOutcome> {
    const { load, busy, apply, stop } = this.parts;
    let keys: string[];
    try {
      const next = await load();
      if (stop.aborted) return { ok: false, messages: ["Schelly is stopping"] };
      keys = busy(next);
      if (keys.length === 0) return { ok: true, messages: await apply(next) };
    } catch (error) {
      if (error instanceof ConfigError) return { ok: false, messages: reasonsOf(error) };
      throw error;
    }
    this.#tryAgain();
    const named = keys.map((key) => `'${key}'`).join(", ");
    return {
      ok: false,
      messages: [
        `the settings of ${named} changed while it makes or restores a backup: they are taken over by themselves when it is done`,
      ],
    };
  }

  /** Unless a caller comes first; what is no longer to be done by then does nothing. */
  #tryAgain(): void {
    if (this.#again) return;
    this.#again = true;
    const { clock, stop } = this.parts;
    clock.sleep(AGAIN_MS, stop).then(async () => {
      this.#again = false;
      if (this.#last?.ok === false) await this.#ask(true);
    }).catch(() => {});
  }
}

/** So many reasons stand in one line. */
const MOST_REASONS = 3;

/** An outcome in one line. */
export function reloadText({ ok, messages }: ReloadOutcome): string {
  if (ok || messages.length <= MOST_REASONS) return messages.join("; ");
  const more = messages.length - MOST_REASONS;
  return `${messages.slice(0, MOST_REASONS).join("; ")}; and ${more} more: see 'schelly validate config'`;
}

/** Why a configuration is refused: what is merely noted of it beside that is no reason, and would hide the one that is. */
function reasonsOf({ issues }: ConfigError): string[] {
  const reasons = issues.filter(({ severity }) => severity === "error");
  return (reasons.length > 0 ? reasons : issues).map(formatIssue);
}

/** Completes "taken up …". */
function whyOf(by: readonly string[]): string {
  return by.length === 0 ? "as soon as it could be" : `as asked for by ${by.join(", ")}`;
}
