// The small values of requests: how each is written, and what is said when it is not.

import { z } from "@hono/zod-openapi";

/** Longest id or name that is looked up; a provider's id has at most 4 KiB. */
export const MAX_TEXT = 8192;

// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** One line of text, not empty. */
export function plainText(what: string, max: number) {
  return z.string({ error: `expected ${what}` })
    .min(1, `expected ${what}`)
    .max(max, `expected ${what} of at most ${max} characters`)
    .refine((text) => !CONTROL.test(text), `expected ${what} without control characters`);
}

/** `?status=` means the same as no status at all, as the original has it. */
export function filter<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => value === "" ? undefined : value, schema.optional());
}

/** Query parameters; one that is not known is an error, for a filter that is silently ignored lies. */
export function query<T extends z.core.$ZodShape>(shape: T) {
  const names = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: (issue) => issue.code === "unrecognized_keys" ? `expected ${names}` : undefined,
  });
}

/** One of these words, or none. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T, description: string) {
  const schema = z.enum(words, { error: `expected one of ${words.join(", ")}` });
  return filter(schema).openapi({ type: "string", enum: [...words], description });
}

/** So many words of one parameter are read at all, as many as a query may have parameters; repeats are folded. */
const MOST_WORDS = 200;

/** Some of these words, between commas or given several times. */
export function someOf<const T extends readonly [string, ...string[]]>(words: T, description: string) {
  const word = z.enum(words, { error: `expected one or more of ${words.join(", ")}, separated by commas` });
  // `?status=a&status=b` and `?status=a,b` mean the same.
  const split = (value: unknown) => {
    const given = [value ?? []].flat().flatMap((text) => String(text).split(",")).filter((text) =>
      text !== ""
    );
    return given.length === 0 ? undefined : given.length > MOST_WORDS ? given : [...new Set(given)];
  };
  return z.preprocess(split, z.array(word).max(MOST_WORDS, `expected at most ${MOST_WORDS} words`).optional())
    .openapi({ type: "string", description: `${description} Several are separated by commas.` });
}

/** A whole number within limits. */
export function wholeNumber(min: number, max: number, fallback: number | undefined, description: string) {
  const expected = `expected a whole number from ${min} to ${max}`;
  const number = (value: unknown) =>
    value === undefined || value === ""
      ? fallback
      : typeof value === "string" && /^\d{1,15}$/.test(value)
      ? Number(value)
      : NaN;
  return z.preprocess(
    number,
    z.number({ error: expected }).min(min, expected).max(max, expected).optional(),
  )
    .openapi({
      type: "integer",
      minimum: min,
      maximum: max,
      ...(fallback === undefined ? {} : { default: fallback }),
      description,
    });
}

const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;
const EXPECTED_INSTANT =
  "expected ISO 8601 with a zone such as 2026-03-01T12:00:00Z, or a date alone (midnight UTC)";

/** UTC ms of an ISO 8601 instant; undefined when it is none. A `+` that a query turned into a space is fixed. */
function parseInstant(text: string): number | undefined {
  const fixed = text.replace(/ (?=\d\d:\d\d$)/, "+");
  const date = /^(\d{4}-\d\d)-(\d\d)/.exec(fixed);
  const ms = INSTANT.test(fixed) ? Date.parse(fixed) : NaN;
  if (date === null || Number.isNaN(ms)) return undefined;
  // Date.parse takes 31 February as 3 March.
  const day = new Date(`${date[1]}-01`);
  day.setUTCMonth(day.getUTCMonth() + 1, 0);
  return Number(date[2]) <= day.getUTCDate() ? ms : undefined;
}

/** UTC ms of an ISO 8601 instant. */
export const instant = z.string({ error: EXPECTED_INSTANT }).transform((text, context) => {
  const ms = parseInstant(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: "custom", message: EXPECTED_INSTANT });
  return z.NEVER;
});

/** An instant, or none. */
export function time(description: string) {
  return filter(instant).openapi({ type: "string", format: "date-time", description });
}

/** Some instants, between commas or given several times. */
export function someTimes(most: number, description: string) {
  const split = (value: unknown) => {
    const given = [value ?? []].flat().flatMap((text) => String(text).split(",")).filter((text) =>
      text !== ""
    );
    return given.length === 0 ? undefined : given;
  };
  return z.preprocess(split, z.array(instant).max(most, `expected at most ${most} instants`).optional())
    .openapi({
      type: "string",
      description: `${description} Several are separated by commas, at most ${most}.`,
    });
}

/** Ids of backups, each given by itself. */
export function someIds(most: number, description: string) {
  // An id may have commas of its own.
  const given = (value: unknown) => {
    const ids = [value ?? []].flat().filter((id) => id !== "");
    return ids.length === 0 ? undefined : ids;
  };
  const id = plainText("the id of a backup", MAX_TEXT);
  return z.preprocess(given, z.array(id).max(most, `expected at most ${most} ids`).optional())
    .openapi({ type: "string", description: `${description} May be given several times, at most ${most}.` });
}

/** `true`, or nothing. */
export function onlyTrue(description: string) {
  return filter(z.literal("true", { error: "expected true" }).transform((): true => true))
    .openapi({ type: "string", enum: ["true"], description });
}

/** Whether something is only to be said. */
export const dryRun = (description: string) =>
  z.preprocess(
    (value) => value === "" || value === "true" ? true : value === "false" ? false : value,
    z.boolean({ error: "expected true or false" }).optional(),
  ).openapi({ type: "boolean", default: false, description });
/** A part of the path. */
export function pathParam<K extends string>(name: K, what: string) {
  const schema = plainText(what, MAX_TEXT).openapi({ param: { name, in: "path" }, description: what });
  return z.object({ [name]: schema } as Record<K, typeof schema>);
}
