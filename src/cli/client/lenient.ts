// Makes of the shape of an answer what a command can do with: its server may be older or newer than itself.

import { z } from "zod";

/** What a command makes of fields, each by its path. */
interface Reading<N extends string, U extends string, O extends string> {
  /** Without these the command cannot do its work. */
  needed?: readonly N[];
  /** These are only handed on, whatever they are. */
  unread?: readonly U[];
  /** What stands for these where they lack. */
  otherwise?: Readonly<Record<O, unknown>>;
}

/** What a command knows of a `T`: words that it does not know may come, and what is not sure to be there may lack. */
type Lenient<T, N extends string, U extends string> = T extends string ? string
  : T extends readonly (infer E)[] ? Lenient<E, N, U>[]
  : T extends object ? { [K in keyof T as Exclude<K, U>]: Field<T[K], K & string, N, U> }
  : T;

type Field<F, K extends string, N extends string, U extends string> =
  | Lenient<F, Below<K, N>, Below<K, U>>
  | (K extends N ? never
    : undefined extends F ? undefined
    : F extends readonly unknown[] ? never
    : null | undefined);

/** The fields of a `T`, such as `running.run_id`; the path of a list's items goes on from the list's. */
type PathOf<T> = T extends readonly (infer E)[] ? PathOf<E>
  : T extends object ? { [K in keyof T & string]: K | `${K}.${PathOf<T[K]>}` }[keyof T & string]
  : never;

/** `run_id` of `running.run_id`, below `running`. */
type Below<K extends string, P extends string> = P extends `${K}.${infer R}` ? R : never;

/**
 * The shape with all that a command can do without let go: unknown fields pass through, words need not be known ones,
 * a list that lacks is empty, and any other field that is not needed may be null or lack.
 */
export function lenient<
  T extends z.ZodType,
  const N extends PathOf<z.infer<T>> = never,
  const U extends PathOf<z.infer<T>> = never,
  const O extends PathOf<z.infer<T>> = never,
>(view: T, reading: Reading<N, U, O>): z.ZodType<Lenient<z.infer<T>, N | O, U>> {
  // Not before it is read by: every command names its answers at the start, whichever of them runs.
  return z.lazy(() => relaxed(view, "", reading)) as z.ZodType<Lenient<z.infer<T>, N | O, U>>;
}

type Paths = Reading<string, string, string>;

function relaxed(schema: z.ZodType, path: string, reading: Paths): z.ZodType {
  const inner = (type: unknown) => relaxed(type as z.ZodType, path, reading);
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries<z.ZodType>(schema.shape)
      .map(([name, field]) => [name, relaxedField(field, path === "" ? name : `${path}.${name}`, reading)]);
    return z.looseObject(Object.fromEntries(fields));
  }
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return inner(schema.unwrap());
  if (schema instanceof z.ZodArray) return z.array(inner(schema.element));
  if (schema instanceof z.ZodUnion) return z.union(schema.options.map(inner));
  if (schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral) return z.string();
  return schema instanceof z.ZodNumber ? z.number() : schema;
}

function relaxedField(field: z.ZodType, path: string, reading: Paths): z.ZodType {
  const { needed, unread, otherwise } = reading;
  // Not left out: what is handed on stands in the order of the server.
  if (unread?.includes(path)) return z.unknown().optional();
  const schema = relaxed(field, path, reading);
  if (needed?.includes(path)) return schema;
  if (otherwise !== undefined && path in otherwise) return schema.default(otherwise[path]);
  if (field instanceof z.ZodArray) return schema.default([]);
  return field instanceof z.ZodOptional ? schema.optional() : schema.nullish();
}
