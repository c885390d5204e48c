// The calls of Conductor's REST API that backups need: what each answer means, and what may be concluded from it.

import { z } from "zod";
import type { ProviderErrorKind } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { ConductorProviderSpec } from "../../domain/provider_spec.ts";
import type { Answered } from "../client/answered.ts";
import type { Call } from "../client/call.ts";
import { createHttpClient, type HttpProviderPorts } from "../client/http_client.ts";
import { MAX_LIST_BYTES } from "../protocol/protocol.ts";
import { type Wording, type Workflow, WorkflowSchema } from "./workflow.ts";

/** A workflow to be started. */
interface Start {
  name: string;
  correlationId: string | null;
  input: Record<string, Json>;
}

/** What a call is for: its name in metrics, what follows "Cannot", its time limit, whose it is. */
type Purpose = Pick<Call, "operation" | "what" | "limitMs" | "runId" | "job">;

export interface ConductorCalls extends Wording {
  /** As people may see it. */
  readonly shownUrl: string;
  /** Undefined: Conductor answers 404, which says nothing of what became of it. */
  workflow(id: string, purpose: Purpose): Promise<Workflow | undefined>;
  /** The id of the new workflow. */
  start(start: Start, purpose: Purpose): Promise<string>;
  /** False: it had ended by itself before. */
  terminate(id: string, reason: string, purpose: Purpose): Promise<boolean>;
  /** All of this name and correlation, those that ended too. */
  correlated(name: string, correlationId: string, purpose: Purpose): Promise<Workflow[]>;
  /** One page of a search, the newest first, and how many there are in all. */
  search(
    query: string,
    from: number,
    size: number,
    purpose: Purpose,
  ): Promise<{ total: number; page: Workflow[] }>;
  /** The tasks that workers do for a workflow of this name; undefined: it is not defined. */
  tasksOf(name: string, purpose: Purpose): Promise<string[] | undefined>;
  /** When a worker last asked for such a task (UTC ms); undefined: none ever did. */
  lastPoll(task: string, purpose: Purpose): Promise<number | undefined>;
}

const SearchSchema = z.object({ totalHits: z.number(), results: z.array(WorkflowSchema) });
const DefinitionSchema = z.object({ tasks: z.array(z.object({ name: z.string(), type: z.string() })) });
const PollsSchema = z.array(z.object({ lastPollTime: z.number() }));
const IdSchema = z.string().regex(/^[\w.:-]{1,200}$/);

/** Those of the server at `spec.url`, at most `maxConcurrent` at a time. */
export function createConductorCalls(spec: ConductorProviderSpec, ports: HttpProviderPorts): ConductorCalls {
  const { url, workflows: { version } } = spec;
  const hidden = [...spec.hidden ?? [], ...(spec.workerConfig === null ? [] : [spec.workerConfig])];
  const client = createHttpClient({ ...spec, hidden }, ports);
  const asked = (purpose: Purpose, path: string, more: Partial<Call> = {}) =>
    client.send({ method: "GET", url: `${url}${path}`, needsBody: [200], ...purpose, ...more });

  return {
    shownUrl: client.shownUrl,
    redact: client.redact,
    link: (id) => `${spec.uiUrl}/execution/${encodeURIComponent(id)}`,

    async workflow(id, purpose) {
      const answer = await asked(purpose, `/workflow/${encodeURIComponent(id)}?includeTasks=false`);
      if (answer.status === 404) return undefined;
      const workflow = read(answer, WorkflowSchema, "200 with the workflow, or 404");
      if (workflow.workflowId === id) return workflow;
      throw answer.failure("malformed", "it answered another workflow", `workflow '${id}'`);
    },

    async start({ name, correlationId, input }, purpose) {
      const body: Json = {
        name,
        ...(version === null ? {} : { version }),
        ...(correlationId === null ? {} : { correlationId }),
        input,
      };
      const answer = await asked(purpose, "/workflow", { method: "POST", body });
      const expected = "200 with the id of the new workflow";
      if (answer.status !== 200) throw unstarted(answer, name, expected);
      const id = IdSchema.safeParse(textOf(answer));
      if (id.success) return id.data;
      throw answer.failure("unknown", "its answer is no id", `${expected}; one may be running there now`);
    },

    async terminate(id, reason, purpose) {
      const path = `/workflow/${encodeURIComponent(id)}?reason=${encodeURIComponent(reason)}`;
      const answer = await asked(purpose, path, { method: "DELETE", needsBody: [] });
      if (answer.status === 200 || answer.status === 204) return true;
      if (answer.status === 409) return false;
      throw answer.unexpected("200, or 409 for one that has ended");
    },

    async correlated(name, correlationId, purpose) {
      const path = `/workflow/${encodeURIComponent(name)}/correlated/${encodeURIComponent(correlationId)}` +
        "?includeClosed=true&includeTasks=false";
      const answer = await asked(purpose, path, { maxBytes: MAX_LIST_BYTES });
      const found = read(answer, z.array(WorkflowSchema), "200 with an array of workflows");
      const wrong = found.find((one) => one.correlationId !== correlationId);
      if (wrong === undefined) return found;
      throw answer.failure(
        "malformed",
        "it answered workflows of another correlation",
        `those of '${correlationId}'`,
      );
    },

    async search(query, from, size, purpose) {
      const path = `/workflow/search-v2?start=${from}&size=${size}&sort=startTime:DESC&freeText=*&query=` +
        encodeURIComponent(query);
      const answer = await asked(purpose, path, { maxBytes: MAX_LIST_BYTES });
      const { totalHits, results } = read(answer, SearchSchema, "200 with a page of workflows");
      return { total: totalHits, page: results };
    },

    async tasksOf(name, purpose) {
      const of = version === null ? "" : `?version=${version}`;
      const answer = await asked(purpose, `/metadata/workflow/${encodeURIComponent(name)}${of}`);
      if (answer.status === 404) return undefined;
      const { tasks } = read(answer, DefinitionSchema, "200 with the definition of a workflow, or 404");
      return tasks.flatMap((task) => task.type === "SIMPLE" ? [task.name] : []);
    },

    async lastPoll(task, purpose) {
      const answer = await asked(purpose, `/tasks/queue/polldata?taskType=${encodeURIComponent(task)}`);
      const polls = read(answer, PollsSchema, "200 with an array of polls");
      return polls.length === 0 ? undefined : Math.max(...polls.map(({ lastPollTime }) => lastPollTime));
    },
  };
}

/** Why no workflow was started; one that is not defined is the mistake most often made. */
function unstarted(answer: Answered, name: string, expected: string): Error {
  if (answer.status !== 404 || !/no such workflow/i.test(textOf(answer))) return answer.unexpected(expected);
  return answer.failure(
    "refused",
    `No such workflow defined: '${name}' (status 404)`,
    "it to be registered there, as deploy/conductor/register.sh does",
  );
}

function textOf({ bytes }: Pick<Answered, "bytes">): string {
  return new TextDecoder().decode(bytes).trim();
}

/** What a 200 holds; any other answer is an error, and so is one that cannot be read. */
function read<T>(answer: Answered, schema: z.ZodType<T>, expected: string): T {
  if (answer.status !== 200) throw answer.unexpected(expected);
  const json = answer.json();
  if (!json.ok) throw answer.failure(json.kind, json.problem, expected);
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return parsed.data;
  const kind: ProviderErrorKind = "malformed";
  const { path, message } = parsed.error.issues[0]!;
  throw answer.failure(kind, `its answer cannot be used at '${path.join(".")}': ${message}`, expected);
}
