// `schelly report`: what became of the backups of a time, for an auditor; by the running server, or of an idle state.

import type { Command } from "commander";
import { z } from "zod";
import { StoreError } from "../../domain/errors.ts";
import { DAY } from "../../domain/duration.ts";
import { iso } from "../../domain/instant.ts";
import { htmlPage, markdownPage } from "../../domain/recovery/page.ts";
import {
  makeReport,
  type ReportEvent,
  type ReportFacts,
  type ReportRun,
} from "../../domain/report/report.ts";
import { reportBlocks } from "../../domain/report/report_page.ts";
import { formatHead } from "../../domain/trail_head.ts";
import { AUDIT_TYPES, EVENT_TYPES, type EventType } from "../../ports/events.ts";
import type { Host } from "../../ports/host.ts";
import { AuditEventAnswer, AuditHeadAnswer, EventAnswer, RunAnswer } from "../client/answers.ts";
import type { Client } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { stateUrl } from "../config/plan_sources.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { pastReader } from "../terminal/readers.ts";
import { displayOf } from "../terminal/render.ts";
import { serverOrNone } from "./server_or_none.ts";

interface ReportArgs extends ServerArgs {
  since?: number;
  until?: number;
  state?: string;
  json?: boolean;
  html?: boolean;
}

/** What a source of facts says; the rest is the same for all. */
type Found = Pick<ReportFacts, "runs" | "events" | "head" | "oldest" | "isPruned" | "troubles">;

const DEFAULT_MS = 90 * DAY;
const PAGE = 10_000;
/** Events beside the trail that a report counts, where this version has them. */
const PROOFS = EVENT_TYPES.filter((type) =>
  /^(verification\.(passed|failed)|restore\.done)$/.test(type) && !isAudit(type)
);

/** Declares the command. */
export function addReport(program: Command, { host, finish }: Context): void {
  const report = program.command("report")
    .description("print what was made, missed and deleted, and who changed what, for an auditor")
    .option("--since <time>", "from this time on, or an age such as 90d (default 90d)", pastReader(host))
    .option("--until <time>", "before this time (default now)", pastReader(host))
    .option("--html", "as one HTML file, not as Markdown")
    .option("--state <path>", "ask no server: by this state file or snapshot");
  example(
    serverOptions(jsonOption(report)),
    "schelly report --since 90d --html > report.html",
    "schelly report --since 2026-01-01 --until 2026-04-01 --json",
  );
  report.action(async (options) => finish(await printReport(options, host)));
}

async function printReport(args: ReportArgs, host: Host): Promise<number> {
  const until = args.until ?? host.clock.now();
  const since = args.since ?? until - DEFAULT_MS;
  if (since >= until) {
    throw new Failure(
      EXIT.usage,
      `Cannot report from ${iso(since)} until ${iso(until)}: expected an earlier --since`,
    );
  }
  const client = args.state === undefined ? await serverOrNone(args, host) : undefined;
  const found = client === undefined
    ? await ofIdleState(args, host, since, until)
    : await ofServer(client, since, until);
  const records = {
    verifications: isKnown("verification.passed"),
    restores: isKnown("restore.done"),
  };
  const report = makeReport({ since, until, records, ...found });
  if (args.json) displayOf(host).json(report);
  else {
    const blocks = reportBlocks(report);
    host.terminal.out(args.html ? htmlPage("Report on backups", blocks) : markdownPage(blocks));
  }
  return EXIT.ok;
}

