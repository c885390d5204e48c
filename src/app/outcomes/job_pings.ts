// Tells the dead man's switch of each job what becomes of its runs. It only follows what was committed: no backup waits
// for a ping, or fails for one. What a kill of this program keeps from being told is not told later: then the check
// hears nothing, and gives the alarm.

import PQueue from "p-queue";
import type { Run } from "../../domain/backup.ts";
import { outcomeOf, type RunEnd, runEndOf, type RunOutcome } from "../../domain/outcome.ts";
import type { PingSignal, PingSpec } from "../../domain/ping.ts";
import { Turns } from "../../engine/context/turns.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Clock, Http } from "../../ports/host.ts";
import { within } from "../../provider/time_limit.ts";
import { MOST_BODY_BYTES, type PingEnd, sendPing } from "./ping_call.ts";
import { PingTold } from "./ping_told.ts";

interface JobPingsParts {
  clock: Clock;
  http: Http;
  /** Where the pings of a job go, as of now. */
  pingOf(job: string): PingSpec | undefined;
  run(runId: string): Promise<Run | undefined>;
  /** The output that a provider kept of a run; undefined where there is none. */
  output(run: Run): Promise<string | undefined>;
  /** Saves an event, or at least tells it. */
  record(event: EngineEvent): Promise<void>;
  /** Takes what only debugging wants to know. */
  sink: EventSink;
}

/** Pings to one host at a time: a receiver that hangs holds up none of another host. */
const MOST_AT_ONCE = 8;
/** Of one job that wait; of more the oldest are not sent. */
const MOST_WAITING = 20;
const OUTPUT_MS = 5_000;
/** How long those under way may take once the program stops. */
const STOP_MS = 3_000;

/** Slots that were not run though they should have been: noted, since the check learns of it by silence. */
const NOTED_SKIPS: ReadonlySet<unknown> = new Set(["missed", "still_running"]);

const SIGNALS: Record<RunOutcome, PingSignal> = {
  available: "success",
  // Not over yet: the last try decides.
  retried: "log",
  suspect: "fail",
  failed: "fail",
  cancelled: "fail",
  lost: "fail",
  expired: "fail",
};

/** What is told of an event; undefined: nothing, or what its run says. */
interface News {
  event: EngineEvent;
  end: RunEnd | undefined;
  signal: PingSignal;
}

/** The pings of one job, one after the other. */
interface Line {
  turns: Turns;
  waiting: number;
  /** The run whose end was told last, and which: another event may tell of it too. */
  told: string | undefined;
  dropped: number;
}

/** Follows the events of all jobs. */
export class JobPings implements EventSink, AsyncDisposable {
  readonly #lines = new Map<string, Line>();
  readonly #hosts = new Map<string, PQueue>();
  readonly #stop = new AbortController();
  readonly #told: PingTold;

  constructor(private readonly parts: JobPingsParts) {
    this.#told = new PingTold(parts);
  }

