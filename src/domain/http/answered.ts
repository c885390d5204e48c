// What is told of every request that was answered, by the API and the page alike.

/** As `Clock` of the ports. */
interface Clock {
  now(): number;
  monotonic(): number;
}

/** An event, as the ports have it. */
interface AnsweredEvent {
  type: "http.request";
  level: "debug" | "info" | "warning" | "error";
  at: number;
  message: string;
  data: Record<string, string | number | null>;
}

/** A request that was answered; `path` below the base path, `route` as `/backups/{id}`. */
interface Answered {
  method: string;
  path: string;
  route: string;
  status: number;
}

/** Tells of one request that came in at `started`, by the steady clock. */
export function answeredEvent(
  clock: Clock,
  started: number,
  { method, path, route, status }: Answered,
  { isFlood, isUsual = false, data }: {
    isFlood: boolean;
    /** It stands for nothing that is wrong, whatever its status is. */
    isUsual?: boolean;
    data: { caller: string | null } & Record<string, string | null>;
  },
): AnsweredEvent {
  return {
    type: "http.request",
    level: isFlood || isUsual ? "debug" : levelOf(method, status),
    at: clock.now(),
    message: `${method} ${path.slice(0, 200)} was answered ${status}`,
    data: { method, route, status, duration_ms: clock.monotonic() - started, ...data },
  };
}

/** Reads are debug, changes and refusals to strangers are info, failures of ours stand out; a flood is told elsewhere. */
function levelOf(method: string, status: number): AnsweredEvent["level"] {
  if (status >= 500) return status === 500 ? "error" : "warning";
  if (status === 429) return "debug";
  if (isRefusal(status)) return "info";
  return method === "GET" || method === "HEAD" ? "debug" : "info";
}

/** True where somebody may not, or has to show first who they are. */
export function isRefusal(status: number): boolean {
  return status === 401 || status === 403 || status === 421 || status === 429;
}
