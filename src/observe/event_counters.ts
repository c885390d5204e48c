// What each event counts, for jobs and for the program itself.

import type { EngineEvent } from "../ports/events.ts";
import { callStatus, requestStatus } from "./answer_status.ts";
import { numberOf, positive, seconds, word } from "./event_data.ts";
import { histogram } from "./exposition.ts";
import { fixedCounter, type FixedFamily, fixedHistogram } from "./fixed_families.ts";
import { createJobCounters } from "./job_counters.ts";

/** Everything that is counted from events. */
interface EventCounters {
  count(event: EngineEvent): void;
  /** Drops the series of jobs that are not in `kept`, and begins those in `added` at zero; yields now and then. */
  setJobs(kept: ReadonlySet<string>, added: readonly string[]): Generator<void>;
  /** The families that have series for each job, or for those that are `shown`, or for each provider, in pieces of text. */
  pieces(shown?: ReadonlySet<string>): Generator<string>;
  /** The other ones, as they are at any time. */
  fixed: readonly FixedFamily[];
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Makes counters that are all empty. */
export function createEventCounters(): EventCounters {
  const jobs = createJobCounters();
  const webhook = histogram(
    "schelly_webhook_invocation",
    "Calls to providers in seconds, by operation and answer.",
    ["operation", "status", "provider", "code"],
    [0.1, 1, 10],
  );
  const sql = fixedCounter("schelly_sql_total", "Commits to the state store, by result.", ["status"]);
  sql.add(["error"], 0);
  const changes = fixedCounter("schelly_store_changes_total", "Changes that commits carried.", []);
  const commits = fixedHistogram(
    "schelly_store_commit_duration_seconds",
    "How long a commit took.",
    [],
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  );
  const invocations = fixedCounter("schelly_api_invocations_total", "Requests to the API, by answer.", [
    "status",
    "code",
  ]);
  const requests = fixedHistogram(
    "schelly_http_request_duration_seconds",
    "How long a request took.",
    ["method", "route"],
    [0.005, 0.01, 0.05, 0.1, 0.5, 1, 10],
  );
  const odd = fixedCounter(
    "schelly_provider_odd_total",
    "Answers of providers that were not of the protocol.",
    [],
  );

  const messages = fixedCounter(
    "schelly_notifications_total",
    "Messages to channels, by what became of them; of failed ones the first of each outage.",
    ["channel", "status"],
  );

  function count(event: EngineEvent): void {
    const { type, data = {} } = event;
    jobs.count(event);
    switch (type) {
      case "provider.call": {
        const [operation, code] = [word(data.operation), numberOf(data.status)];
        const status = callStatus(operation, code, data.unreadable !== true);
        return webhook.observe([operation, status, word(data.provider), word(data.status)], seconds(data));
      }
      case "notify.sent":
      case "notify.failed":
      case "notify.dropped":
        return messages.add([word(data.channel), type.slice("notify.".length)], 1);
      case "provider.odd":
        return odd.add([], 1);
      case "store.commit":
        sql.add(["success"], 1);
        changes.add([], positive(data.changes, 1));
        return commits.observe([], seconds(data));
      case "store.error":
        return sql.add(["error"], 1);
      case "http.request": {
        const method = word(data.method);
        invocations.add([requestStatus(numberOf(data.status) ?? 500), word(data.status)], 1);
        return requests.observe([METHODS.has(method) ? method : "other", word(data.route)], seconds(data));
      }
    }
  }

  function* pieces(shown?: ReadonlySet<string>): Generator<string> {
    yield* jobs.pieces(shown);
    yield* webhook.pieces();
  }

  return {
    count,
    setJobs: jobs.setJobs,
    pieces,
    fixed: [sql, changes, commits, invocations, requests, odd, messages],
  };
}
