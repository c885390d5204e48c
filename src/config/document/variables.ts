// What variables gave to a document: the text as it was written, and the values that must not come out.

import type { Json } from "../../domain/job.ts";
import { SECRET_NAME } from "../../domain/secret_name.ts";
import { interpolate } from "./interpolate.ts";
import { isMapping, markAt, type Marks, type Path, valueAt } from "./tree.ts";

/** Where values stand, and what variables are. */
interface Written {
  root: Json;
  marks: Marks;
  env: Record<string, string>;
}

/** Shorter values stand in every text. */
const SHORTEST_VALUE = 8;
const SHORTEST_IN_ADDRESS = 4;
/** Parts of addresses that every other one has too. */
const NO_SECRET = /^(https?|localhost|[\d.]+)$/;

/** The text at a path before variables were put in; undefined where none was. */
export function templateAt({ root, marks, env }: Written, path: Path): string | undefined {
  const raw = markAt(root, marks, path)?.raw;
  return raw !== undefined && interpolate(raw, env)!.variables.length > 0 ? raw : undefined;
}

/** What variables gave to the address at a path, and the longer parts of that: a provider may tell one of them alone. */
export function valuesInAddress(written: Written, path: Path): string[] {
  return valuesOf(written, templateAt(written, path)).flatMap(({ value }) => {
    const parts = value.split(/[/:@?#&=]+/).filter((part) =>
      part.length >= SHORTEST_VALUE && !NO_SECRET.test(part)
    );
    const isShort = value.length < SHORTEST_IN_ADDRESS || NO_SECRET.test(value);
    return [...new Set([...isShort ? [] : [value], ...parts])];
  });
}

/** What variables named like secrets gave to the value at a path, or to what is within it. */
export function secretValuesIn(written: Written, path: Path): string[] {
  const value = valueAt(written.root, path);
  if (typeof value === "object" && value !== null) {
    const keys = isMapping(value) ? Object.keys(value) : value.keys();
    return [...keys].flatMap((key) => secretValuesIn(written, [...path, key]));
  }
  return valuesOf(written, templateAt(written, path))
    .flatMap(({ name, value }) =>
      SECRET_NAME.test(name) && value.length >= SHORTEST_IN_ADDRESS ? [value] : []
    );
}

/** Puts the names of these variables back for their values, in a text about any part of a document. */
export function unexpander(
  env: Record<string, string>,
  names: Iterable<string>,
): (text: string) => string {
  const known = [...names].flatMap((name) => {
    const value = Object.hasOwn(env, name) ? env[name]! : "";
    return value.length < SHORTEST_VALUE ? [] : [{ value, reference: `\${${name}}` }];
  }).sort((a, b) => b.value.length - a.value.length);
  return (text) => known.reduce((rest, { value, reference }) => rest.replaceAll(value, reference), text);
}

function valuesOf({ env }: Written, template: string | undefined): { name: string; value: string }[] {
  if (template === undefined) return [];
  return [...new Set(interpolate(template, env)!.variables)]
    .map((name) => ({ name, value: Object.hasOwn(env, name) ? env[name]! : "" }));
}
