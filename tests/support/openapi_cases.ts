// Requests made from an OpenAPI document: good ones, and ones that are wrong in every place a document names.

import fc from "fast-check";

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  additionalProperties?: boolean | Schema;
}

interface Media {
  schema?: Schema;
}

export interface Operation {
  parameters?: { name: string; in: "path" | "query" | "header"; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** One request; `path` is as it goes over the wire. */
export interface Case {
  /** `get /backups/{id}` of the document. */
  operation: string;
  method: string;
  path: string;
  headers: [string, string][];
  body: string | Uint8Array | undefined;
}

/** Names that are known to the server asked, by the name of a parameter: the rest are guesses. */
export type Known = Record<string, readonly string[]>;

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
const WORDS = [
  "",
  " ",
  "0",
  "-1",
  "1e308",
  "99999999999999999999",
  "NaN",
  "null",
  "true",
  "undefined",
  "__proto__",
  "constructor",
  "toString",
  ".",
  "..",
  "../..",
  "%2f",
  "%",
  "a/b?c#d",
  "a\r\nX-Injected: 1",
  "\u0000",
  "\u001b[2J",
  "\u202egnp",
  "日本語",
  "🦕",
  "\ud800",
  "' OR 1=1 --",
  "${jndi:ldap://x}",
  "2026-03-01",
  "9999-12-31T23:59:59Z",
  "0000-01-01",
  "2026-03-01T12:00:00+14:00",
  "available,failed",
  "daily=7,weekly=4@SAT",
  "*/5 * * * *",
];

/** Any text a caller could think of, mostly short. */
const anyText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 2, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
  { weight: 1, arbitrary: fc.constantFrom(300, 5_000, 9_000).map((length) => "x".repeat(length)) },
);

/** Any JSON, as text. */
const anyJson = fc.oneof(
  { weight: 6, arbitrary: anyText.map((text) => JSON.stringify(text)) },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "null",
      "true",
      "0",
      "-1",
      "1e308",
      "1e999",
      "9007199254740993",
      "[]",
      "{}",
      "[[]]",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(10, 50_000).map((n) => `${"[".repeat(n)}${"]".repeat(n)}`) },
);

/** Requests to any endpoint of the document. */
export function casesOf(document: Document, known: Known): fc.Arbitrary<Case> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
  );
  return fc.constantFrom(...operations).chain(({ path, method, operation }) => {
    const parameters = operation.parameters ?? [];
    const of = (where: string) => parameters.filter((parameter) => parameter.in === where);
    const text = (name: string, schema: Schema) => textOf(name, schema, document, known);
    const body = operation.requestBody?.content["application/json"]?.schema;
    return fc.record({
      operation: fc.constant(`${method} ${path}`),
      method: mostly(fc.constant(method.toUpperCase()), fc.constantFrom(...METHODS), 20),
      path: fc.tuple(
        fc.tuple(...of("path").map(({ name, schema }) => text(name, schema))),
        fc.tuple(
          ...of("query").map(({ name, schema }) =>
            fc.option(fc.tuple(fc.constant(name), text(name, schema)), { freq: 2 })
          ),
        ),
        fc.array(fc.tuple(mostly(fc.constant("verbose"), anyText, 2), anyText), { maxLength: 1 }),
        fc.boolean(),
      ).map(([values, queries, more, isEncoded]) => {
        let at = 0;
        const filled = path.replaceAll(/\{\w+\}/g, () => segment(values[at++]!, isEncoded));
        const pairs = [...queries.filter((pair) => pair !== null), ...(more.length > 0 ? more : [])];
        const query = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
        return query === "" ? filled : `${filled}?${query}`;
      }),
      headers: headersOf(of("header").map(({ name }) => name), body !== undefined),
      body: bodyOf(body, document, known),
    });
  }).map((made) => made.method === "GET" || made.method === "HEAD" ? { ...made, body: undefined } : made);
}

/** A value for one parameter: one that fits in about half of all cases. */
function textOf(name: string, schema: Schema, document: Document, known: Known): fc.Arbitrary<string> {
  const good = valueOf(name, schema, document, known).map(String);
  return mostly(good, anyText, 3);
}