  emit(event: EngineEvent): void {
    if (event.job === undefined || event.runId === undefined || this.#stop.signal.aborted) return;
    const news = newsOf(event);
    if (news === undefined) return;
    const spec = this.parts.pingOf(event.job);
    if (spec === undefined || (news.signal === "start" && !spec.start)) return;
    const line = this.#lineOf(event.job);
    line.waiting++;
    void line.turns.add(async () => {
      line.waiting--;
      if (this.#stop.signal.aborted) return;
      // The receiver is slower than the job: what is newest counts.
      if (line.waiting >= MOST_WAITING) line.dropped++;
      else await this.#tell(line, news, spec);
    });
  }

  /** Gives those under way a little time; what is left then is told to be unsent. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { clock } = this.parts;
    const all = Promise.all(Array.from(this.#lines.values(), ({ turns }) => turns.idle()));
    await within(clock, STOP_MS, all, "").catch(() => this.#stop.abort(new Error("Schelly is stopping")));
    for (const [job, { turns, waiting }] of this.#lines) {
      if (turns.busy) await this.#told.unsent(job, waiting + 1);
    }
    this.#stop.abort(new Error("Schelly is stopping"));
  }

  #lineOf(job: string): Line {
    let line = this.#lines.get(job);
    if (line === undefined) {
      line = { turns: new Turns(), waiting: 0, told: undefined, dropped: 0 };
      this.#lines.set(job, line);
    }
    return line;
  }

  /** Never rejects. */
  async #tell(line: Line, { event, end, signal }: News, spec: PingSpec): Promise<void> {
    const job = event.job!;
    const runId = event.runId!;
    try {
      if (end !== undefined) {
        const run = await this.parts.run(runId);
        // Its slot had a row already.
        if (run === undefined) return;
        const outcome = outcomeOf(end, run);
        if (outcome !== "retried") {
          const end = `${runId} ${outcome}`;
          if (line.told === end) return;
          line.told = end;
        }
        signal = SIGNALS[outcome];
        const text = wordsOf(event, outcome, run);
        const output = signal === "success" || !spec.output ? undefined : await this.#outputOf(run);
        return await this.#send(line, job, spec, { signal, runId, body: bodyOf(text, output) });
      }
      await this.#send(line, job, spec, { signal, runId, body: bodyOf(event.message) });
    } catch (error) {
      // The state could not be asked what became of the run, of which the engine tells as well.
      const why = error instanceof Error ? error.message : String(error);
      await this.#told.failed(job, signal, { told: false, why, tries: 0 }, runId);
    }
  }

  async #send(
    line: Line,
    job: string,
    { url }: PingSpec,
    ping: { signal: PingSignal; runId: string; body: string },
  ): Promise<void> {
    const { signal, runId } = ping;
    const isPassedOver = signal === "start" || signal === "log";
    const end: PingEnd = await sendPing(this.parts, { url, ...ping }, {
      stop: this.#stop.signal,
      inTurn: (work) => this.#atHost(new URL(url).host, work),
      ...(isPassedOver ? { isOutdated: () => line.waiting > 0 } : {}),
    });
    if (this.#stop.signal.aborted && !end.told) return;
    const { dropped } = line;
    line.dropped = 0;
    if (end.told) await this.#told.sent(job, signal, runId, dropped);
    else await this.#told.failed(job, signal, end, runId);
  }

  #atHost<T>(host: string, work: () => Promise<T>): Promise<T> {
    let queue = this.#hosts.get(host);
    if (queue === undefined) {
      queue = new PQueue({ concurrency: MOST_AT_ONCE });
      this.#hosts.set(host, queue);
      queue.addEventListener("idle", () => this.#hosts.delete(host), { once: true });
    }
    return queue.add(work) as Promise<T>;
  }

  async #outputOf(run: Run): Promise<string | undefined> {
    return await within(this.parts.clock, OUTPUT_MS, this.parts.output(run), "").catch(() => undefined);
  }
}

function newsOf(event: EngineEvent): News | undefined {
  const { type, data } = event;
  if (type === "run.sending") {
    return data?.attempt === 1 ? { event, end: undefined, signal: "start" } : undefined;
  }
  if (type === "run.skipped") {
    return NOTED_SKIPS.has(data?.reason) ? { event, end: undefined, signal: "log" } : undefined;
  }
  const end = runEndOf(type, data);
  return end === undefined ? undefined : { event, end, signal: "fail" };
}

/** With the cause where the event does not say it itself. */
function wordsOf({ type, message }: EngineEvent, outcome: RunOutcome, run: Run): string {
  if (outcome === "suspect") return `${message}, but suspect: ${run.suspectReason ?? ""}`;
  return type === "run.tries_ended" && run.message !== null ? `${message}\n${run.message}` : message;
}

const encoder = new TextEncoder();

/** The words first, then as much of the end of the output as has room. */
function bodyOf(text: string, output: string | undefined = undefined): string {
  const bytes = encoder.encode(text);
  if (bytes.length > MOST_BODY_BYTES) return new TextDecoder().decode(bytes.subarray(0, MOST_BODY_BYTES - 3));
  const tail = output?.trimEnd() ?? "";
  if (tail === "") return text;
  const room = MOST_BODY_BYTES - bytes.length - 2;
  const all = encoder.encode(tail);
  if (all.length <= room) return `${text}\n\n${tail}`;
  const cut = new TextDecoder().decode(all.subarray(all.length - room));
  // From the first whole line on, where there is one.
  const lineEnd = cut.indexOf("\n");
  return `${text}\n\n${cut.slice(lineEnd + 1)}`;
}
