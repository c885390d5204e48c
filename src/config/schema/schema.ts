// The one schema of the configuration document, and the JSON schema that editors read.

import { z } from "zod";
import { DefaultsSchema, JobSchema } from "./schema_job.ts";
import { described, line, NAME_PATTERN } from "./schema_leaves.ts";
import { EXAMPLES } from "./schema_examples.ts";
import { HeartbeatSchema } from "./schema_ping.ts";
import { NotifySchema } from "./schema_notify.ts";
import { ProviderSchema } from "./schema_provider.ts";
import {
  EventsSchema,
  LogSchema,
  MetricsSchema,
  RecoverySheetSchema,
  RestoreSchema,
  ServerSchema,
  StandbySchema,
  StateSchema,
} from "./schema_server.ts";
import type { Path } from "../document/tree.ts";

const providerNames = z.string().regex(NAME_PATTERN);

/** The whole document; parts of it are checked one by one while loading. */
const DocumentSchema = z.strictObject({
  server: described(ServerSchema, "Where Schelly listens and who may ask").optional(),
  log: described(LogSchema, "What is logged, and how").optional(),
  state: described(StateSchema, "Where Schelly keeps what it knows").optional(),
  standby: described(
    StandbySchema,
    "This instance and another one on the same libSQL server: one is active, the other waits to take over (experimental); " +
      "absent: this one is alone. See docs/machines.md",
  ).optional(),
  events: described(EventsSchema, "How long events stay").optional(),
  metrics: described(MetricsSchema, "What /metrics shows").optional(),
  heartbeat: described(
    HeartbeatSchema,
    "Where Schelly tells that it lives itself, as long as it schedules and can save what it does",
  ).optional(),
  recovery_sheet: described(
    RecoverySheetSchema,
    "Where the sheet for the worst day is written now and then: what restores without Schelly",
  ).optional(),
  restore: described(RestoreSchema, "Where the server may restore for callers of the API").optional(),
  notify: described(NotifySchema, "Who is told when the health of a job changes").optional(),
  jobs_dir: described(
    line,
    "A folder of more files with jobs alone; the API may write a job there as a file of its own: see docs/operating.md",
  ).optional(),
  providers: described(z.record(providerNames, ProviderSchema), "Providers that several jobs share, by name")
    .optional(),
  defaults: described(DefaultsSchema, "Settings of every job that has none of its own").optional(),
  jobs: described(z.array(JobSchema), "The jobs").optional(),
});

/** Sections that stand in one file of a folder only. */
export const SECTIONS = [
  "server",
  "log",
  "state",
  "standby",
  "events",
  "metrics",
  "heartbeat",
  "recovery_sheet",
  "restore",
  "notify",
  "jobs_dir",
  "providers",
  "defaults",
] as const;

export interface JsonSchemaNode {
  properties?: Record<string, JsonSchemaNode>;
  additionalProperties?: JsonSchemaNode | boolean;
  items?: JsonSchemaNode;
  anyOf?: JsonSchemaNode[];
  [key: string]: unknown;
}

let made: JsonSchemaNode | undefined;

/** JSON Schema draft 7 of the document, for editors. */
export function jsonSchema(): JsonSchemaNode {
  if (made === undefined) {
    const { $schema, ...rest } = z.toJSONSchema(DocumentSchema, {
      target: "draft-7",
      io: "input",
      // One word for alternatives, whatever tells them apart.
      override({ jsonSchema }) {
        if (jsonSchema.oneOf === undefined) return;
        jsonSchema.anyOf = jsonSchema.oneOf;
        delete jsonSchema.oneOf;
      },
    });
    made = { $schema, title: "Schelly configuration", ...rest } as JsonSchemaNode;
    addExamples(made);
    allowExtensions(made);
  }
  return made;
}

/** Keys of the user's own (`x-notes`) may stand beside all others. */
function allowExtensions(node: JsonSchemaNode): void {
  if (node.additionalProperties === false) node.patternProperties = { "^x-": {} };
  const inner = [
    ...node.anyOf ?? [],
    ...Object.values(node.properties ?? {}),
    node.items,
    node.additionalProperties,
  ];
  for (const each of inner) if (typeof each === "object") allowExtensions(each);
}

/** `within`: the key of the mapping that the node describes. */
function addExamples(node: JsonSchemaNode, within = ""): void {
  for (const branch of node.anyOf ?? []) addExamples(branch, within);
  if (node.items !== undefined) addExamples(node.items);
  if (typeof node.additionalProperties === "object") addExamples(node.additionalProperties);
  for (const [key, inner] of Object.entries(node.properties ?? {})) {
    addExamples(inner, key);
    const isText = inner.type === "string" || inner.anyOf?.some(({ type }) => type === "string");
    const known = [`${within}.${key}`, key].find((name) => Object.hasOwn(EXAMPLES, name));
    if (isText && known !== undefined) inner.examples = [...EXAMPLES[known]!];
  }
}

/**
 * The keys that the mapping at a path may have; empty where any may stand. `type`: of several kinds that may stand there, the
 * one that stands there.
 */
export function keysAt(path: Path, type?: unknown): string[] {
  let nodes = [jsonSchema()];
  for (const step of path) {
    nodes = nodes.flatMap((node) => [node, ...node.anyOf ?? []]).flatMap((node) => {
      if (typeof step === "number") return node.items === undefined ? [] : [node.items];
      const property = node.properties !== undefined && Object.hasOwn(node.properties, step)
        ? node.properties[step]
        : undefined;
      if (property !== undefined) return [property];
      return typeof node.additionalProperties === "object" ? [node.additionalProperties] : [];
    });
  }
  const kinds = nodes.flatMap((node) => [node, ...node.anyOf ?? []]);
  const meant = kinds.filter(({ properties }) => type !== undefined && properties?.type?.const === type);
  return (meant.length > 0 ? meant : kinds).flatMap((node) => Object.keys(node.properties ?? {}));
}