function valueOf(name: string, schema: Schema, document: Document, known: Known): fc.Arbitrary<unknown> {
  const own = known[name];
  if (own !== undefined) return mostly(fc.constantFrom(...own), anyText, 6);
  const { enum: words, type, format, minimum = 0, maximum = 2 ** 53 } = resolve(schema, document);
  if (words !== undefined) return fc.constantFrom(...words);
  if (format === "date-time") {
    return fc.date({ min: new Date("2020-01-01"), max: new Date("2030-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  if (format === "date") {
    return fc.date({ min: new Date("2020-01-01"), max: new Date("2030-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10));
  }
  if (type === "integer" || type === "number") {
    return fc.oneof(fc.integer({ min: minimum, max: minimum + 20 }), fc.constantFrom(minimum, maximum));
  }
  if (type === "boolean") return fc.boolean();
  return anyText;
}

function resolve(schema: Schema, document: Document): Schema {
  const name = schema.$ref?.replace("#/components/schemas/", "");
  return name === undefined ? schema : document.components.schemas[name]!;
}

/** `often` in all but one of `n` cases. */
function mostly<T>(often: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>, n: number): fc.Arbitrary<T> {
  return fc.oneof({ weight: n - 1, arbitrary: often }, { weight: 1, arbitrary: seldom });
}

function headersOf(names: string[], hasBody: boolean): fc.Arbitrary<[string, string][]> {
  const value = anyText.map((text) => text.replaceAll(/[^\x20-\x7e\x80-\xff]/g, "?").trim());
  const odd = fc.tuple(
    fc.constantFrom(...names, "accept", "origin", "last-event-id", "content-type", "x-forwarded-host"),
    value,
  );
  const type = mostly(
    fc.constant("application/json"),
    fc.constantFrom(
      "application/json; charset=utf-8",
      "text/plain",
      "multipart/form-data",
      "APPLICATION/JSON",
      "",
    ),
    8,
  ).map((value): [string, string] => ["content-type", value]);
  const none = fc.constant<[string, string][]>([]);
  return fc.tuple(
    hasBody ? type.map((pair) => [pair]) : none,
    mostly(none, fc.array(odd, { maxLength: 2 }), 3),
    mostly(none, fc.constant<[string, string][]>([["accept", "text/event-stream"]]), 10),
  ).map((all) => all.flat());
}

function bodyOf(
  schema: Schema | undefined,
  document: Document,
  known: Known,
): fc.Arbitrary<string | Uint8Array | undefined> {
  const junk = fc.oneof(
    fc.constantFrom<string | undefined>(
      undefined,
      "",
      " ",
      "{",
      "[]",
      "null",
      "\ufeff{}",
      '{"a":1}{',
      '{"__proto__":{}}',
    ),
    anyJson,
    fc.uint8Array({ maxLength: 20 }),
    fc.constantFrom(1, 1024 * 1024, 1024 * 1024 + 1).map((size) => new Uint8Array(size).fill(0x20)),
  );
  if (schema === undefined) return mostly(fc.constant(undefined), junk, 10);
  const { properties = {}, required = [] } = resolve(schema, document);
  const fields = Object.entries(properties).map(([name, inner]) => {
    const good = valueOf(name, inner, document, known).map((value) => JSON.stringify(value));
    const value = mostly(good, anyJson, 4);
    return fc.option(fc.tuple(fc.constant(name), value), { freq: required.includes(name) ? 20 : 2 });
  });
  const extra = fc.option(fc.tuple(fc.constantFrom("extra", "__proto__", "toString"), anyJson), { freq: 12 });
  const object = fc.tuple(...fields, mostly(fc.constant(null), extra, 8)).map((pairs) =>
    `{${pairs.filter((pair) => pair !== null).map(([name, value]) => `"${name}":${value}`).join(",")}}`
  );
  return mostly<string | Uint8Array | undefined>(object, junk, 6);
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** As it is, where that is a request at all. */
function segment(text: string, isEncoded: boolean): string {
  return isEncoded ? encode(text) : text.toWellFormed().replaceAll(/[\s?#]/g, "") || "x";
}
