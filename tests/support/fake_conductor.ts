// A Conductor server in memory, with the answers of the real one (3.32), and the troubles that a real one cannot be brought
// to have. `tests/conductor` holds it against the real one.

import type { Http } from "../../src/ports/host.ts";

interface FakeWorkflow {
  workflowId: string;
  workflowName: string;
  correlationId: string | null;
  status: string;
  input: Record<string, unknown>;
  output: Record<string, unknown>;
  reasonForIncompletion?: string;
  createTime: number;
  startTime: number;
  endTime: number;
}

/** What becomes of a request, asked before it is done: an answer instead, `lost` after it was done, undefined: nothing. */
type Trouble = (method: string, path: string) => Response | Error | "lost" | undefined;

export class FakeConductor {
  workflows = new Map<string, FakeWorkflow>();
  definitions = new Set(["create_backup", "remove_backup"]);
  /** When a worker last asked for a task, by its name. */
  polls = new Map<string, number>();
  /** Removals end at once and well unless this says otherwise. */
  removal: "done" | "running" | "failed" = "done";
  trouble: Trouble = () => undefined;
  /** Those whose task a worker has; what it answered; how often each task was asked for. */
  taken = new Set<string>();
  updates: Record<string, unknown>[] = [];
  pollCount = 1;
  /** Method and path of each request, with what its body or query says left out. */
  asked: string[] = [];
  starts: Record<string, unknown>[] = [];
  #count = 0;

  constructor(private readonly now: () => number) {}

  http: Http = async (request) => {
    const url = new URL(request.url);
    const path = url.pathname.replace(/^\/api/, "");
    this.asked.push(`${request.method} ${path}`);
    const trouble = this.trouble(request.method, path);
    if (trouble instanceof Error) throw trouble;
    if (trouble instanceof Response) return trouble;
    const answer = this.#answer(request.method, path, url.searchParams, await request.text());
    if (trouble === "lost") throw new TypeError("error sending request: client error (SendRequest)");
    return answer;
  };

  /** The worker's word on a workflow. */
  end(id: string, status: string, output: Record<string, unknown> = {}, reason?: string): void {
    const one = this.workflows.get(id)!;
    Object.assign(one, { status, output, endTime: this.now() });
    if (reason !== undefined) one.reasonForIncompletion = reason;
  }

  of(name: string): FakeWorkflow[] {
    return [...this.workflows.values()].filter((one) => one.workflowName === name);
  }

  #answer(method: string, path: string, query: URLSearchParams, body: string): Response {
    const [, room, first, second, third] = path.split("/").map(decodeURIComponent);
    if (room === "metadata") return this.#definition(second!);
    if (room === "tasks" && method === "POST") return this.#update(JSON.parse(body));
    if (room === "tasks" && first === "poll") return this.#poll(second!);
    if (room === "tasks") {
      const at = this.polls.get(query.get("taskType")!);
      return json(200, at === undefined ? [] : [{ queueName: "q", workerId: "w", lastPollTime: at }]);
    }
    if (method === "POST") return this.#start(JSON.parse(body));
    if (first === "search-v2") return this.#search(query);
    if (second === "correlated") {
      return json(200, this.of(first!).filter(({ correlationId }) => correlationId === third));
    }
    const found = this.workflows.get(first!);
    if (found === undefined) {
      return json(404, { status: 404, message: `No such workflow found by id: ${first}` });
    }
    if (method === "GET") return json(200, found);
    if (found.status === "COMPLETED") return json(409, { message: "Cannot terminate a COMPLETED workflow." });
    if (found.status === "RUNNING") {
      this.end(first!, "TERMINATED", found.output, query.get("reason") ?? undefined);
    }
    return new Response(null, { status: 200 });
  }

  /** The next workflow that waits for this task; its worker is to answer. */
  #poll(task: string): Response {
    const name = task === "backup" ? "create_backup" : "remove_backup";
    const next = this.of(name).find(({ workflowId, status }) =>
      status === "RUNNING" && !this.taken.has(workflowId)
    );
    if (next === undefined) return new Response(null, { status: 204 });
    this.taken.add(next.workflowId);
    const { workflowId, correlationId, input } = next;
    return json(200, {
      taskId: `task-${workflowId}`,
      workflowInstanceId: workflowId,
      correlationId,
      pollCount: this.pollCount,
      inputData: input,
    });
  }

  #update(update: Record<string, unknown>): Response {
    this.updates.push(update);
    const { workflowInstanceId, status, outputData, reasonForIncompletion } = update as Record<
      string,
      string
    >;
    const one = this.workflows.get(workflowInstanceId!);
    if (one?.status === "RUNNING" && status !== "IN_PROGRESS") {
      this.end(
        workflowInstanceId!,
        status!,
        (outputData ?? {}) as unknown as Record<string, unknown>,
        reasonForIncompletion,
      );
    }
    return new Response("task", { status: 200 });
  }

  #definition(name: string): Response {
    if (!this.definitions.has(name)) return json(404, { message: `No such workflow found by name: ${name}` });
    return json(200, {
      name,
      tasks: [{ name: name === "create_backup" ? "backup" : "remove", type: "SIMPLE" }],
    });
  }

  #start(start: { name: string; correlationId?: string; input: Record<string, unknown> }): Response {
    if (!this.definitions.has(start.name)) {
      return json(404, {
        status: 404,
        message: `No such workflow defined. name=${start.name}, version=null`,
      });
    }
    this.starts.push(start);
    const id = `00000000-0000-4000-8000-${String(++this.#count).padStart(12, "0")}`;
    const at = this.now();
    const { name, correlationId = null, input } = start;
    const times = { createTime: at + this.#count, startTime: at, endTime: 0 };
    const one = {
      workflowId: id,
      workflowName: name,
      correlationId,
      status: "RUNNING",
      input,
      output: {},
      ...times,
    };
    this.workflows.set(id, one);
    if (name === "remove_backup" && this.removal === "done") this.end(id, "COMPLETED");
    if (name === "remove_backup" && this.removal === "failed") {
      this.end(id, "FAILED", {}, `Task ${id} failed with status: FAILED and reason: 'the tape is stuck'`);
    }
    return new Response(id, { status: 200 });
  }

  #search(query: URLSearchParams): Response {
    const [name, statuses] = [...query.get("query")!.matchAll(/\(([^)]*)\)/g)].map(([, text]) => text!);
    const all = this.of(name!).filter(({ status }) => statuses!.split(",").includes(status)).reverse();
    const [from, size] = [Number(query.get("start")), Number(query.get("size"))];
    return json(200, { totalHits: all.length, results: all.slice(from, from + size) });
  }
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });
}