async function ofServer(client: Client, since: number, until: number): Promise<Found> {
  const query = { since: iso(since), until: iso(until) };
  const { items } = await client.pages("/runs", RunAnswer, query, Infinity);
  const head = await client.get("/audit/head", AuditHeadAnswer);
  const trail: (ReportEvent & { link: number })[] = [];
  // Backwards from the end: which number the first event of a time has, nobody knows.
  for (let before = Number(head.head.split(":")[0]) + 1, go = true; before > 1 && go; before -= PAGE) {
    const after = Math.max(0, before - 1 - PAGE);
    const page = await client.get("/audit", AuditEventAnswer.array(), { after, limit: PAGE });
    const some = page.filter(({ link }) => link < before).map((event) => ({
      ...{ link: event.link, type: event.type, job: event.job ?? null, message: event.message ?? "" },
      ...{ at: Date.parse(event.at), by: byOf(event) },
    }));
    trail.push(...some);
    go = some.some(({ at }) => at >= since);
  }
  const proofs: ReportEvent[] = [];
  const troubles: string[] = [];
  for (const type of PROOFS) {
    const events = await client.get("/events", EventAnswer.array(), { type, limit: PAGE });
    if (events.length === PAGE) troubles.push(`Of events ${type} only the newest ${PAGE} were read.`);
    proofs.push(
      ...events.map((event) => ({
        ...{ type, job: event.job ?? null, message: event.message ?? "", at: Date.parse(event.at) },
        by: byOf(event),
      })),
    );
  }
  const first = trail.reduce<typeof trail[number] | undefined>(
    (a, b) => a === undefined || b.link < a.link ? b : a,
    undefined,
  );
  return {
    runs: items.map((run): ReportRun => ({
      ...{ job: run.job ?? "-", state: run.state ?? run.status, reason: run.reason ?? null },
      ...{ slots: run.slots ?? null, retryEnd: run.retry_end ?? null, isImport: run.trigger === "import" },
    })),
    events: [...trail, ...proofs],
    head: head.head,
    oldest: first?.at ?? null,
    isPruned: first !== undefined && first.link > 1,
    troubles,
  };
}

async function ofIdleState(args: ReportArgs, host: Host, since: number, until: number): Promise<Found> {
  const state = args.state === undefined
    ? (await loadConfiguration({ config: args.config }, host, "optional")).state
    : { url: stateUrl(args.state), token: null };
  const [{ readState }, { verifyState }] = await Promise.all([
    import("../../store/read/read_state.ts"),
    import("../../store/audit/verify_file.ts"),
  ]);
  try {
    const trail = await verifyState(state, null, host);
    await using reads = await readState({ ...state, files: host.files, clock: host.clock, http: host.http });
    const runs: ReportRun[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await reads.runs({ since, until, limit: PAGE, cursor });
      runs.push(
        ...page.items.map((run): ReportRun => ({
          ...{ job: run.job, state: run.status, reason: run.reason, slots: run.slots },
          ...{ retryEnd: run.retryEnd, isImport: run.trigger === "import" },
        })),
      );
      cursor = page.cursor;
    }
    const events: ReportEvent[] = [];
    const type = [...AUDIT_TYPES, ...PROOFS];
    let oldest: number | null = null;
    for (let after = 0, full = true; full;) {
      const page = await reads.events({ type, after, limit: PAGE, ascending: true });
      oldest ??= page[0]?.at ?? null;
      events.push(
        ...page.filter(({ at }) => at >= since).map(({ at, type, job, message, data }) => ({
          ...{ at, type, job: job ?? null, message, by: byOf({ data }) },
        })),
      );
      after = page.at(-1)?.seq ?? after;
      full = page.length === PAGE;
    }
    const { trouble } = trail;
    return {
      ...{ runs, events, head: formatHead(trail.head), oldest, isPruned: trail.pruned > 0 },
      troubles: trouble === null
        ? []
        : [`The audit trail is broken, so what it says may be false: ${trouble.message}.`],
    };
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== "in_use") throw error;
    throw new Failure(
      EXIT.inUse,
      `${error.message}: a server holds the state but was not found: name it by --server or --socket`,
    );
  }
}

/** Who asked for it, where the event says so. */
function byOf(event: { data?: unknown } | object): string | null {
  const read = ASKED.safeParse("data" in event ? event.data : undefined);
  return read.success ? read.data.by : null;
}

const ASKED = z.looseObject({ by: z.string().min(1) });

/** Not every version records everything. */
function isKnown(type: string): boolean {
  return (EVENT_TYPES as readonly string[]).includes(type);
}

function isAudit(type: EventType): boolean {
  return AUDIT_TYPES.includes(type);
}
