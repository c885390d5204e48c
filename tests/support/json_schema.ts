// Whether a JSON value is what a schema of an OpenAPI document says; knows the words that ours uses.

import type { Schema } from "./openapi_cases.ts";

/** What does not fit, with its place; undefined when all does. */
export function fits(
  value: unknown,
  schema: Schema,
  named: Record<string, Schema>,
  at = "$",
): string | undefined {
  if (schema.$ref !== undefined) {
    const inner = named[schema.$ref.replace("#/components/schemas/", "")];
    return inner === undefined ? `${at}: ${schema.$ref} leads nowhere` : fits(value, inner, named, at);
  }
  for (const part of schema.allOf ?? []) {
    const trouble = fits(value, part, named, at);
    if (trouble !== undefined) return trouble;
  }
  if (schema.anyOf !== undefined) {
    const troubles = schema.anyOf.map((branch) => fits(value, branch, named, at));
    return troubles.includes(undefined) ? undefined : troubles[0];
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return `${at}: ${value} is not in ${schema.enum}`;
  }
  if (schema.type !== undefined) {
    const types = [schema.type].flat();
    const type = typeOf(value);
    if (!types.includes(type) && !(type === "integer" && types.includes("number"))) {
      return `${at}: ${type} instead of ${types}`;
    }
  }
  if (Array.isArray(value)) {
    if (schema.items === undefined) return undefined;
    for (const [index, item] of value.entries()) {
      const trouble = fits(item, schema.items, named, `${at}[${index}]`);
      if (trouble !== undefined) return trouble;
    }
  } else if (typeof value === "object" && value !== null) {
    for (const name of schema.required ?? []) {
      if (!Object.hasOwn(value, name)) return `${at}: '${name}' is missing`;
    }
    for (const [name, item] of Object.entries(value)) {
      const more = schema.additionalProperties;
      const inner = schema.properties?.[name] ?? (typeof more === "object" ? more : undefined);
      if (inner === undefined) {
        if (more === false || schema.properties !== undefined) return `${at}: '${name}' is not described`;
        continue;
      }
      const trouble = fits(item, inner, named, `${at}.${name}`);
      if (trouble !== undefined) return trouble;
    }
  }
  return undefined;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}
