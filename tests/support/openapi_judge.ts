// Judges answers of the API by its own OpenAPI document: the status must be described, and the body fit its schema,
// with no field that the document does not name.

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { Document, Schema } from "./openapi_cases.ts";

/** An answer as it came; `body` is its text. */
export interface Answer {
  status: number;
  /** Of the content, without parameters. */
  type: string;
  body: string;
}

/** Says what does not fit the document; undefined when all does. `path` is the request's, as sent. */
export type Judge = (method: string, path: string, answer: Answer) => string | undefined;

/** Answers that any request may get, whatever its endpoint: 429 while many passwords wait, 500 for a bug. */
const EVERYWHERE = [400, 401, 403, 404, 405, 408, 413, 414, 415, 429, 431, 500];
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const NAMED = "#/components/schemas/";

/** A judge by the document that a server tells. */
export function judgeBy(document: Document): Judge {
  const ajv = new Ajv2020({ strictTypes: false });
  ajv.addVocabulary(["example", "components"]);
  ajv.addFormat("date-time", DATE_TIME);
  ajv.addFormat("date", /^\d{4}-\d\d-\d\d$/);
  const named = document.components.schemas;
  const closed = Object.entries(named).map(([name, schema]) => [name, close(schema, named)]);
  ajv.addSchema({ $id: "document", components: { schemas: Object.fromEntries(closed) } });
  const compiled = new Map<Schema, ValidateFunction>();
  return (method, path, { status, type, body }) => {
    const operation = operationOf(document, method, path);
    if (operation === undefined || body === "") return undefined;
    const described = operation.responses[String(status)];
    if (described === undefined) {
      return EVERYWHERE.includes(status) ? undefined : `${status} is not in the document`;
    }
    const schema = described.content?.[type]?.schema;
    if (schema === undefined) return `${status} with ${type} is not in the document`;
    if (!type.includes("json")) return undefined;
    const validate = compiled.get(schema) ?? ajv.compile(close(schema, named));
    compiled.set(schema, validate);
    return validate(JSON.parse(body)) ? undefined : ajv.errorsText(validate.errors, { dataVar: "$" });
  };
}

/** The endpoint that a request leads to; undefined where dots or slashes in a value lead elsewhere, or none is meant. */
function operationOf(document: Document, method: string, path: string) {
  const { pathname } = new URL(`http://localhost${path}`);
  const found = Object.entries(document.paths)
    .filter(([pattern]) => new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname));
  return found[0]?.[1][method.toLowerCase()];
}

/** The schema where nothing may come that it does not name. `isPart`: what it lies in says so instead. */
function close(schema: Schema, named: Record<string, Schema>, isPart = false): object {
  const inner = (one: Schema) => close(one, named);
  const { $ref, properties, items, additionalProperties, anyOf, allOf, ...rest } = schema;
  if ($ref !== undefined) {
    return isPart
      ? close(named[$ref.replace(NAMED, "")]!, named, true)
      : { ...rest, $ref: `document${$ref}` };
  }
  const fields = Object.entries(properties ?? {}).map(([name, field]) => [name, inner(field)]);
  return {
    ...rest,
    ...properties !== undefined && { properties: Object.fromEntries(fields) },
    ...items !== undefined && { items: inner(items) },
    ...anyOf !== undefined && { anyOf: anyOf.map(inner) },
    ...allOf !== undefined && { allOf: allOf.map((part) => close(part, named, true)) },
    ...typeof additionalProperties === "object"
      ? { additionalProperties: inner(additionalProperties) }
      : (properties !== undefined || allOf !== undefined) && !isPart && { unevaluatedProperties: false },
  };
}
